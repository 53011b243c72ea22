"""The manifest of duplicates: people who registered twice, and the merges of their registrations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hub_sync.contract.enums import DuplicateStatus
from hub_sync.hub.domains.participants.manifest import PARTICIPANT, PARTICIPANTS_READ
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

DUPLICATES_REVIEW = Permission("duplicates:review", N_("Review"))

STATUSES: dict[str, str] = {
    DuplicateStatus.PENDING: N_("To look at"),
    DuplicateStatus.CONFIRMED: N_("One person, to merge"),
    DuplicateStatus.MERGED: N_("Merged"),
    DuplicateStatus.DISMISSED: N_("Two people"),
}
DUPLICATE = Entity(
    "duplicate",
    N_("Possible duplicate"),
    page="/events/{event_id}/duplicates/{candidate_id}",
    fields={"status": N_("Status"), "a_id": N_("One registration"), "b_id": N_("Other registration")},
    values={"status": STATUSES},
)
RUN_FAILURES: dict[str, str] = {
    "killed": N_("The process that compares was killed. The server may be short of memory."),
    "failed": N_("The process that compares failed. The hub's log says why."),
    "hub_ended": N_("The hub ended again and again while it searched."),
}
"""Why a search ended early."""
DUPLICATE_RUN = Entity(
    "duplicate_run",
    N_("Search for duplicates"),
    fields={"reason": N_("Reason")},
    values={"reason": RUN_FAILURES},
)
MERGE = Entity(
    "merge",
    N_("Merge"),
    page="/events/{event_id}/merges/{merge_id}",
    fields={"survivor_id": N_("Surviving registration"), "loser_id": N_("Merged registration")},
)
DUPLICATE_DISMISSED = AuditAction(DUPLICATE, "dismiss", N_("Two people"))
DUPLICATE_CONFIRMED = AuditAction(DUPLICATE, "confirm", N_("One person"))
DUPLICATE_REOPENED = AuditAction(DUPLICATE, "reopen", N_("Opened again"))
DUPLICATE_RUN_STARTED = AuditAction(DUPLICATE_RUN, "start", N_("Started"))
DUPLICATE_RUN_FAILED = AuditAction(DUPLICATE_RUN, "fail", N_("Failed"))
PARTICIPANTS_MERGED = AuditAction(MERGE, "merge", N_("Merged"))
MERGE_UNDONE = AuditAction(MERGE, "undo", N_("Undone"))
PARTICIPANT_ABSORBED = AuditAction(PARTICIPANT, "merge", N_("Merged"))
PARTICIPANT_RELEASED = AuditAction(PARTICIPANT, "undo_merge", N_("Merge undone"))

_EXAMPLE_MERGE: Mapping[str, Any] = {
    "participant_id": "01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5d",
    "merged_id": "01976b2e-6d2a-7b66-8e1d-4a7b2c3d5e6f",
    "merge_id": "01976b2f-0a1b-7c2d-9e3f-5a6b7c8d9e0f",
}


@dataclass(frozen=True, kw_only=True)
class DuplicateRunQueued(DomainEvent):
    """A search for duplicates was started."""

    entity: ClassVar[str] = DUPLICATE_RUN.name
    label: ClassVar[str] = N_("A search for duplicates was started.")


@dataclass(frozen=True, kw_only=True)
class DuplicateRunCompleted(DomainEvent):
    """A search for duplicates has ended; `added` pairs wait for a decision that did not before."""

    entity: ClassVar[str] = DUPLICATE_RUN.name
    label: ClassVar[str] = N_("A search for duplicates has ended.")
    people: int
    pairs: int
    added: int


@dataclass(frozen=True, kw_only=True)
class ParticipantMerged(DomainEvent):
    """A registration, `merged_id`, was merged into another one. Its ticket opens as the surviving one."""

    entity: ClassVar[str] = PARTICIPANT.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (PARTICIPANTS_READ,)
    label: ClassVar[str] = N_("A registration was merged into another one.")
    event_type: ClassVar[str] = "participant.merged"
    id_member: ClassVar[str] = "participant_id"
    example: ClassVar[Mapping[str, Any]] = _EXAMPLE_MERGE
    merged_id: str
    merge_id: str


@dataclass(frozen=True, kw_only=True)
class ParticipantMergeUndone(ParticipantMerged):
    """A merge was undone: `merged_id` is a registration of its own again."""

    label: ClassVar[str] = N_("The merge of two registrations was undone.")
    event_type: ClassVar[str] = "participant.merge_undone"


MANIFEST = DomainManifest(
    name="duplicates",
    permissions=(PermissionGroup("duplicates", N_("Duplicates"), (DUPLICATES_REVIEW,)),),
    navigation=(
        NavigationEntry(
            group="event",
            label=N_("Duplicates"),
            path="/events/{event_id}/duplicates",
            order=22,
            permissions=DUPLICATES_REVIEW,
            icon="swap",
            counter="open_duplicates",
            covers=("/events/{event_id}/merges",),
        ),
    ),
    openapi_tags=(
        OpenApiTag(
            "duplicates", "People who registered twice: found, decided about, merged, and taken apart again."
        ),
    ),
    entities=(DUPLICATE, DUPLICATE_RUN, MERGE),
    audit_actions=(
        DUPLICATE_DISMISSED,
        DUPLICATE_CONFIRMED,
        DUPLICATE_REOPENED,
        DUPLICATE_RUN_STARTED,
        DUPLICATE_RUN_FAILED,
        PARTICIPANTS_MERGED,
        MERGE_UNDONE,
        PARTICIPANT_ABSORBED,
        PARTICIPANT_RELEASED,
    ),
    domain_events=(DuplicateRunQueued, DuplicateRunCompleted, ParticipantMerged, ParticipantMergeUndone),
)
