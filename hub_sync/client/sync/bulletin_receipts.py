"""Sends receipts of bulletins to the hub: what the station has, what stood on its screen, and what somebody confirmed."""

import structlog

from hub_sync.client.http.errors import HubRefused, StationLocked, StationRevoked, StationUnknown
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.store import Store
from hub_sync.contract.bulletins import MAX_RECEIPTS, BulletinReceipts
from hub_sync.contract.clock import Clock

REFUSED_PAUSE_S = 600
"""Seconds without receipts after a hub (an older one) refused them."""

log = structlog.get_logger(__name__)


class ReceiptPush:
    """Sends receipts as long as the hub accepts them."""

    def __init__(self, store: Store, api: HubApi, clock: Clock) -> None:
        self._store, self._api, self._clock = store, api, clock
        self._not_before_ms = 0

    def run_once(self) -> bool:
        """Send some receipts. Return True if there may be more.

        Raises:
            HubClientError: They did not arrive. They are sent again.
            StoreError: The disk failed.
        """
        if self._clock.monotonic_ms() < self._not_before_ms:
            return False
        receipts = self._store.bulletins.receipts_to_send()
        if not receipts:
            return False
        try:
            self._api.send_receipts(BulletinReceipts(receipts=receipts))
        except (StationRevoked, StationLocked, StationUnknown):
            raise
        except HubRefused as refusal:  # affects neither scans nor roster
            self._not_before_ms = self._clock.monotonic_ms() + REFUSED_PAUSE_S * 1000
            log.info("hub_refused_receipts", status=refusal.status, code=refusal.code)
            return False
        self._store.bulletins.record_sent(receipts)
        return len(receipts) == MAX_RECEIPTS
