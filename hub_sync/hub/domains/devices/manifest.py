"""The manifest of devices: the stations of the hub."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from hub_sync.contract.enums import DeviceStatus
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
    N_("Lets stations be enrolled as kiosks and boards. Their screens are not part of this version yet."),
)

KIOSK_DEVICE = Entity(
    "kiosk_device",
    N_("Station"),
    fields={
        "name": N_("Name"),
        "serial": N_("Serial number"),
        "events": N_("Events"),
        "status": N_("Status"),
        "status_reason": N_("Reason"),
        "software_version": N_("Software"),
        "clone_suspected": N_("Suspected to be copied"),
        "last_seen_at": N_("Last seen"),
        "enrolled_at": N_("Enrolled"),
        "access_ends_at": N_("Access ends"),
        "ip_allow_list": N_("Allowed addresses"),
        "public_key": N_("Public key"),
        "seals_disagree_at": N_("Journal contradicted since"),
        "doubts_note": N_("Result of the check"),
    },
    values={
        "status": {
            DeviceStatus.PENDING: N_("Pending"),
            DeviceStatus.ACTIVE: N_("Active"),
            DeviceStatus.LOCKED: N_("Locked"),
            DeviceStatus.REVOKED: N_("Revoked"),
            DeviceStatus.RETIRED: N_("Taken out of use"),
        }
    },
)
DEVICE_CREATED = AuditAction(KIOSK_DEVICE, "create", N_("Created"))
DEVICE_UPDATED = AuditAction(KIOSK_DEVICE, "update", N_("Changed"))
DEVICE_STATUS_UPDATED = AuditAction(KIOSK_DEVICE, "set_status", N_("Status changed"))
DEVICE_ENROLLED = AuditAction(KIOSK_DEVICE, "enrol", N_("Enrolled"))
ENROLMENT_CODE_RENEWED = AuditAction(KIOSK_DEVICE, "renew_enrolment_code", N_("New enrolment code"))
DEVICE_KEY_UPDATED = AuditAction(KIOSK_DEVICE, "update_key", N_("New key pair"))
DOUBTS_RESOLVED = AuditAction(KIOSK_DEVICE, "resolve_doubts", N_("Suspicion resolved"))
CLONE_SUSPECTED = AuditAction(KIOSK_DEVICE, "suspect_clone", N_("Suspected to be copied"))


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
    boot: str | None = None
    other_boot: str | None = None
    journal_id: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, kw_only=True)
class DeviceAlarmRaised(DomainEvent):
    """A station reported an alarm that it had not reported before."""

    entity: ClassVar[str] = KIOSK_DEVICE.name
    label: ClassVar[str] = N_("A station raised an alarm.")
    code: str
    sentence: str | None


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
    entities=(KIOSK_DEVICE,),
    audit_actions=(
        DEVICE_CREATED,
        DEVICE_UPDATED,
        DEVICE_STATUS_UPDATED,
        DEVICE_ENROLLED,
        ENROLMENT_CODE_RENEWED,
        DEVICE_KEY_UPDATED,
        CLONE_SUSPECTED,
        DOUBTS_RESOLVED,
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
    ),
)
