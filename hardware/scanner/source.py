"""The interface of the drivers of scanners that are read as a device."""

from typing import Protocol

from hardware.scanner.transmission import Transmission

WAIT_S = 0.05
"""A read waits this long at most, so that a pause is noticed and the reader can be stopped."""


class ScannerSource(Protocol):
    """One scanner. Every failure is a `DeviceError` with a message for the operator."""

    def open(self) -> None:
        """Open the device.

        Raises:
            DeviceMissing: it is not there.
            DeviceBusy: another program uses it, or this user may not open it (DeviceAccessDenied).
        """

    def read(self) -> tuple[Transmission, ...]:
        """Return the codes that arrived within `WAIT_S`.

        Raises:
            DeviceLost: it was unplugged.
        """

    def close(self) -> None:
        """Release the device. Does nothing if it is not open."""

    @property
    def is_flooding(self) -> bool:
        """True while it sends more than any scanner does."""
