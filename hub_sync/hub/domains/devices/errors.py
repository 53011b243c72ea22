"""Errors of devices."""

from hub_sync.hub.kit.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    Unauthorized,
    Unprocessable,
)
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.access import NotSwitchedOn
from hub_sync.hub.kit.security.rate_limits import TooManyRequests


class EnrolmentCodeUnknown(NotFound):
    """No device waits for this code."""

    template = N_("No device waits for this code. Check it, or ask for a new one.")


class EnrolmentCodeUsed(Conflict):
    """A station has enrolled with this code."""

    template = N_("A station has enrolled with this code already. Ask for a new one.")


class EnrolmentCodeExpired(Gone):
    """The enrolment code has expired."""

    template = N_("This code has expired. Ask for a new one.")


class EnrolmentCodeWithdrawn(EnrolmentCodeExpired, variant=True):
    """Whoever issued the code may not issue one any more."""

    template = N_("Whoever issued this code may not any more. Ask for a new one.")


class HandshakeUnsupported(Conflict):
    """The station speaks another protocol."""

    template = N_("This hub speaks protocol %(protocol)s, the station %(handshake)s; update the older one.")


class DeviceNotFound(NotFound):
    """There is no such device in the tenant."""

    template = N_("There is no such device.")


class EventNotAssigned(NotFound):
    """The event is not, or is no longer, one of those that are assigned to the station."""

    template = N_("This event is not assigned to this station. An administrator can assign it.")


class DeviceUnknown(Unauthorized):
    """There is no credential, or it is no device's."""

    template = N_("This station is not known here. Enrol it again.")


class BootIdMissing(BadRequest):
    """A station's call does not name the boot of its machine, as every station's does."""

    template = N_("A station names the boot of its machine with every call (header Doorward-Boot).")


class DeviceLocked(Forbidden):
    """The device is locked until an administrator unlocks it."""

    template = N_("This station is locked. An administrator can unlock it.")


class DeviceRevoked(Forbidden):
    """The device is revoked or retired for good."""

    template = N_("This station's access was withdrawn.")


class DeviceExpired(DeviceRevoked, variant=True):
    """The credential has ended: the API key that issued its enrolment code had an end."""

    template = N_("This station's access has ended. An administrator can extend it.")


class ProfileForbidsCall(Forbidden):
    """Stations of this profile may not make this call."""

    template = N_("A station that is enrolled as %(profile)s may not do this.")


class StationAddressNotAllowed(Forbidden):
    """The station may not enrol or call from this address."""

    template = N_("This station may not call from this address. An administrator can allow it.")


class DeviceStatusImpossible(Conflict):
    """No transition leads from the device's status to the other one."""

    template = N_("A device that is %(device_status)s can't become %(new_status)s.")


class DeviceEnrolled(Conflict):
    """A station has enrolled as this device: it needs no enrolment code any more."""

    template = N_("A station has enrolled as this device; create another device for what you need.")


class EventIsOver(Unprocessable):
    """An event that is over can't be assigned to a station any more."""

    template = N_("“%(name)s” is over: a station can't be assigned to it any more.")


class StationOutOfUse(Conflict):
    """The device is revoked or retired: it serves no event any more."""

    template = N_("This station is out of use: its events can't be changed any more.")


class NothingDoubted(Conflict):
    """Nothing is suspected of the station that could be resolved."""

    template = N_("Nothing is suspected of this station any more.")


class DeviceChanged(PreconditionFailed):
    """Somebody changed the device meanwhile."""

    template = N_("The device was changed meanwhile; read it again.")


class TooManyEnrolments(TooManyRequests, variant=True):
    """One place tries too many enrolment codes."""

    template = N_("Too many enrolments from one place. Try again in %(retry_after_s)s s.")


class KioskModeOff(NotSwitchedOn, variant=True):
    """Kiosks and boards are switched off for the tenant."""

    template = N_("Kiosks and boards are switched off here (FF_KIOSK_MODE).")


class CommandNotFound(NotFound):
    """The station has no such command."""

    template = N_("There is no such command.")


class CommandPending(Conflict):
    """The station has a command of this kind that is not finished."""

    template = N_("This station has this command already, and has not finished it.")


class CommandUnreachable(Conflict):
    """No station can obey: none has enrolled, or its access was withdrawn."""

    template = N_("A device that is %(device_status)s can't get this command.")


class CommandDelivered(Conflict):
    """The station has the command: it can't be taken back."""

    template = N_("The station has this command already: it can't be taken back any more.")


class CommandFinished(Conflict):
    """The command is finished."""

    template = N_("This command is finished.")


class KeyDoubted(Conflict):
    """Two machines may use the credential: a new one would keep one of them from sending its scans."""

    template = N_(
        "Two machines may use this station's credential. Resolve that first: a new key would keep one of them from sending its scans."
    )


class FleetConfigurationChanged(PreconditionFailed):
    """Somebody changed the defaults meanwhile."""

    template = N_("These settings were changed meanwhile; read them again.")


class SettingOfAnotherProfile(Unprocessable):
    """Stations of this profile have no such setting, or can't run as this."""

    template = N_("Stations of this kind can't have this value: %(names)s.")


class LogNotFound(NotFound):
    """There is no such log, or it was kept for its time."""

    template = N_("There is no such log any more.")


class LogUnreadable(BadRequest):
    """What came is not compressed with gzip."""

    template = N_("A log comes as gzip.")


class LogTooLarge(PayloadTooLarge, variant=True):
    """The log is larger than the hub takes."""

    template = N_("The log is larger than the %(limit)s bytes that are taken here.")
