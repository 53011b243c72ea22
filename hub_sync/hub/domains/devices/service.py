"""The fleet, for other domains: making and enrolling devices, signing them in, locking and revoking."""

from hub_sync.hub.domains.devices.authentication import sign_in, suspect_clone
from hub_sync.hub.domains.devices.dependencies import SignedIn
from hub_sync.hub.domains.devices.enrolment import create, enrol
from hub_sync.hub.domains.devices.errors import DeviceNotFound
from hub_sync.hub.domains.devices.fleet import all_of, get, renew_code, set_status, update
from hub_sync.hub.domains.devices.manifest import DeviceCloneSuspected
from hub_sync.hub.domains.devices.schemas import DeviceChanges, NewDevice, SignedInDevice
from hub_sync.hub.domains.devices.status_reports import take_report
from hub_sync.hub.domains.devices.tables import DeviceState, KioskDevice

__all__ = [
    "DeviceChanges",
    "DeviceCloneSuspected",
    "DeviceNotFound",
    "DeviceState",
    "KioskDevice",
    "NewDevice",
    "SignedIn",
    "SignedInDevice",
    "all_of",
    "create",
    "enrol",
    "get",
    "renew_code",
    "set_status",
    "sign_in",
    "suspect_clone",
    "take_report",
    "update",
]
