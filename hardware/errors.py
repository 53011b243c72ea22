"""Device errors: a device is missing, busy or lost.

    DeviceError
    ├── DeviceMissing   the device is not there (no such port, camera or file); it may be plugged in later
    ├── DeviceBusy      the device is there, but another program uses it or access is denied
    │   └── DeviceAccessDenied   this user may not open it; an administrator must allow it
    └── DeviceLost      the device was open and went away or stopped answering; reopening may help

Drivers translate every error of pyserial, OpenCV, PortAudio and the operating system into one of them, so that
callers depend on no device library. The message is one English sentence, for logs and commands; screens translate the kind
of the fault.
"""

from enum import StrEnum
from typing import ClassVar


class RelayFault(StrEnum):
    """Kind of a fault of a relay board or its door process."""

    NOT_PLUGGED_IN = "not_plugged_in"  # detail: the address
    TWO_BOARDS = "two_boards"  # detail: their ports
    TAKEN_BY_BRLTTY = "taken_by_brltty"  # detail: the address or the port
    NO_DRIVER = "no_driver"  # detail: the address
    NO_PORT = "no_port"  # detail here and below: the port
    NO_PERMISSION = "no_permission"
    IN_USE = "in_use"
    UNPLUGGED = "unplugged"
    TAKES_NO_BYTES = "takes_no_bytes"
    NO_ANSWER = "no_answer"
    WRONG_DEVICE = "wrong_device"
    WRONG_ANSWER = "wrong_answer"
    REFUSED = "refused"
    NO_CHANNEL = "no_channel"  # detail: the channel
    STAYS_ON = "stays_on"
    NOT_SWITCHED_ON = "not_switched_on"
    STARTING = "starting"
    BUSY = "busy"
    CLOSED = "closed"
    PROGRAM_FAILED = "program_failed"
    OTHER = "other"


class DeviceError(Exception):
    """Base class; catch it where every device fault is handled in the same way.

    `fault` and `detail` say the same as the message to a program; None: not a relay board's.
    """

    default_fault: ClassVar[RelayFault | None] = None

    def __init__(self, message: str = "", fault: RelayFault | None = None, detail: str = "") -> None:
        super().__init__(message)
        self.fault, self.detail = fault or self.default_fault, detail


class DeviceMissing(DeviceError):
    """The device is not there."""


class DeviceBusy(DeviceError):
    """The device is there but another program uses it, or access is denied."""


class DeviceAccessDenied(DeviceBusy):
    """The device is there, and this user may not open it."""


class DeviceLost(DeviceError):
    """The device was open and was removed, or no longer answers."""
