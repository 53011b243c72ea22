"""The manifest of devices: the stations of the hub."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.fleet import CommandKind, CommandStatus
from hub_sync.hub.domains.devices.setting_names import CHOICE_LABELS, SETTING_LABELS
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role

KIOSK_MANAGE = Permission("kiosk:manage", N_("Manage"))
DEVICES_READ = Permission("devices:read", N_("View"), (Role.VIEWER,))

FF_KIOSK_MODE = FeatureFlag(
    "FF_KIOSK_MODE",
    N_("Kiosks"),
    N_(
        "Lets stations be enrolled as kiosks and boards, and opens queues: numbers, counters and their pages."
    ),
)

COMMANDS: Mapping[str, str] = {
    CommandKind.IDENTIFY: N_("Show where it is"),
    CommandKind.RESTART: N_("Restart the program"),
    CommandKind.LOCK: N_("Lock"),
    CommandKind.UNLOCK: N_("Unlock"),
    CommandKind.ROTATE_KEY: N_("New key"),
    CommandKind.RELOAD: N_("Pull everything again"),
    CommandKind.UPLOAD_LOG: N_("Upload the log"),
    CommandKind.WIPE: N_("Wipe"),
}
COMMAND_STATUSES: Mapping[str, str] = {
    CommandStatus.QUEUED: N_("Waits for the station"),
    CommandStatus.DELIVERED: N_("Sent to the station"),
    CommandStatus.RUNNING: N_("The station is at it"),
    CommandStatus.DONE: N_("Done"),
    CommandStatus.FAILED: N_("Failed"),
    CommandStatus.REFUSED: N_("Refused by the station"),
    CommandStatus.EXPIRED: N_("Expired"),
    CommandStatus.CANCELLED: N_("Taken back"),
}
PROFILE_NAMES: Mapping[str, str] = {
    DeviceProfile.GATE: N_("Gate"),
    DeviceProfile.KIOSK: N_("Kiosk"),
    DeviceProfile.BOARD: N_("Board"),
    DeviceProfile.DESK: N_("Desk"),
}
_OFFLINE = N_("Longest time without the hub (seconds)")
KIOSK_DEVICE = Entity(
    "kiosk_device",
    N_("Station"),
    fields={
        "name": N_("Name"),
        "serial": N_("Serial number"),
        "events": N_("Events"),
        "status": N_("Status"),
        "profile": N_("Kind"),
        "status_reason": N_("Reason"),
        "status_changed_at": N_("Status changed"),
        "enrol_expires_at": N_("Code expires"),
        "software_version": N_("Software"),
        "clone_suspected": N_("Suspected to be copied"),
        "last_seen_at": N_("Last seen"),
        "enrolled_at": N_("Enrolled"),
        "access_ends_at": N_("Access ends"),
        "ip_allow_list": N_("Allowed addresses"),
        "public_key": N_("Public key"),
        "seals_disagree_at": N_("Journal contradicted since"),
        "doubts_resolved_at": N_("Suspicion looked into"),
        "doubts_note": N_("Result of the check"),
        "wiped_at": N_("Wiped"),
        "max_offline_s": _OFFLINE,
        "command": N_("Command"),
        "result": N_("Outcome"),
        "error": N_("What the station says"),
        **SETTING_LABELS,
    },
    values={
        "profile": PROFILE_NAMES,
        "status": {
            DeviceStatus.PENDING: N_("Pending"),
            DeviceStatus.ACTIVE: N_("Active"),
            DeviceStatus.LOCKED: N_("Locked"),
            DeviceStatus.REVOKED: N_("Revoked"),
            DeviceStatus.RETIRED: N_("Taken out of use"),
        },
        "command": COMMANDS,
        "result": COMMAND_STATUSES,
        **CHOICE_LABELS,
    },
)
FLEET_CONFIGURATION = Entity(
    "fleet_configuration",
    N_("Settings of stations"),
    fields={"profile": N_("Kind"), "settings": N_("Settings"), "max_offline_s": _OFFLINE, **SETTING_LABELS},
    values={"profile": PROFILE_NAMES, **CHOICE_LABELS},
)
DEVICE_CREATED = AuditAction(KIOSK_DEVICE, "create", N_("Created"))
DEVICE_UPDATED = AuditAction(KIOSK_DEVICE, "update", N_("Changed"))
DEVICE_STATUS_UPDATED = AuditAction(KIOSK_DEVICE, "set_status", N_("Status changed"))
DEVICE_ENROLLED = AuditAction(KIOSK_DEVICE, "enrol", N_("Enrolled"))
ENROLMENT_CODE_RENEWED = AuditAction(KIOSK_DEVICE, "renew_enrolment_code", N_("New enrolment code"))
DEVICE_KEY_UPDATED = AuditAction(KIOSK_DEVICE, "update_key", N_("New key pair"))
DOUBTS_RESOLVED = AuditAction(KIOSK_DEVICE, "resolve_doubts", N_("Suspicion resolved"))
COMMAND_ISSUED = AuditAction(KIOSK_DEVICE, "issue_command", N_("Command issued"))
COMMAND_CANCELLED = AuditAction(KIOSK_DEVICE, "cancel_command", N_("Command taken back"))
COMMAND_FINISHED = AuditAction(KIOSK_DEVICE, "finish_command", N_("Command finished"))
CONFIGURATION_UPDATED = AuditAction(KIOSK_DEVICE, "configure", N_("Settings changed"))
FLEET_CONFIGURATION_UPDATED = AuditAction(FLEET_CONFIGURATION, "configure", N_("Settings changed"))
LOG_READ = AuditAction(KIOSK_DEVICE, "read_log", N_("Log downloaded"))
CLONE_SUSPECTED = AuditAction(KIOSK_DEVICE, "suspect_clone", N_("Suspected to be copied"))


_EXAMPLE_DEVICE = "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"


@dataclass(frozen=True, kw_only=True)
class DeviceCreated(DomainEvent):
    """A device was created; it waits for its station."""

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("A station was created.")
    name: str


@dataclass(frozen=True, kw_only=True)
class DeviceUpdated(DomainEvent):
    """Fields of a device were changed; `changed` names them."""

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("A station was changed.")
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class DeviceStatusUpdated(DomainEvent):
    """A device was locked, unlocked, revoked or retired.

    Attributes:
        from_: the status before.
        to: the status now.
    """

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("A station was locked, unlocked, revoked or retired.")
    from_: DeviceStatus
    to: DeviceStatus


@dataclass(frozen=True, kw_only=True)
class EnrolmentCodeRenewed(DomainEvent):
    """A device got another enrolment code; the code before is void."""

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("A station got a new enrolment code.")


@dataclass(frozen=True, kw_only=True)
class StationEnrolled(DomainEvent):
    """A station enrolled as a device; `serial` is what its machine calls itself."""

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("A station was enrolled.")
    event_type: ClassVar[str] = "device.enrolled"
    id_member: ClassVar[str] = "device_id"
    example: ClassVar[Mapping[str, Any]] = {"device_id": _EXAMPLE_DEVICE, "serial": "gate-1-8f3a10c2"}
    permissions_to_read: ClassVar[tuple[str, ...]] = (DEVICES_READ,)
    serial: str | None


@dataclass(frozen=True, kw_only=True)
class DeviceCloneSuspected(DomainEvent):
    """Two machines use one credential.

    Attributes:
        boot: the boot id that came in turn with another one; "": a call came without one; None: the journal showed it.
        other_boot: the boot id before it.
        journal_id: the journal of which two histories came; None: the boot ids showed it.
        sequence: the first row in which the two histories differ.
    """

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("Two machines may use the credential of one station.")
    event_type: ClassVar[str] = "device.clone_suspected"
    id_member: ClassVar[str] = "device_id"
    example: ClassVar[Mapping[str, Any]] = {
        "device_id": _EXAMPLE_DEVICE,
        "boot": "5e0c",
        "other_boot": "91af",
        "journal_id": None,
        "sequence": None,
    }
    permissions_to_read: ClassVar[tuple[str, ...]] = (DEVICES_READ,)
    boot: str | None = None
    other_boot: str | None = None
    journal_id: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, kw_only=True)
class DeviceAlarmRaised(DomainEvent):
    """A station reported an alarm that it had not reported before."""

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("A station raised an alarm.")
    event_type: ClassVar[str] = "device.alarm"
    id_member: ClassVar[str] = "device_id"
    example: ClassVar[Mapping[str, Any]] = {
        "device_id": _EXAMPLE_DEVICE,
        "code": "PRINTER_LOST",
        "sentence": None,
    }
    permissions_to_read: ClassVar[tuple[str, ...]] = (DEVICES_READ,)
    code: str
    sentence: str | None


@dataclass(frozen=True, kw_only=True)
class DeviceCommandIssued(DomainEvent):
    """A command to a station was queued."""

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("A command was sent to a station.")
    command_id: str
    kind: CommandKind


@dataclass(frozen=True, kw_only=True)
class DeviceCommandFinished(DomainEvent):
    """A command to a station has its final status. DONE, FAILED and REFUSED are the station's own words."""

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("A command to a station ended.")
    event_type: ClassVar[str] = "device.command_finished"
    id_member: ClassVar[str] = "device_id"
    example: ClassVar[Mapping[str, Any]] = {
        "device_id": _EXAMPLE_DEVICE,
        "command_id": "01977a3e-6c2d-7b3f-8a11-2b3c4d5e6f70",
        "kind": "wipe",
        "status": "DONE",
    }
    permissions_to_read: ClassVar[tuple[str, ...]] = (DEVICES_READ,)
    command_id: str
    kind: CommandKind
    status: CommandStatus


