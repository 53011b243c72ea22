"""What the fleet refuses."""

from hub_sync.hub.kit.errors import Conflict, Forbidden, Gone, HubError, NotFound, Unauthorized


class EnrolmentCodeUnknown(NotFound):
    """No device waits for this code."""


class EnrolmentCodeUsed(Conflict):
    """A station has enrolled with this code."""


class EnrolmentCodeExpired(Gone):
    """The code's time is over."""


class HandshakeUnsupported(Conflict):
    """The station speaks another protocol."""


class DeviceNotFound(NotFound):
    """There is no such device in the tenant."""


class DeviceUnknown(Unauthorized):
    """No credential, or one that opens nothing."""


class DeviceLocked(Forbidden):
    """The device is locked until an administrator unlocks it."""


class DeviceRevoked(Forbidden):
    """The device is revoked or retired for good."""


class DeviceStatusImpossible(Conflict):
    """The device's life does not lead there from where it is."""


class DeviceEnrolled(Conflict):
    """A station has enrolled as this device, and what was asked for is for one that none has."""


class DeviceChanged(HubError):
    """Somebody changed the device meanwhile."""

    status = 412
