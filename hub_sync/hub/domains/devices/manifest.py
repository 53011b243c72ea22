"""What the domain of devices declares: the stations of the hub."""

from hub_sync.contract.enums import DeviceStatus
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, OpenApiTag
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flags import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role

KIOSK_MANAGE = Permission("kiosk:manage", N_("Manage"))
DEVICES_READ = Permission("devices:read", N_("View"), (Role.VIEWER,))

FF_KIOSK_MODE = FeatureFlag(
    "FF_KIOSK_MODE",
    N_("Kiosks"),
    N_("Self-service screens where people check in, print badges and take a queue number."),
)

KIOSK_DEVICE = Entity(
    "kiosk_device",
    N_("Station"),
    fields={
        "name": N_("Name"),
        "serial": N_("Serial number"),
        "status": N_("Status"),
        "software_version": N_("Software"),
        "clone_suspected": N_("Suspected to be copied"),
        "last_seen_at": N_("Last seen"),
        "enrolled_at": N_("Enrolled"),
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
CLONE_SUSPECTED = AuditAction(KIOSK_DEVICE, "suspect_clone", N_("Suspected to be copied"))

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
        CLONE_SUSPECTED,
    ),
)
