"""The time for which a station may admit people without a proven word of its hub, and for which it has been without one.

A revocation can't reach a station without a network. So an organiser may say after which time such a station admits nobody any more. The
time counts in which the machine runs, whatever its clock says, and where the clock can be trusted, the time in which it was switched off
counts as well. A restart costs a whole interval of saving, so that one who restarts it again and again gains nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.contract.clock import epoch_ms

_LIMIT, _RUNNING = "max_offline_s", "offline_running"
SAVE_EVERY_MS = 60_000
WARN_FROM = 0.75
"""The part of the limit after which the screen warns."""


@dataclass(frozen=True, slots=True)
class OfflineAge:
    """The time for which a station has been without its hub. `limit` None: it may go on for ever."""

    elapsed: timedelta = timedelta()
    limit: timedelta | None = None

    @property
    def is_over(self) -> bool:
        """True if the station admits nobody any more."""
        return self.limit is not None and self.elapsed >= self.limit

    @property
    def is_near(self) -> bool:
        """True if it will admit nobody soon."""
        return self.limit is not None and not self.is_over and self.elapsed >= self.limit * WARN_FROM

    @property
    def left(self) -> timedelta:
        """The time until the limit."""
        return timedelta() if self.limit is None else max(timedelta(), self.limit - self.elapsed)


class OfflineLimit:
    """The stored limit, and the time since the last proven answer."""

    def __init__(self, settings: StoredSettings) -> None:
        self._settings = settings

    def record_contact(
        self, limit_s: int | None, now: datetime, *, sure: bool, boot_id: str, monotonic_ms: int
    ) -> None:
        """Note a proven answer of the hub, which brings the limit; None: there is none.

        Raises:
            StoreError: It could not be written.
        """
        limit_s = None if limit_s is None else max(0, limit_s)
        if limit_s != self._settings.get(_LIMIT):
            self._settings.put(_LIMIT, limit_s)
            self._settings.put(_RUNNING, None)
        if limit_s is None:
            return
        saved = self._settings.get(_RUNNING)
        is_new = saved is None or saved["boot_id"] != boot_id or saved["ms"]
        if is_new or monotonic_ms - saved["at_ms"] >= SAVE_EVERY_MS or (sure and saved["wall_ms"] is None):
            self._save(boot_id, monotonic_ms, 0, epoch_ms(now) if sure else None)

    def record_running(self, boot_id: str, monotonic_ms: int) -> None:
        """Save the time for which the machine has run. Called by the maintenance loop, with the hub or without.

        Raises:
            StoreError: It could not be written.
        """
        saved = self._settings.get(_RUNNING)
        if self._settings.get(_LIMIT) is None or saved is None:
            return
        if saved["boot_id"] != boot_id:
            self._save(boot_id, monotonic_ms, saved["ms"] + SAVE_EVERY_MS, saved["wall_ms"])
        elif monotonic_ms - saved["at_ms"] >= SAVE_EVERY_MS:
            elapsed_ms = saved["ms"] + monotonic_ms - saved["at_ms"]
            self._save(boot_id, monotonic_ms, elapsed_ms, saved["wall_ms"])

    def read(self, now: datetime, *, sure: bool, boot_id: str, monotonic_ms: int) -> OfflineAge:
        """Return how long the station has been without its hub. The gate reads it at each scan.

        Args:
            now: The station's corrected time.
            sure: True if it can be trusted. An unsure one decides nothing.
            boot_id: The boot of the machine.
            monotonic_ms: The monotonic clock of this boot.

        Raises:
            StoreError: It could not be read.
        """
        limit_s = self._settings.get(_LIMIT)
        if limit_s is None:
            return OfflineAge()
        limit, saved = timedelta(seconds=limit_s), self._settings.get(_RUNNING)
        if saved is None:
            return OfflineAge(limit=limit)
        running_ms = saved["ms"]
        if saved["boot_id"] == boot_id:
            running_ms += max(0, monotonic_ms - saved["at_ms"])
        wall_ms = epoch_ms(now) - saved["wall_ms"] if sure and saved["wall_ms"] is not None else 0
        return OfflineAge(timedelta(milliseconds=max(running_ms, wall_ms)), limit)

    def _save(self, boot_id: str, at_ms: int, ms: int, wall_ms: int | None) -> None:
        self._settings.put(_RUNNING, {"boot_id": boot_id, "at_ms": at_ms, "ms": ms, "wall_ms": wall_ms})
