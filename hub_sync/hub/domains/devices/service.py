"""The service of devices: what other domains may call."""

from hub_sync.hub.domains.devices.authentication import (
    CurrentDevice,
    authenticate,
    is_active,
    report_journal_fork,
)
from hub_sync.hub.domains.devices.device_management import (
    DeviceSummary,
    all_of,
    checkpoint_at,
    enrolled_at,
    get,
    list_in_service,
    renew_code,
    set_status,
    summarize,
    update,
)
from hub_sync.hub.domains.devices.enrolment import create, enrol
from hub_sync.hub.domains.devices.errors import DeviceNotFound
from hub_sync.hub.domains.devices.event_assignment import ever_assigned
from hub_sync.hub.domains.devices.keys import (
    KnownKey,
    lock,
    public_keys_of,
    report_seal_disagreement,
    resolve_doubts,
)
from hub_sync.hub.domains.devices.online_state import DeviceState
from hub_sync.hub.domains.devices.peers import ids_of_event, peers_of
from hub_sync.hub.domains.devices.schemas import MAX_EVENTS, AuthenticatedDevice, DeviceChanges, NewDevice
from hub_sync.hub.domains.devices.station_router import DeviceCall, ReportingCall, StationRouter
from hub_sync.hub.domains.devices.status_reports import store_report
from hub_sync.hub.domains.devices.tables import KioskDevice

__all__ = [
    "MAX_EVENTS",
    "AuthenticatedDevice",
    "CurrentDevice",
    "DeviceCall",
    "DeviceChanges",
    "DeviceNotFound",
    "DeviceState",
    "DeviceSummary",
    "KioskDevice",
    "KnownKey",
    "NewDevice",
    "ReportingCall",
    "StationRouter",
    "all_of",
    "authenticate",
    "checkpoint_at",
    "create",
    "enrol",
    "enrolled_at",
    "ever_assigned",
    "get",
    "ids_of_event",
    "is_active",
    "list_in_service",
    "lock",
    "peers_of",
    "public_keys_of",
    "renew_code",
    "report_journal_fork",
    "report_seal_disagreement",
    "resolve_doubts",
    "set_status",
    "store_report",
    "summarize",
    "update",
]
