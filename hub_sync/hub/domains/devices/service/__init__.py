"""The service of devices: what other domains may call."""

from hub_sync.hub.domains.devices.calls.authentication import (
    CurrentDevice,
    authenticate,
    is_active,
    report_journal_fork,
)
from hub_sync.hub.domains.devices.calls.station_router import DeviceCall, ReportingCall, StationRouter
from hub_sync.hub.domains.devices.calls.status_reports import store_report
from hub_sync.hub.domains.devices.commands.delivery import waiting_for
from hub_sync.hub.domains.devices.commands.schemas import NewCommand
from hub_sync.hub.domains.devices.commands.service import get as get_command
from hub_sync.hub.domains.devices.commands.service import list_of as list_commands
from hub_sync.hub.domains.devices.commands.service import pending_kinds
from hub_sync.hub.domains.devices.configuration.schemas import NewFleetConfiguration
from hub_sync.hub.domains.devices.configuration.service import (
    ConfigurationState,
    find_defaults,
    set_defaults,
    state_from,
    state_of,
)
from hub_sync.hub.domains.devices.errors import DeviceNotFound
from hub_sync.hub.domains.devices.event_assignment import ever_assigned, withdrawn_of_event
from hub_sync.hub.domains.devices.logs.service import list_of as list_logs
from hub_sync.hub.domains.devices.logs.service import read as read_log
from hub_sync.hub.domains.devices.management.device_management import (
    DeviceSummary,
    all_of,
    cancel_command,
    checkpoint_at,
    command,
    configure,
    enrolment_times,
    get,
    list_in_service,
    renew_code,
    set_status,
    summarize,
    update,
)
from hub_sync.hub.domains.devices.management.enrolment import create, enrol
from hub_sync.hub.domains.devices.management.keys import (
    KnownKey,
    lock,
    public_keys_of,
    report_seal_disagreement,
    reports_diverged_journal,
    resolve_doubts,
)
from hub_sync.hub.domains.devices.online_state import DeviceState
from hub_sync.hub.domains.devices.peers import LatestReport, latest_reports, peers_of, select_ids_of_event
from hub_sync.hub.domains.devices.profiles import MODES, may_send_scans
from hub_sync.hub.domains.devices.schemas import MAX_EVENTS, AuthenticatedDevice, DeviceChanges, NewDevice
from hub_sync.hub.domains.devices.setting_names import (
    CHOICE_LABELS,
    GROUP_LABELS,
    SETTING_HINTS,
    SETTING_LABELS,
)
from hub_sync.hub.domains.devices.tables import DeviceCommand, KioskDevice

__all__ = [
    "CHOICE_LABELS",
    "GROUP_LABELS",
    "MAX_EVENTS",
    "MODES",
    "SETTING_HINTS",
    "SETTING_LABELS",
    "AuthenticatedDevice",
    "ConfigurationState",
    "CurrentDevice",
    "DeviceCall",
    "DeviceChanges",
    "DeviceCommand",
    "DeviceNotFound",
    "DeviceState",
    "DeviceSummary",
    "KioskDevice",
    "KnownKey",
    "LatestReport",
    "NewCommand",
    "NewDevice",
    "NewFleetConfiguration",
    "ReportingCall",
    "StationRouter",
    "all_of",
    "authenticate",
    "cancel_command",
    "checkpoint_at",
    "command",
    "configure",
    "create",
    "enrol",
    "enrolment_times",
    "ever_assigned",
    "find_defaults",
    "get",
    "get_command",
    "is_active",
    "latest_reports",
    "list_commands",
    "list_in_service",
    "list_logs",
    "lock",
    "may_send_scans",
    "peers_of",
    "pending_kinds",
    "public_keys_of",
    "read_log",
    "renew_code",
    "report_journal_fork",
    "report_seal_disagreement",
    "reports_diverged_journal",
    "resolve_doubts",
    "select_ids_of_event",
    "set_defaults",
    "set_status",
    "state_from",
    "state_of",
    "store_report",
    "summarize",
    "update",
    "waiting_for",
    "withdrawn_of_event",
]
