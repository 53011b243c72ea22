"""What a device can do to its owner.

    DeviceError
    ├── DeviceMissing   it is not there (no such port, camera or file); it may be plugged in later
    ├── DeviceBusy      it is there, but another program holds it or we may not open it
    └── DeviceLost      it was open and went away or fell silent; opening it again may heal it

Only these leave `hardware`: a driver turns pyserial's, OpenCV's, PortAudio's and the system's own errors into one of the
three, so that whoever drives a device needs to know no library. The message is one sentence an operator can act on.
"""


class DeviceError(Exception):
    """Base of the tree; catch it where any fault of a device is handled alike."""


class DeviceMissing(DeviceError):
    """The device is not there."""


class DeviceBusy(DeviceError):
    """The device is there but cannot be had: held by another program, or access is denied."""


class DeviceLost(DeviceError):
    """The device was open and has gone away, or no longer answers."""
