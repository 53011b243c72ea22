"""What time it is, and whether the station may trust it.

A gate's machine may have no battery behind its clock, or one that somebody set wrong. Once the hub has been reached in a
boot, its time is known for the rest of that boot: the hub's wall clock at monotonic zero (the *anchor*) plus the monotonic
clock, whatever happens to the wall clock. Until then the wall clock is believed only if nothing speaks against it.
"""

from dataclasses import dataclass
from datetime import datetime

from hub_sync.client.store.store import Store
from hub_sync.contract.clock import Clock, epoch_ms, from_epoch_ms

MAX_JUMP_MS = 60_000
"""How far wall and monotonic clock may part within a boot, and the wall clock from the hub's, to be believed still."""
MAX_ROUND_TRIP_MS = 4_000
"""A slower answer tells the hub's time no better than to two seconds: it is not taken for an anchor."""
_HUB_SEEN = "hub_seen_ms"
_LAST_OFFSET = "last_offset_ms"
_REMEMBER_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Now, corrected as well as can be; `offset_ms` is hub minus wall clock as measured in this boot (None: not yet)."""

    now: datetime
    sure: bool
    offset_ms: int | None


class Timekeeper:
    """The time for one thread, over that thread's store."""

    def __init__(self, clock: Clock, store: Store) -> None:
        """Notes the clocks if this boot is new.

        Raises:
            StoreError: the store could not be read or written.
        """
        self._clock, self._store = clock, store
        self._boot = store.boots.get_or_create(clock.boot_id, epoch_ms(clock.now()), clock.monotonic_ms())
        self._remembered_ms = 0

    def read(self) -> ClockReading:
        """The time now.

        Raises:
            StoreError: the store could not be read.
        """
        wall_ms, monotonic_ms = epoch_ms(self._clock.now()), self._clock.monotonic_ms()
        anchor_ms = self._anchor()
        if anchor_ms is not None:
            now_ms = anchor_ms + monotonic_ms
            return ClockReading(from_epoch_ms(now_ms), sure=True, offset_ms=now_ms - wall_ms)
        return ClockReading(
            from_epoch_ms(wall_ms), sure=self._is_plausible(wall_ms, monotonic_ms), offset_ms=None
        )

    def record_measurement(self, hub_ms: int, sent_monotonic_ms: int, received_monotonic_ms: int) -> bool:
        """Take an answer of the hub that carried its time. Returns whether the clock is anchored now.

        The first good measurement of a boot is its anchor for good, so that a row's true time never changes. The hub is
        taken to have looked at its clock midway between question and answer.

        Raises:
            StoreError: it could not be kept.
        """
        round_trip = received_monotonic_ms - sent_monotonic_ms
        if not 0 <= round_trip <= MAX_ROUND_TRIP_MS:
            return self._anchor() is not None
        anchor_ms = hub_ms - (sent_monotonic_ms + received_monotonic_ms) // 2
        if self._anchor() is None:
            self._store.boots.set_anchor(self._boot.boot_id, anchor_ms)
        self._save_measurement(hub_ms)
        return self._anchor() is not None

    def _anchor(self) -> int | None:
        if (
            self._boot.anchor_ms is None
        ):  # another thread, or an earlier process of this boot, may have measured it
            self._boot = self._store.boots.find(self._boot.boot_id) or self._boot
        return self._boot.anchor_ms

    def _is_plausible(self, wall_ms: int, monotonic_ms: int) -> bool:
        """Whether nothing speaks against the wall clock of a boot that has not reached the hub."""
        jumped = (wall_ms - monotonic_ms) - (self._boot.wall_ms - self._boot.monotonic_ms)
        return (
            abs(jumped) <= MAX_JUMP_MS
            and abs(self._store.settings.get(_LAST_OFFSET, 0)) <= MAX_JUMP_MS
            and wall_ms >= self._known_past_ms()
        )

    def _known_past_ms(self) -> int:
        """The latest time that is known to have been: the hub was heard then, or a scan was written."""
        last = self._store.journal.last()
        sure = last is not None and last.record.clock_sure
        written_ms = last.record.scanned_at_ms + (last.record.clock_offset_ms or 0) if last and sure else 0
        return max(int(self._store.settings.get(_HUB_SEEN, 0)), written_ms)

    def _save_measurement(self, hub_ms: int) -> None:
        if abs(hub_ms - self._remembered_ms) < _REMEMBER_EVERY_MS:
            return
        if hub_ms > self._store.settings.get(_HUB_SEEN, 0):
            self._store.settings.put(_HUB_SEEN, hub_ms)
        offset = self.read().offset_ms
        if offset is not None:
            self._store.settings.put(_LAST_OFFSET, offset)
        self._remembered_ms = hub_ms
