"""The corrected time of a station, and if it can be trusted.

A gate's machine may have no battery for its clock, or a clock that somebody set wrong. Once the hub was reached in a boot,
the time is known for the rest of that boot: the hub's wall clock at monotonic zero (the *anchor*) plus the monotonic clock.
Until then the wall clock is trusted only if no evidence contradicts it. Decision: `docs/adr/0005-boot-anchors.md`.
"""

from dataclasses import dataclass
from datetime import datetime

from hub_sync.client.store.store import Store
from hub_sync.contract.clock import Clock, epoch_ms, from_epoch_ms

MAX_JUMP_MS = 60_000
"""The greatest drift at which a wall clock is still trusted: against the monotonic clock in a boot, and against the hub."""
MAX_ROUND_TRIP_MS = 4_000
"""A slower response gives the hub's time with an error of up to two seconds. It is not used as an anchor."""
_HUB_SEEN = "hub_seen_ms"
_LAST_OFFSET = "last_offset_ms"
_REMEMBER_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The corrected time. `offset_ms` is hub minus wall clock as measured in this boot (None: not yet)."""

    now: datetime
    sure: bool
    offset_ms: int | None


class Timekeeper:
    """The corrected clock of one thread, over that thread's store."""

    def __init__(self, clock: Clock, store: Store) -> None:
        """Store the state of the clocks if this boot is new.

        Raises:
            StoreError: The store could not be read or written.
        """
        self._clock, self._store = clock, store
        self._boot = store.boots.get_or_create(clock.boot_id, epoch_ms(clock.now()), clock.monotonic_ms())
        self._remembered_ms = 0

    def read(self) -> ClockReading:
        """Return the corrected time.

        Raises:
            StoreError: The store could not be read.
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
        """Store a measurement of the hub's clock. Return True if the clock is anchored now.

        The first good measurement of a boot is its anchor for good, so that a row's true time never changes. The hub is
        assumed to have read its clock midway between request and response.

        Args:
            hub_ms: The hub's wall clock, milliseconds since 1970.
            sent_monotonic_ms: The monotonic clock when the request was sent.
            received_monotonic_ms: The monotonic clock when the response came.

        Raises:
            StoreError: The measurement could not be stored.
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
        """Return True if no evidence contradicts the wall clock. Used before the hub was reached in a boot."""
        jumped = (wall_ms - monotonic_ms) - (self._boot.wall_ms - self._boot.monotonic_ms)
        return (
            abs(jumped) <= MAX_JUMP_MS
            and abs(self._store.settings.get(_LAST_OFFSET, 0)) <= MAX_JUMP_MS
            and wall_ms >= self._known_past_ms()
        )

    def _known_past_ms(self) -> int:
        """Return the latest time that is known to be past: of a response of the hub, or of a written scan."""
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
