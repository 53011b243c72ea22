"""What the domain of check-in declares: checkpoints, scans, occupancy, conflicts."""

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, OpenApiTag
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role

CHECKPOINTS_READ = Permission("checkpoints:read", N_("View"), (Role.VIEWER,))
CHECKPOINTS_CREATE = Permission("checkpoints:create", N_("Create"))
CHECKPOINTS_UPDATE = Permission("checkpoints:update", N_("Change"))
CHECKPOINTS_DELETE = Permission("checkpoints:delete", N_("Delete"))
CHECK_IN_SCAN = Permission("check-in:scan", N_("Scan"), (Role.OPERATOR,))
ACCESS_LOGS_READ = Permission("access-logs:read", N_("View"), (Role.VIEWER,))
OCCUPANCY_READ = Permission("occupancy:read", N_("View"), (Role.VIEWER,))
OCCUPANCY_UPDATE = Permission("occupancy:update", N_("Change"))

_DIRECTIONS: dict[str, str] = {"entry": N_("Entrance"), "exit": N_("Exit")}
CHECKPOINT = Entity(
    "checkpoint",
    N_("Checkpoint"),
    fields={
        "name": N_("Name"),
        "type": N_("Kind"),
        "direction": N_("Direction"),
        "zone": N_("Zone"),
        "active": N_("Active"),
        "opens_at": N_("Opens"),
        "closes_at": N_("Closes"),
        "allowed_categories": N_("Allowed categories"),
        "reentry": N_("Coming in again"),
        "unknown_tickets": N_("Tickets that are not listed"),
        "stale_roster": N_("List too old"),
        "roster_max_age_s": N_("Oldest list (seconds)"),
        "deleted_at": N_("Deleted"),
    },
    values={"direction": _DIRECTIONS},
)
CHECKPOINT_CREATED = AuditAction(CHECKPOINT, "create", N_("Created"))
CHECKPOINT_UPDATED = AuditAction(CHECKPOINT, "update", N_("Changed"))
CHECKPOINT_TOGGLED = AuditAction(CHECKPOINT, "toggle", N_("Opened or closed"))
CHECKPOINT_DELETED = AuditAction(CHECKPOINT, "delete", N_("Deleted"))

ACCESS_LOG = Entity("access_log", N_("Scan"), fields={"reason": N_("Reason"), "device_id": N_("Station")})
SCAN_OVERRIDDEN = AuditAction(ACCESS_LOG, "override", N_("Let in by hand"))

ACCESS_CONFLICT = Entity("access_conflict", N_("Conflict"), fields={"cleared": N_("Cleared up")})
CONFLICT_CLEARED = AuditAction(ACCESS_CONFLICT, "clear", N_("Cleared up"))

OCCUPANCY = Entity(
    "venue_occupancy", N_("Occupancy"), fields={"zone": N_("Zone"), "capacity": N_("Capacity")}
)
CAPACITY_UPDATED = AuditAction(OCCUPANCY, "set_capacity", N_("Capacity changed"))

MANIFEST = DomainManifest(
    name="check_in",
    permissions=(
        PermissionGroup(
            "checkpoints",
            N_("Checkpoints"),
            (CHECKPOINTS_READ, CHECKPOINTS_CREATE, CHECKPOINTS_UPDATE, CHECKPOINTS_DELETE),
        ),
        PermissionGroup("check-in", N_("Check-in"), (CHECK_IN_SCAN,)),
        PermissionGroup("access-logs", N_("Access log"), (ACCESS_LOGS_READ,)),
        PermissionGroup("occupancy", N_("Occupancy"), (OCCUPANCY_READ, OCCUPANCY_UPDATE)),
    ),
    openapi_tags=(
        OpenApiTag("check-in", "Checkpoints, scans, the access log, occupancy, and how they change live."),
    ),
    entities=(CHECKPOINT, ACCESS_LOG, ACCESS_CONFLICT, OCCUPANCY),
    audit_actions=(
        CHECKPOINT_CREATED,
        CHECKPOINT_UPDATED,
        CHECKPOINT_TOGGLED,
        CHECKPOINT_DELETED,
        SCAN_OVERRIDDEN,
        CONFLICT_CLEARED,
        CAPACITY_UPDATED,
    ),
    webhook_groups=(("scan", N_("Scans")),),
)
