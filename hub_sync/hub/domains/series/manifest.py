"""The manifest of event series and cloning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hub_sync.contract.enums import CloneStatus
from hub_sync.hub.domains.events.manifest import EVENTS_READ
from hub_sync.hub.domains.series import editions_manifest
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

SERIES_READ, SERIES_MANAGE = editions_manifest.SERIES_READ, editions_manifest.SERIES_MANAGE
EVENT_CLONE_EXECUTE = Permission("event-clone:execute", N_("Run"))

FF_EVENT_CLONE = FeatureFlag(
    "FF_EVENT_CLONE",
    N_("Event cloning"),
    N_("Creates a new event after the pattern of an old one, and series of events."),
)

STATUSES: dict[str, str] = {
    CloneStatus.PLANNED: N_("Planned"),
    CloneStatus.RUNNING: N_("Running"),
    CloneStatus.COMPLETED: N_("Completed"),
    CloneStatus.FAILED: N_("Failed"),
}
NOTES: Mapping[str, str] = {
    "date_skipped": N_("%(field)s: the clocks skip this time on that day. The first time after it is meant."),
    "date_repeated": N_("%(field)s: this time comes twice on that day. The first of the two is meant."),
    "date_reversed": N_(
        "%(field)s: the clocks change on that day. It comes as much later as in the event that is copied."
    ),
    "switched_off": N_("It is on in the event that is copied, and off in the copy."),
    "reference_removed": N_("%(field)s names something that was deleted. The copy leaves it out."),
    "reference_removed_in": N_(
        "“%(inside)s” names somebody or something that is not there any more. The copy is without it: choose again there."
    ),
    "stays_draft": N_(
        "It is published in the event that is copied, and a draft in the copy, since something is missing in it."
    ),
    "reference_unmapped": N_("%(field)s names something that the copy would not have (%(id)s)."),
    "reference_unmapped_in": N_(
        "“%(inside)s” names somebody or something that is not there any more, and the copy would not have it either. "
        "Choose again there, and then copy the event."
    ),
    "weekday": N_("The weekday is another one: %(before)s became %(after)s."),
    "hour_stays": N_(
        "It stays at %(at)s, though the copy begins at another time of day. Change it in the copy if the event is under way then."
    ),
    "in_the_past": N_("The copy would start in the past."),
    "left_out": N_("%(day)s is left out."),
    "left_out_holiday": N_("%(day)s is left out as a public holiday: %(name)s."),
    "has_edition": N_("On %(day)s there is edition %(number)s already."),
    "number_taken": N_("“%(event)s” is edition %(number)s already."),
    "slugs_taken": N_("All short names for edition %(number)s are taken."),
    "doors_reversed": N_("The doors of “%(event)s” would close before they open."),
    "over_capacity": N_("%(participants)s people are registered, and %(capacity)s have room."),
    "holiday": N_("%(day)s is a public holiday: %(name)s."),
}
"""The sentences of a plan's warnings and problems, by their codes."""
CHANGES: Mapping[str, str] = {"ADDED": N_("Added"), "REMOVED": N_("Removed"), "CHANGED": N_("Changed")}
"""What became of a thing from one event to another."""
FIGURES: Mapping[str, str] = {
    "participants": N_("Registered"),
    "approved": N_("Approved"),
    "came": N_("Came"),
    "most_inside": N_("Most people inside at once"),
}
"""The numbers by which people compare events."""
CLONE = Entity(
    "clone",
    N_("Copy of an event"),
    page="/events/{event_id}/clones/{clone_id}",
    fields={
        "target_event_id": N_("The copy"),
        "status": N_("Status"),
        "counts": N_("Made"),
        "error": N_("Reason"),
    },
    values={"status": STATUSES},
)
CLONE_RUN = AuditAction(CLONE, "run", N_("Made"))
CLONE_FAILED = AuditAction(CLONE, "fail", N_("Failed"))
CLONE_TAKEN_BACK = AuditAction(CLONE, "undo", N_("Taken back"))


@dataclass(frozen=True, kw_only=True)
class EventCloned(DomainEvent):
    """An event was cloned: `target_event_id` is the copy, `event_id` the source."""

    entity: ClassVar[str] = CLONE.name
    label: ClassVar[str] = N_("An event was copied.")
    event_type: ClassVar[str] = "event.cloned"
    id_member: ClassVar[str] = "clone_id"
    example: ClassVar[Mapping[str, Any]] = {
        "clone_id": "01976b2e-5c23-7d41-9e8f-7a6b5c4d3e2f",
        "target_event_id": "01976b2e-7a11-7c3d-8b2f-1a2b3c4d5e6f",
        "participants": 0,
    }
    target_event_id: str
    participants: int


@dataclass(frozen=True, kw_only=True)
class EventCloneUndone(DomainEvent):
    """A clone was taken back."""

    entity: ClassVar[str] = CLONE.name
    label: ClassVar[str] = N_("A copy of an event was taken back.")
    target_event_id: str


MANIFEST = DomainManifest(
    name="series",
    permissions=(
        PermissionGroup("event-clone", N_("Copies of events"), (EVENT_CLONE_EXECUTE,)),
        editions_manifest.PERMISSIONS,
    ),
    flags=(FF_EVENT_CLONE,),
    navigation=(
        NavigationEntry(
            group="settings",
            label=N_("Event series"),
            path="/series",
            order=6,
            permissions=SERIES_READ,
            flag=FF_EVENT_CLONE,
            icon="calendar",
        ),
        NavigationEntry(
            group="event",
            label=N_("Copies"),
            path="/events/{event_id}/clones",
            order=80,
            permissions=EVENT_CLONE_EXECUTE,
            flag=FF_EVENT_CLONE,
            icon="copy",
            covers=("/events/{event_id}/clone",),
        ),
        NavigationEntry(
            group="event",
            label=N_("What changed"),
            path="/events/{event_id}/differences",
            order=81,
            permissions=EVENTS_READ,
            flag=FF_EVENT_CLONE,
            icon="copy",
        ),
        NavigationEntry(
            group="settings",
            label=N_("Event templates"),
            path="/event-templates",
            order=7,
            permissions=EVENTS_READ,
            flag=FF_EVENT_CLONE,
            icon="copy",
        ),
    ),
    openapi_tags=(
        OpenApiTag("clones", "A new event after the pattern of an old one: planned, made, taken back."),
        editions_manifest.OPENAPI_TAG,
        OpenApiTag("event-differences", "What changed from one event to the next."),
        OpenApiTag("event-templates", "Patterns of events, which never take place themselves."),
    ),
    entities=(CLONE, *editions_manifest.ENTITIES),
    audit_actions=(CLONE_RUN, CLONE_FAILED, CLONE_TAKEN_BACK, *editions_manifest.AUDIT_ACTIONS),
    domain_events=(EventCloned, EventCloneUndone, *editions_manifest.DOMAIN_EVENTS),
    webhook_groups=(("event", N_("Events")), ("series", N_("Event series"))),
)
