"""The station's status at its hub, as the hub last proved it. It holds over restarts, until the hub says otherwise."""

from datetime import datetime, timedelta
from enum import StrEnum

from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceStatus

_STATUS, _ERASED, _WITHDRAWN_AT = "station_status", "personal_data_erased", "withdrawn_at_ms"
_RUNNING = "withdrawn_running_time"
"""Setting: the time that the machine has run since the withdrawal, in ms, up to `at_ms` of a boot's monotonic clock."""
_WIPING = "wiping"
_LEFTOVERS = "leftovers"
_SAVE_EVERY_MS = 600_000
ERASED_AFTER = timedelta(days=30)
"""The time for which the hub takes the scans of a withdrawn station. Names and keys are of no use after it."""
WITHDRAWN = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)
"""A station in one of these admits nobody any more, and erases names and ticket keys once its scans are sent, at the latest
`ERASED_AFTER` later, whether the hub answers or not."""


class Leftovers(StrEnum):
    """What may still be in files, in free pages, the WAL, the journal's copy and backups, though it is not used any more.

    Each reaches further than those before it.
    """

    ASIDE = "aside"
    """Ticket keys as those of `KEYS`, in nothing but files that were put aside: these stay while they may be the only ones with some scans."""
    KEYS = "keys"
    """Ticket keys that the hub has withdrawn, or that are over."""
    ENROLMENT = "enrolment"
    """Keys, names, operators and the blacklist of the enrolment before."""

    def covers(self, other: "Leftovers") -> bool:
        """Return True if nothing is left of `other` once this is erased."""
        order = list(Leftovers)
        return order.index(self) >= order.index(other)


class StationAccess:
    """The stored status of the station."""

    def __init__(self, settings: StoredSettings) -> None:
        self._settings = settings

    def status(self) -> DeviceStatus:
        """Return the status. The gate reads it at each scan."""
        return DeviceStatus(self._settings.get(_STATUS, DeviceStatus.ACTIVE.value))

    @property
    def is_active(self) -> bool:
        """True if the station may decide scans, give numbers and show names."""
        return self.status() is DeviceStatus.ACTIVE and not self.wiping_id

    @property
    def is_withdrawn(self) -> bool:
        """True if the station was revoked or retired: it admits nobody, and stores no name and no ticket key any more."""
        return self.status() in WITHDRAWN

    def record(self, status: DeviceStatus, at: datetime | None = None) -> bool:
        """Store a status that the hub has proven. Return True if it is another than before.

        Args:
            status: The status.
            at: The station's corrected time; None: `is_erasure_due` counts from its first call.

        Raises:
            StoreError: It could not be written.
        """
        before = self.status()
        if status is before:
            return False
        if before not in WITHDRAWN:
            is_withdrawn = status in WITHDRAWN and at is not None
            self._settings.put(_WITHDRAWN_AT, epoch_ms(at) if is_withdrawn and at else None)
            self._settings.put(_RUNNING, None)
        self._settings.put(_STATUS, status.value)
        self._settings.put(_ERASED, False)
        return True

    @property
    def must_erase(self) -> bool:
        """True if names and ticket keys must be erased, and are not yet."""
        return self.is_withdrawn and not self._settings.get(_ERASED, False)

    def is_erasure_due(self, now: datetime, *, sure: bool, boot_id: str, monotonic_ms: int) -> bool:
        """Return True if names and ticket keys must be erased now, though the scans may not be sent.

        The time in which the machine runs counts in any case: a machine without a battery for its clock may never be sure
        of the time.

        Args:
            now: The station's corrected time.
            sure: True if it can be trusted. An unsure one decides nothing.
            boot_id: The boot of the machine.
            monotonic_ms: The monotonic clock of this boot.

        Raises:
            StoreError: The settings could not be read or written.
        """
        if not self.must_erase:
            return False
        if self._running_time(boot_id, monotonic_ms) >= ERASED_AFTER:
            return True
        if not sure:
            return False
        withdrawn_ms, now_ms = self._settings.get(_WITHDRAWN_AT), epoch_ms(now)
        if withdrawn_ms is None or now_ms < withdrawn_ms:  # it was learnt by a clock that was ahead
            self._settings.put(_WITHDRAWN_AT, now_ms)
            return False
        return timedelta(milliseconds=now_ms - withdrawn_ms) >= ERASED_AFTER

    def _running_time(self, boot_id: str, monotonic_ms: int) -> timedelta:
        """Return for how long the machine has run since the first call after the withdrawal; a reboot costs some minutes."""
        saved = self._settings.get(_RUNNING)
        total_ms, since_ms = (saved["ms"], saved["at_ms"]) if saved else (0, monotonic_ms)
        elapsed_ms = max(0, monotonic_ms - since_ms) if saved and saved["boot_id"] == boot_id else 0
        if not saved or saved["boot_id"] != boot_id or elapsed_ms >= _SAVE_EVERY_MS:
            running = {"boot_id": boot_id, "at_ms": monotonic_ms, "ms": total_ms + elapsed_ms}
            self._settings.put(_RUNNING, running)
        return timedelta(milliseconds=total_ms + elapsed_ms)

    @property
    def leftovers(self) -> Leftovers | None:
        """What was replaced and may still be in a file of the folder; None: nothing."""
        stored = self._settings.get(_LEFTOVERS)
        return None if stored is None else Leftovers(stored)

    def note_leftovers(self, leftovers: Leftovers) -> None:
        """Note that something is replaced now which must not stay in any file. It is erased at the next maintenance.

        What was noted before and reaches further stays noted.

        Raises:
            StoreError: It could not be written.
        """
        noted = self.leftovers
        if noted is None or not noted.covers(leftovers):
            self._settings.put(_LEFTOVERS, leftovers.value)

    def record_erasure(self, remaining: Leftovers | None = None) -> None:
        """Record that what was replaced is erased from all files, but for `remaining`."""
        self._settings.put(_LEFTOVERS, None if remaining is None else remaining.value)

    @property
    def wiping_id(self) -> str:
        """The id of the command because of which this station is being erased, "" if it is not. It admits nobody any more."""
        return str(self._settings.get(_WIPING) or "")

    def begin_wipe(self, command_id: str) -> None:
        """Stop admitting, because everything here is going to be erased.

        Raises:
            StoreError: It could not be written.
        """
        self._settings.put(_WIPING, command_id)

    def mark_erased(self) -> None:
        """Record that names and ticket keys are erased."""
        self._settings.put(_ERASED, True)
