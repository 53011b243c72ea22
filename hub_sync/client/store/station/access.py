"""The station's status at its hub, as the hub last proved it. It holds over restarts, until the hub says otherwise."""

from datetime import datetime, timedelta

from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceStatus

_STATUS, _ERASED, _WITHDRAWN_AT = "station_status", "personal_data_erased", "withdrawn_at_ms"
ERASED_AFTER = timedelta(days=30)
"""The time for which the hub takes the scans of a withdrawn station. Names and keys are of no use after it."""
WITHDRAWN = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)
"""A station in one of these admits nobody any more, and erases names and ticket keys once its scans are sent, at the latest
`ERASED_AFTER` later, whether the hub answers or not."""


class StationAccess:
    """The stored status of the station."""

    def __init__(self, settings: StoredSettings) -> None:
        self._settings = settings

    def status(self) -> DeviceStatus:
        """Return the status. The gate reads it at each scan."""
        return DeviceStatus(self._settings.get(_STATUS, DeviceStatus.ACTIVE.value))

    @property
    def is_active(self) -> bool:
        """True if the station may decide scans and show names."""
        return self.status() is DeviceStatus.ACTIVE

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
        self._settings.put(_STATUS, status.value)
        self._settings.put(_ERASED, False)
        return True

    @property
    def must_erase(self) -> bool:
        """True if names and ticket keys must be erased, and are not yet."""
        return self.is_withdrawn and not self._settings.get(_ERASED, False)

    def is_erasure_due(self, now: datetime, *, sure: bool) -> bool:
        """Return True if names and ticket keys must be erased now, though the scans may not be sent.

        Args:
            now: The station's corrected time.
            sure: True if it can be trusted. An unsure one decides nothing.

        Raises:
            StoreError: The settings could not be read or written.
        """
        if not (sure and self.must_erase):
            return False
        withdrawn_ms, now_ms = self._settings.get(_WITHDRAWN_AT), epoch_ms(now)
        if withdrawn_ms is None or now_ms < withdrawn_ms:  # it was learnt by a clock that was ahead
            self._settings.put(_WITHDRAWN_AT, now_ms)
            return False
        return timedelta(milliseconds=now_ms - withdrawn_ms) >= ERASED_AFTER

    def mark_erased(self) -> None:
        """Record that names and ticket keys are erased."""
        self._settings.put(_ERASED, True)
