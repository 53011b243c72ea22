"""Device errors: a device is missing, busy or lost.

    DeviceError
    ├── DeviceMissing   the device is not there (no such port, camera or file); it may be plugged in later
    ├── DeviceBusy      the device is there, but another program uses it or access is denied
    │   └── DeviceAccessDenied   this user may not open it; an administrator must allow it
    └── DeviceLost      the device was open and went away or stopped answering; reopening may help

Drivers translate every error of pyserial, OpenCV, PortAudio and the operating system into one of them, so that
callers depend on no device library. The message is one sentence that tells the operator what to do.
"""


class DeviceError(Exception):
    """Base class; catch it where every device fault is handled in the same way."""


class DeviceMissing(DeviceError):
    """The device is not there."""


class DeviceBusy(DeviceError):
    """The device is there but another program uses it, or access is denied."""


class DeviceAccessDenied(DeviceBusy):
    """The device is there, and this user may not open it."""


class DeviceLost(DeviceError):
    """The device was open and was removed, or no longer answers."""
