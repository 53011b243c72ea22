"""The manifest of participants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.sync import BLOCKED, FLAGGED, SEAT_GIVEN, SEAT_GIVEN_FLAGGED
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role

PARTICIPANTS_READ = Permission("participants:read", N_("View"), (Role.VIEWER,))
PARTICIPANTS_CREATE = Permission("participants:create", N_("Create"))
PARTICIPANTS_UPDATE = Permission("participants:update", N_("Change"))
PARTICIPANTS_DELETE = Permission("participants:delete", N_("Delete"))

STATUSES: dict[str, str] = {
    ParticipantStatus.PENDING: N_("Pending"),
    ParticipantStatus.APPROVED: N_("Approved"),
    ParticipantStatus.REJECTED: N_("Rejected"),
    ParticipantStatus.CANCELLED: N_("Cancelled"),
}
STATUS_TONES = {
    ParticipantStatus.PENDING: "warn",
    ParticipantStatus.APPROVED: "good",
    ParticipantStatus.REJECTED: "bad",
    ParticipantStatus.CANCELLED: "quiet",
}
"""The tone of each status's badge in the console."""
STATUS_ACTIONS = {
    ParticipantStatus.APPROVED: N_("Approve"),
    ParticipantStatus.REJECTED: N_("Reject"),
    ParticipantStatus.CANCELLED: N_("Cancel the registration"),
    ParticipantStatus.PENDING: N_("Back to pending"),
}
"""The label of the button that sets each status."""
STANDINGS: dict[str, str] = {
    BLOCKED: N_("Entry blocked"),
    FLAGGED: N_("To be checked"),
    SEAT_GIVEN: N_("Seat given away at the door"),
    SEAT_GIVEN_FLAGGED: N_("Seat given away at the door, to be checked"),
    "deleted": N_("Deleted"),
}
"""The standings that have words. They say nothing of a reason."""
PARTICIPANT = Entity(
    "participant",
    N_("Participant"),
    page="/events/{event_id}/participants/{participant_id}",
    fields={
        "first_name": N_("First name"),
        "last_name": N_("Last name"),
        "email": N_("E-mail"),
        "phone": N_("Phone"),
        "registration_code": N_("Registration code"),
        "external_id": N_("External id"),
        "category": N_("Category"),
        "group_ref": N_("Group"),
        "status": N_("Status"),
        "photo": N_("Photo"),
        "extra": N_("Further details"),
        "standing": N_("Standing"),
        "tickets_valid_from": N_("Tickets valid from"),
        "deleted_at": N_("Deleted"),
        "count": N_("How many"),
    },
    values={"status": STATUSES, "standing": STANDINGS},
    personal=frozenset(
        (
            "first_name",
            "last_name",
            "email",
            "phone",
            "registration_code",
            "code_normal",
            "external_id",
            "group_ref",
            "photo",
            "extra",
        )
    ),
    read_permission=PARTICIPANTS_READ,
)
PARTICIPANT_CREATED = AuditAction(PARTICIPANT, "create", N_("Created"))
PARTICIPANTS_IMPORTED = AuditAction(PARTICIPANT, "create_many", N_("Imported"))
PARTICIPANT_UPDATED = AuditAction(PARTICIPANT, "update", N_("Changed"))
PARTICIPANT_STATUS_UPDATED = AuditAction(PARTICIPANT, "update_status", N_("Status changed"))
PARTICIPANT_TICKETS_REPLACED = AuditAction(PARTICIPANT, "replace_tickets", N_("Older tickets replaced"))
PARTICIPANTS_TICKETS_REPLACED = AuditAction(
    PARTICIPANT, "replace_all_tickets", N_("Older tickets of many replaced")
)
PARTICIPANT_SCREENED = AuditAction(PARTICIPANT, "screen", N_("Standing changed"))
PARTICIPANT_DELETED = AuditAction(PARTICIPANT, "delete", N_("Deleted"))
PARTICIPANT_RESTORED = AuditAction(PARTICIPANT, "restore", N_("Brought back"))

EXAMPLE_PARTICIPANT: Mapping[str, Any] = {
    "participant_id": "01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5d",
    "registration_code": "K7QTM-4XW9H",
    "category": "visitor",
}
"""The participant in the examples of webhook payloads, in this domain and others."""


@dataclass(frozen=True, kw_only=True)
class ParticipantRegistered(DomainEvent):
    """A participant was registered."""

    entity = PARTICIPANT.name
    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("A participant was registered.")
    event_type: ClassVar[str] = "participant.registered"
    id_member: ClassVar[str] = "participant_id"
    example: ClassVar[Mapping[str, Any]] = {
        "participant_id": EXAMPLE_PARTICIPANT["participant_id"],
        "status": "PENDING",
        "category": "visitor",
    }
    status: ParticipantStatus
    category: str


