"""The corrected time of a station, and if it can be trusted.

A gate's machine may have no battery for its clock, or a clock that somebody set wrong; and the hub's own clock may be wrong
when the station reaches it. No clock is believed alone. A measurement of the hub's clock becomes the boot's *anchor* (the
hub's wall clock at monotonic zero) if

- it is not before what is known to be past: this program's build, the enrolment, and the newest row of a boot whose time
  is known; and
- a second clock agrees: this machine's own wall clock, or a later measurement (`CONFIRM_AFTER_MS`).

A later measurement that contradicts the anchor replaces it by the same rule. Rows between are unsure, and the hub gives
those that it has another time (`contract.sync.ClockCorrection`). Decision: `docs/adr/0005-boot-anchors.md`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from hub_sync.client.store.station.boot_clocks import Boot
from hub_sync.client.store.store import Store
from hub_sync.contract.clock import Clock, epoch_ms, from_epoch_ms

BUILT_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""A time before which no copy of this program ran. Each release sets it (`CHANGELOG.md`)."""
MAX_JUMP_MS = 60_000
"""The greatest difference at which two clocks agree: a wall clock against the monotonic one in a boot, or against the hub."""
MAX_ROUND_TRIP_MS = 4_000
"""A slower response gives the hub's time with an error of up to two seconds. It is not used as an anchor."""
CONFIRM_AFTER_MS = 60_000
"""Milliseconds after which a second measurement confirms one that this machine's plausible wall clock contradicts."""
CONFIRM_IMPLAUSIBLE_AFTER_MS = 10_000
"""As above, if the wall clock is not plausible itself: a machine that woke in 1970 needs a time soon."""
ENROLLED_AT = "enrolled_at_ms"
"""Setting: the earlier of the hub's and this machine's clock at the enrolment."""
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
        self._boot_id = clock.boot_id
        self._first = store.boots.get_or_create(self._boot_id, epoch_ms(clock.now()), clock.monotonic_ms())
        self._remembered_ms = 0

    def read(self) -> ClockReading:
        """Return the corrected time. It is not sure while a measurement that contradicts it waits for its confirmation.

        Raises:
            StoreError: The store could not be read.
        """
        wall_ms, monotonic_ms, boot = epoch_ms(self._clock.now()), self._clock.monotonic_ms(), self._boot()
        is_contradicted = boot.candidate_ms is not None
        if boot.anchor_ms is not None:
            now_ms = boot.anchor_ms + monotonic_ms
            return ClockReading(from_epoch_ms(now_ms), sure=not is_contradicted, offset_ms=now_ms - wall_ms)
        sure = not is_contradicted and self._is_plausible(wall_ms, monotonic_ms)
        return ClockReading(from_epoch_ms(wall_ms), sure=sure, offset_ms=None)

    @property
    def needs_measurement(self) -> bool:
        """True if the time is not known yet, or a measurement waits for its confirmation."""
        boot = self._boot()
        return boot.anchor_ms is None or boot.candidate_ms is not None

    def record_measurement(self, hub_ms: int, sent_monotonic_ms: int, received_monotonic_ms: int) -> bool:
        """Judge a measurement of the hub's clock. Return True if the time of this boot is known now.

        The hub is assumed to have read its clock midway between request and response.

        Args:
            hub_ms: The hub's wall clock, milliseconds since 1970.
            sent_monotonic_ms: The monotonic clock when the request was sent.
            received_monotonic_ms: The monotonic clock when the response came.

        Raises:
            StoreError: The measurement could not be stored.
        """
        boot = self._boot()
        round_trip = received_monotonic_ms - sent_monotonic_ms
        if not 0 <= round_trip <= MAX_ROUND_TRIP_MS:
            return boot.anchor_ms is not None
        measured_ms = hub_ms - (sent_monotonic_ms + received_monotonic_ms) // 2
        if boot.anchor_ms is not None and abs(measured_ms - boot.anchor_ms) <= MAX_JUMP_MS:
            if boot.candidate_ms is not None:
                self._store.boots.set_candidate(self._boot_id, None, None)
            self._save_measurement(hub_ms)
            return True
        if not self._is_possible(hub_ms, measured_ms):
            return boot.anchor_ms is not None
        if not self._is_confirmed(boot, measured_ms, received_monotonic_ms):
            if boot.candidate_ms is None or abs(measured_ms - boot.candidate_ms) > MAX_JUMP_MS:
                self._store.boots.set_candidate(self._boot_id, measured_ms, received_monotonic_ms)
            return boot.anchor_ms is not None
        self._store.boots.set_anchor(self._boot_id, measured_ms, received_monotonic_ms)
        if boot.anchor_ms is not None:  # the last contact was with a wrong clock
            self._store.settings.put(_HUB_SEEN, hub_ms)
            self._remembered_ms = 0
        self._save_measurement(hub_ms)
        return True

    def _boot(self) -> Boot:
        """Return this boot as it is stored: another thread may have measured meanwhile."""
        return self._store.boots.find(self._boot_id) or self._first

    def _agrees_with_wall(self, measured_ms: int) -> bool:
        wall_ms = epoch_ms(self._clock.now()) - self._clock.monotonic_ms()
        return abs(measured_ms - wall_ms) <= MAX_JUMP_MS

    def _is_confirmed(self, boot: Boot, measured_ms: int, at_ms: int) -> bool:
        """Return True if a second clock agrees with a measurement: the machine's own, or the hub's some time before."""
        if self._agrees_with_wall(measured_ms):
            return True
        if boot.candidate_ms is None or boot.candidate_at_ms is None:
            return False
        wall_ms, monotonic_ms = epoch_ms(self._clock.now()), self._clock.monotonic_ms()
        is_plausible = boot.anchor_ms is not None or self._is_plausible(wall_ms, monotonic_ms)
        after_ms = CONFIRM_AFTER_MS if is_plausible else CONFIRM_IMPLAUSIBLE_AFTER_MS
        return (
            abs(measured_ms - boot.candidate_ms) <= MAX_JUMP_MS and at_ms - boot.candidate_at_ms >= after_ms
        )

    def _is_possible(self, hub_ms: int, measured_ms: int) -> bool:
        """Return True if a time of the hub is not before what is known to be past.

        A row of another boot counts if that boot's time is known, and this machine's wall clock does not agree with the
        hub: a wrong clock that was believed in an earlier boot must not outlive it.
        """
        if hub_ms < self._floor_ms():
            return False
        last = self._store.journal.last()
        if last is None or last.record.boot_id == self._boot_id or not last.record.clock_sure:
            return True
        anchor_ms = self._store.boots.anchors((last.record.boot_id,)).get(last.record.boot_id)
        if anchor_ms is None:
            return True
        return hub_ms >= anchor_ms + last.record.monotonic_ms or self._agrees_with_wall(measured_ms)

    def _is_plausible(self, wall_ms: int, monotonic_ms: int) -> bool:
        """Return True if no evidence contradicts the wall clock. Used before the hub was reached in a boot."""
        jumped = (wall_ms - monotonic_ms) - (self._first.wall_ms - self._first.monotonic_ms)
        return (
            abs(jumped) <= MAX_JUMP_MS
            and abs(self._store.settings.get(_LAST_OFFSET, 0)) <= MAX_JUMP_MS
            and wall_ms >= self._known_past_ms()
        )

    def _floor_ms(self) -> int:
        """Return the latest time that is known to be past without any scan: of the build, or of the enrolment."""
        return int(max(epoch_ms(BUILT_AT), self._store.settings.get(ENROLLED_AT, 0)))

    def _known_past_ms(self) -> int:
        """Return the latest time that is known to be past: of the build, the enrolment, the hub, or a written scan."""
        last = self._store.journal.last()
        sure = last is not None and last.record.clock_sure
        written_ms = last.record.scanned_at_ms + (last.record.clock_offset_ms or 0) if last and sure else 0
        return max(self._floor_ms(), int(self._store.settings.get(_HUB_SEEN, 0)), written_ms)

    def _save_measurement(self, hub_ms: int) -> None:
        if abs(hub_ms - self._remembered_ms) < _REMEMBER_EVERY_MS:
            return
        if hub_ms > self._store.settings.get(_HUB_SEEN, 0):
            self._store.settings.put(_HUB_SEEN, hub_ms)
        offset = self.read().offset_ms
        if offset is not None:
            self._store.settings.put(_LAST_OFFSET, offset)
        self._remembered_ms = hub_ms
