"""Sealing of the journal: when it is due, and the seals' way to the hub.

Every SEAL_ROWS rows or SEAL_AFTER_MS after the first row without a seal, when a shift is handed over, and when the program stops. The
maintenance loop seals and the report loop sends, so that neither is in the path between decision and pulse.
"""

import contextlib

from hub_sync.client.http.errors import HubRefused
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.disk.errors import StoreError
from hub_sync.client.store.store import Store
from hub_sync.client.sync.backoff import RefusalPause
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock
from hub_sync.contract.seals import MAX_HEARD, MAX_SEALS, SealReason, SealRequest

SEAL_ROWS = 500
SEAL_AFTER_MS = 60_000
SHIFT_SETTING = "shift"
"""Setting: who is signed on at the station; null: nobody."""


class JournalSealer:
    """Seals the journal of a thread's session when it is due."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._shift = store.settings.get(SHIFT_SETTING)
        self._timekeeper = Timekeeper(clock, store)
        self._since_ms: int | None = None

    def run_once(self) -> None:
        """Seal if it is due.

        Raises:
            StoreError: The disk failed. It is due again with the next run.
        """
        rows, now_ms = self._store.seals.unsealed(), self._clock.monotonic_ms()
        shift_before, self._shift = self._shift, self._store.settings.get(SHIFT_SETTING)
        if not rows:
            self._since_ms = None
            return
        if self._since_ms is None:
            self._since_ms = now_ms
        if shift_before and shift_before != self._shift:
            self._seal(SealReason.HAND_OVER)
        elif rows >= SEAL_ROWS:
            self._seal(SealReason.ROWS)
        elif now_ms - self._since_ms >= SEAL_AFTER_MS:
            self._seal(SealReason.TIME)

    def stop(self) -> None:
        """Seal what has no seal, because the program stops. A disk that fails does not keep it from stopping."""
        with contextlib.suppress(StoreError):
            self._seal(SealReason.STOP)

    def _seal(self, reason: SealReason) -> None:
        self._store.seals.seal(reason, sure=self._timekeeper.read().sure)
        self._since_ms = None


class SealPush:
    """Sends seals that the hub has not recorded, and keeps its anchors. Sends what other stations have sealed, too, as heard here."""

    def __init__(self, store: Store, api: HubApi, clock: Clock) -> None:
        self._store, self._api = store, api
        self._refusal_pause = RefusalPause(clock, "seals")

    def run_once(self) -> bool:
        """Send some seals. Return True if there may be more.

        Raises:
            HubClientError: They did not arrive.
            StoreError: The disk failed.
        """
        if not self._refusal_pause.is_over:
            return False
        items, heard = self._store.seals.pending(MAX_SEALS), self._store.seals.heard_pending(MAX_HEARD)
        if not items and not heard:
            return False
        try:
            answer = self._api.push_seals(SealRequest(items=items, heard=heard))
        except HubRefused as refusal:
            self._refusal_pause.begin(refusal)
            return False
        if answer.anchors:
            self._store.seals.record_anchors(answer.anchors)
        if heard:
            self._store.seals.record_heard_sent(heard)
        return len(items) == MAX_SEALS or len(heard) == MAX_HEARD
