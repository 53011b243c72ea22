"""Scanner health: a state and a fault for programs, and a message for the operator."""

from dataclasses import dataclass
from enum import StrEnum

from hardware.errors import DeviceAccessDenied, DeviceBusy, DeviceError


class ScannerState(StrEnum):
    """READY: its codes arrive. MISSING: they do not. WINDOW: it types into the window, which sees no fault."""

    READY = "ready"
    MISSING = "missing"
    WINDOW = "window"


class ScannerFault(StrEnum):
    """Reason why the scanner is of no use."""

    OPENING = "opening"
    """It is being opened."""
    LOST = "lost"
    """It is not there, or was unplugged."""
    BUSY = "busy"
    """Another program uses it."""
    ACCESS_DENIED = "access_denied"
    """This user may not open it."""
    FLOODING = "flooding"
    """It sends without a pause; most of it is dropped."""
    FAILED = "failed"
    """A bug of its driver; the log has it."""


@dataclass(frozen=True, slots=True)
class ScannerHealth:
    """The scanner's state, with a message for the operator; empty without a fault."""

    state: ScannerState
    message: str = ""
    fault: ScannerFault | None = None


def fault_of(error: DeviceError) -> ScannerFault:
    """Return the fault that a driver's error stands for."""
    if isinstance(error, DeviceAccessDenied):
        return ScannerFault.ACCESS_DENIED
    return ScannerFault.BUSY if isinstance(error, DeviceBusy) else ScannerFault.LOST
