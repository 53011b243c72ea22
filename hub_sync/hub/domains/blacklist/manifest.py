"""The manifest of the blacklist: people to look twice at, or not to let in."""

from dataclasses import dataclass
from typing import ClassVar

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

BLACKLIST_MANAGE = Permission("blacklist:manage", N_("Manage"))

KINDS: dict[str, str] = {
    "name": N_("Name"),
    "email": N_("E-mail address"),
    "phone": N_("Phone number"),
    "document": N_("Document number"),
    "domain": N_("E-mail domain"),
}
MATCHES: dict[str, str] = {
    "EXACT": N_("The same"),
    "FUZZY": N_("Similar"),
    "DOMAIN": N_("Domain and those below it"),
}
ACTIONS: dict[str, str] = {"BLOCK": N_("Block"), "FLAG": N_("Ask a person")}
HIT_STATUSES: dict[str, str] = {
    "PENDING": N_("To decide"),
    "FLAGGED": N_("Same person: look twice"),
    "BLOCKED": N_("Same person: blocked"),
    "DISMISSED": N_("Another person"),
}

BLACKLIST_ENTRY = Entity(
    "blacklist_entry",
    N_("Blacklist entry"),
    page="/settings/blacklist/{blacklist_id}/edit",
    fields={
        "event_id": N_("Event"),
        "kind": N_("Kind"),
        "label": N_("Value"),
        "match": N_("Comparison"),
        "action": N_("Effect"),
        "reason": N_("Reason"),
        "valid_from": N_("First day"),
        "valid_until": N_("Last day"),
        "value": N_("Compared value"),
        "created_by": N_("Created by"),
        "count": N_("How many"),
    },
    values={"kind": KINDS, "match": MATCHES, "action": ACTIONS},
    personal=frozenset(
        (
            "kind",
            "label",
            "value",
            "match",
            "action",
            "reason",
            "valid_from",
            "valid_until",
            "searched",
            "station_hash",
            "created_by",
        )
    ),
    read_permission=BLACKLIST_MANAGE,
)
ENTRY_CREATED = AuditAction(BLACKLIST_ENTRY, "create", N_("Created"))
ENTRY_UPDATED = AuditAction(BLACKLIST_ENTRY, "update", N_("Changed"))
ENTRY_DELETED = AuditAction(BLACKLIST_ENTRY, "delete", N_("Deleted"))
ENTRY_READ = AuditAction(BLACKLIST_ENTRY, "read", N_("Read"))
ATTEMPT_BLOCKED = AuditAction(BLACKLIST_ENTRY, "block", N_("Blocked a registration"))

BLACKLIST = Entity(
    "blacklist",
    N_("Blacklist"),
    page="/settings/blacklist",
    fields={"count": N_("How many"), "skipped": N_("Known already")},
)
BLACKLIST_READ = AuditAction(BLACKLIST, "read", N_("Read"))
BLACKLIST_EXPORTED = AuditAction(BLACKLIST, "export", N_("Exported"))
BLACKLIST_IMPORTED = AuditAction(BLACKLIST, "import", N_("Imported"))

BLACKLIST_HIT = Entity(
    "blacklist_hit",
    N_("Blacklist hit"),
    page="/settings/blacklist/hits",
    fields={
        "event_id": N_("Event"),
        "participant_id": N_("Participant"),
        "entry_id": N_("Blacklist entry"),
        "status": N_("Decision"),
        "decided_by": N_("Decided by"),
        "decided_at": N_("Decided"),
    },
    values={"status": HIT_STATUSES},
    personal=frozenset(("participant_id", "entry_id", "data_hash", "status", "decided_by", "decided_at")),
    read_permission=BLACKLIST_MANAGE,
)
HIT_DECIDED = AuditAction(BLACKLIST_HIT, "decide", N_("Decided"))
HITS_READ = AuditAction(BLACKLIST_HIT, "read", N_("Read"))
ATTEMPTS_READ = AuditAction(BLACKLIST, "read_attempts", N_("Blocked registrations read"))


@dataclass(frozen=True, kw_only=True)
class BlacklistChanged(DomainEvent):
    """Entries were added, changed or deleted. It says nothing of them; `event_id` "": they hold for all events."""

    entity: ClassVar[str] = BLACKLIST.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (BLACKLIST_MANAGE,)
    label: ClassVar[str] = N_("The blacklist was changed.")
    count: int


@dataclass(frozen=True, kw_only=True)
class BlacklistHitDecided(DomainEvent):
    """A person decided about a hit."""

    entity: ClassVar[str] = BLACKLIST_HIT.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (BLACKLIST_MANAGE,)
    label: ClassVar[str] = N_("A hit of the blacklist was decided.")
    status: str


MANIFEST = DomainManifest(
    name="blacklist",
    permissions=(PermissionGroup("blacklist", N_("Blacklist"), (BLACKLIST_MANAGE,)),),
    navigation=(
        NavigationEntry(
            group="settings",
            label=N_("Blacklist"),
            path="/settings/blacklist",
            order=12,
            permissions=BLACKLIST_MANAGE,
            icon="stop",
        ),
    ),
    openapi_tags=(OpenApiTag("blacklist", "People to look twice at, or not to let in."),),
    entities=(BLACKLIST_ENTRY, BLACKLIST, BLACKLIST_HIT),
    audit_actions=(
        ENTRY_CREATED,
        ENTRY_UPDATED,
        ENTRY_DELETED,
        ENTRY_READ,
        ATTEMPT_BLOCKED,
        BLACKLIST_READ,
        BLACKLIST_EXPORTED,
        BLACKLIST_IMPORTED,
        ATTEMPTS_READ,
        HIT_DECIDED,
        HITS_READ,
    ),
    domain_events=(BlacklistChanged, BlacklistHitDecided),
)
