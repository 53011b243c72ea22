"""Sends receipts of bulletins to the hub: what the station has, what stood on its screen, and what somebody confirmed."""

from hub_sync.client.http.errors import HubRefused
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.store import Store
from hub_sync.client.sync.backoff import RefusalPause
from hub_sync.contract.bulletins import MAX_RECEIPTS, BulletinReceipts
from hub_sync.contract.clock import Clock


class ReceiptPush:
    """Sends receipts as long as the hub accepts them."""

    def __init__(self, store: Store, api: HubApi, clock: Clock) -> None:
        self._store, self._api = store, api
        self._refusal_pause = RefusalPause(clock, "receipts")

    def run_once(self) -> bool:
        """Send some receipts. Return True if there may be more.

        Raises:
            HubClientError: They did not arrive. They are sent again.
            StoreError: The disk failed.
        """
        if not self._refusal_pause.is_over:
            return False
        receipts = self._store.bulletins.receipts_to_send()
        if not receipts:
            return False
        try:
            self._api.send_receipts(BulletinReceipts(receipts=receipts))
        except HubRefused as refusal:
            self._refusal_pause.begin(refusal)
            return False
        self._store.bulletins.record_sent(receipts)
        return len(receipts) == MAX_RECEIPTS