@dataclass(frozen=True, kw_only=True)
class ParticipantsImported(DomainEvent):
    """Many participants were registered at once. There is one domain event for all of them; its entity is the event.

    Attributes:
        count: how many.
        import_operation_id: the bulk operation whose items they are; None: there is none.
    """

    entity = "event"
    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("Participants were imported.")
    count: int
    import_operation_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class TicketsReplaced(DomainEvent):
    """The tickets of many participants were replaced at once. There is one domain event for all; its entity is the event."""

    entity = "event"
    label: ClassVar[str] = N_("The tickets of many participants were replaced.")
    count: int


@dataclass(frozen=True, kw_only=True)
class ParticipantUpdated(DomainEvent):
    """Fields of a registration were changed; `changed` names them."""

    entity = PARTICIPANT.name
    label: ClassVar[str] = N_("A registration was changed.")
    event_type: ClassVar[str] = "participant.updated"
    id_member: ClassVar[str] = "participant_id"
    example: ClassVar[Mapping[str, Any]] = {
        "participant_id": EXAMPLE_PARTICIPANT["participant_id"],
        "changed": ["email", "phone"],
        "version": 3,
    }
    changed: Sequence[str]
    version: int


@dataclass(frozen=True, kw_only=True)
class ParticipantStatusChanged(DomainEvent):
    """The status of a participant changed, or the participant was registered with another status than PENDING.

    Attributes:
        from_: the status before; None if the participant was registered with the status `to`.
        to: the new status.
    """

    entity = PARTICIPANT.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (PARTICIPANTS_READ,)
    label: ClassVar[str] = N_("The status of a participant changed, in whatever way.")
    event_type: ClassVar[str] = "participant.status_changed"
    id_member: ClassVar[str] = "participant_id"
    example: ClassVar[Mapping[str, Any]] = {
        **EXAMPLE_PARTICIPANT,
        "from": "APPROVED",
        "to": "CANCELLED",
        "version": 3,
    }
    from_: ParticipantStatus | None
    to: ParticipantStatus
    version: int
    registration_code: str
    category: str


@dataclass(frozen=True, kw_only=True)
class ParticipantApproved(ParticipantStatusChanged):
    """A participant was approved, or registered as approved."""

    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("A participant was approved.")
    event_type: ClassVar[str] = "participant.approved"
    example: ClassVar[Mapping[str, Any]] = {
        **EXAMPLE_PARTICIPANT,
        "from": "PENDING",
        "to": "APPROVED",
        "version": 2,
    }


@dataclass(frozen=True, kw_only=True)
class ParticipantRejected(ParticipantStatusChanged):
    """A participant was rejected."""

    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("A participant was rejected.")
    event_type: ClassVar[str] = "participant.rejected"
    example: ClassVar[Mapping[str, Any]] = {
        **EXAMPLE_PARTICIPANT,
        "from": "PENDING",
        "to": "REJECTED",
        "version": 2,
    }


@dataclass(frozen=True, kw_only=True)
class ParticipantCancelled(ParticipantStatusChanged):
    """A registration was cancelled. Webhooks get the `ParticipantStatusChanged` only."""

    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("A registration was cancelled.")
    event_type: ClassVar[str] = ""


@dataclass(frozen=True, kw_only=True)
class ParticipantDeleted(DomainEvent):
    """A registration was marked as deleted."""

    entity = PARTICIPANT.name
    is_followed: ClassVar[bool] = True
    label: ClassVar[str] = N_("A registration was deleted.")


@dataclass(frozen=True, kw_only=True)
class ParticipantRestored(DomainEvent):
    """A deleted registration was brought back."""

    entity = PARTICIPANT.name
    label: ClassVar[str] = N_("A deleted registration was brought back.")


MANIFEST = DomainManifest(
    name="participants",
    permissions=(
        PermissionGroup(
            "participants",
            N_("Participants"),
            (PARTICIPANTS_READ, PARTICIPANTS_CREATE, PARTICIPANTS_UPDATE, PARTICIPANTS_DELETE),
        ),
    ),
    navigation=(
        NavigationEntry(
            group="event",
            label=N_("Participants"),
            path="/events/{event_id}/participants",
            order=20,
            permissions=PARTICIPANTS_READ,
            icon="people",
            covers=(
                "/events/{event_id}/tickets",
                "/events/{event_id}/imports",
                "/events/{event_id}/deleted-participants",
            ),
        ),
    ),
    openapi_tags=(OpenApiTag("participants", "People who registered for an event."),),
    entities=(PARTICIPANT,),
    audit_actions=(
        PARTICIPANT_CREATED,
        PARTICIPANTS_IMPORTED,
        PARTICIPANT_UPDATED,
        PARTICIPANT_STATUS_UPDATED,
        PARTICIPANT_TICKETS_REPLACED,
        PARTICIPANTS_TICKETS_REPLACED,
        PARTICIPANT_SCREENED,
        PARTICIPANT_DELETED,
        PARTICIPANT_RESTORED,
    ),
    domain_events=(
        ParticipantRegistered,
        ParticipantsImported,
        TicketsReplaced,
        ParticipantUpdated,
        ParticipantApproved,
        ParticipantRejected,
        ParticipantCancelled,
        ParticipantStatusChanged,
        ParticipantDeleted,
        ParticipantRestored,
    ),
    webhook_groups=(("participant", N_("Participants")),),
)