@dataclass(frozen=True, kw_only=True)
class FleetConfigurationUpdated(DomainEvent):
    """The settings of an event's stations with a profile were changed."""

    entity: ClassVar[str] = FLEET_CONFIGURATION.name
    label: ClassVar[str] = N_("The settings of stations were changed.")
    profile: DeviceProfile


@dataclass(frozen=True, kw_only=True)
class DeviceAlarmCleared(DomainEvent):
    """A station does not report an alarm any more."""

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("An alarm of a station ended.")
    code: str
    sentence: str | None


MANIFEST = DomainManifest(
    name="devices",
    permissions=(
        PermissionGroup("devices", N_("Stations"), (DEVICES_READ,)),
        PermissionGroup("kiosk", N_("Kiosks"), (KIOSK_MANAGE,)),
    ),
    flags=(FF_KIOSK_MODE,),
    openapi_tags=(OpenApiTag("devices", "Stations at the doors, and what they are told to do."),),
    entities=(KIOSK_DEVICE, FLEET_CONFIGURATION),
    audit_actions=(
        DEVICE_CREATED,
        DEVICE_UPDATED,
        DEVICE_STATUS_UPDATED,
        DEVICE_ENROLLED,
        ENROLMENT_CODE_RENEWED,
        DEVICE_KEY_UPDATED,
        CLONE_SUSPECTED,
        DOUBTS_RESOLVED,
        COMMAND_ISSUED,
        COMMAND_CANCELLED,
        COMMAND_FINISHED,
        CONFIGURATION_UPDATED,
        FLEET_CONFIGURATION_UPDATED,
        LOG_READ,
    ),
    domain_events=(
        DeviceCreated,
        DeviceUpdated,
        DeviceStatusUpdated,
        EnrolmentCodeRenewed,
        StationEnrolled,
        DeviceCloneSuspected,
        DeviceAlarmRaised,
        DeviceAlarmCleared,
        DeviceCommandIssued,
        DeviceCommandFinished,
        FleetConfigurationUpdated,
    ),
    webhook_groups=(("device", N_("Stations")),),
)
