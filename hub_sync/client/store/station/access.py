"""The station's status at its hub, as the hub last proved it. It holds over restarts, until the hub says otherwise."""

from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.contract.enums import DeviceStatus

_STATUS, _ERASED = "station_status", "personal_data_erased"
WITHDRAWN = (DeviceStatus.REVOKED, DeviceStatus.RETIRED)
"""A station in one of these admits nobody any more, and erases names and ticket keys once its scans are sent."""


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

    def record(self, status: DeviceStatus) -> bool:
        """Store a status that the hub has proven. Return True if it is another than before.

        Raises:
            StoreError: It could not be written.
        """
        if status is self.status():
            return False
        self._settings.put(_STATUS, status.value)
        self._settings.put(_ERASED, False)
        return True

    @property
    def must_erase(self) -> bool:
        """True if names and ticket keys must be erased, and are not yet."""
        return self.status() in WITHDRAWN and not self._settings.get(_ERASED, False)

    def mark_erased(self) -> None:
        """Record that names and ticket keys are erased."""
        self._settings.put(_ERASED, True)
