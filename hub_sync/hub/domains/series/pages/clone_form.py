"""The form of a clone, its way to options, and the page of the plan: for copies of events, and for events from a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.contract.enums import EventStatus, ParticipantStatus
from hub_sync.hub.console import N_, FormInvalid, Page, _
from hub_sync.hub.console.local_times import time_zones
from hub_sync.hub.console.submissions.confirmations import WITHDRAWN_FIELD
from hub_sync.hub.domains.bulk.service import Selection
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.choices import event_options
from hub_sync.hub.domains.events.errors import EventExists, EventIsTemplate
from hub_sync.hub.domains.events.manifest import EVENT_TEMPLATES_MANAGE
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_CREATE, PARTICIPANTS_READ
from hub_sync.hub.domains.series.cloning.dates import EARLIEST, LATEST, local_wall
from hub_sync.hub.domains.series.cloning.declarations import all_parts
from hub_sync.hub.domains.series.cloning.planning import next_same_weekday
from hub_sync.hub.domains.series.cloning.rights import require_rights
from hub_sync.hub.domains.series.cloning.schemas import (
    CarriedOver,
    CloneOptions,
    ClonePlan,
    PlannedThing,
    Region,
)
from hub_sync.hub.domains.series.errors import (
    CloneDatesOutOfRange,
    CloneHolidaysUnknown,
    CloneTargetNotEmpty,
    CloneTimeZoneUnknown,
)
from hub_sync.hub.domains.series.pages.notes import name_text, sentence_of
from hub_sync.hub.kit.db.cloning import Part
from hub_sync.hub.kit.text_types import OptionalId, SingleLineText, Slug, TimeZoneName, WallTime

PEOPLE: dict[str, str] = {
    "": N_("Nobody"),
    "filter[status]=APPROVED": N_("Everybody who is approved"),
    "all": N_("Everybody"),
}
"""Whom the form carries over; REST takes any selection."""
NEW_STATUSES: dict[str, str] = {
    ParticipantStatus.PENDING: N_("Waiting for approval"),
    ParticipantStatus.APPROVED: N_("Approved"),
}


BESIDE = {
    EventExists: "slug",
    CloneTargetNotEmpty: "into_event_id",
    EventIsTemplate: "into_event_id",
    CloneHolidaysUnknown: "holidays",
    CloneTimeZoneUnknown: "time_zone",
    CloneDatesOutOfRange: "start_on",
}


@dataclass(frozen=True, slots=True)
class Way:
    """The addresses around a form.

    Attributes:
        action: what the addresses of the form, the plan and the run begin with.
        back: the page that one comes from.
        back_label: its title.
        place: the page of the event; empty: the form is below no event.
    """

    action: str
    back: str
    back_label: str
    place: str = ""


class CloneForm(BaseModel):
    """The fields of the form."""

    name: SingleLineText
    slug: Slug | None = None
    start_on: date
    start_at: WallTime
    time_zone: TimeZoneName
    into_event_id: OptionalId = ""
    stays_active: bool = False
    publishes: bool = False
    holidays: Region | None = None
    people: Annotated[str, Field(max_length=64)] = ""
    people_status: ParticipantStatus = ParticipantStatus.PENDING
    as_template: bool = False

    def options(self, parts: Sequence[str]) -> CloneOptions:
        """Return the form as options.

        Raises:
            FormInvalid: 422.
        """
        if self.as_template and self.into_event_id:
            raise FormInvalid({"into_event_id": _("A template is made anew.")})
        if not self.into_event_id and self.slug is None:
            raise FormInvalid({"slug": _("Fill this in.")})
        if not EARLIEST <= self.start_on.year <= LATEST:
            raise FormInvalid({"start_on": _("That is too far away.")})
        return CloneOptions(
            name=self.name,
            slug=None if self.into_event_id else self.slug,
            start_on=self.start_on,
            start_at=self.start_at,
            time_zone=self.time_zone,
            into_event_id=self.into_event_id or None,
            parts=tuple(parts),
            stays_active=self.stays_active,
            publishes=self.publishes,
            holidays=self.holidays,
            participants=None if self.as_template else self._people(),
            as_template=self.as_template,
        )

    def _people(self) -> CarriedOver | None:
        if not self.people or self.people not in PEOPLE:
            return None
        selected = Selection(all=True) if self.people == "all" else Selection(query=self.people)
        return CarriedOver(selection=selected, status=self.people_status)


def form_values(event: Any) -> dict[str, Any]:
    """Return what the form proposes: the same weekday a year later."""
    wall = local_wall(event.starts_at, event.time_zone)
    return {
        "name": event.name,
        "slug": "",
        "start_on": next_same_weekday(wall.date()).isoformat(),
        "start_at": f"{wall:%H:%M}",
        "time_zone": event.time_zone,
    }


def allowed_parts(page: Page) -> list[Part]:
    """Return the parts that somebody may copy."""
    return [
        part
        for part in all_parts().values()
        if all(page.caller.has_permission(permission) for permission in part.permissions)
    ]


def events_to_fill(page: Page, event_id: str) -> list[tuple[str, str]]:
    """Return the events that may be filled, as options of a list; whether one is empty is looked at when the plan is made."""
    upcoming = event_options(page.work, page.tenant_id)
    return [("", _("A new event"))] + [(id_, name) for id_, name in upcoming if id_ != event_id]


def render_form(page: Page, event: events.Event, way: Way) -> Response:
    """Return the page of the form."""
    parts = allowed_parts(page)
    is_template = event.status is EventStatus.TEMPLATE
    may_carry = not is_template and all(
        page.caller.has_permission(each) for each in (PARTICIPANTS_READ, PARTICIPANTS_CREATE)
    )
    return page.render(
        "series/clone.html",
        event=event,
        way=way,
        values=form_values(event),
        zones=time_zones(event.time_zone),
        targets=events_to_fill(page, event.id),
        parts=[(part.name, _(part.label), _(part.hint) if part.hint else "") for part in parts],
        chosen=[part.name for part in parts if part.is_default],
        people=[(key, _(label)) for key, label in PEOPLE.items()],
        statuses=[(key, _(label)) for key, label in NEW_STATUSES.items()],
        may_carry=may_carry,
        may_save=not is_template and page.caller.has_permission(EVENT_TEMPLATES_MANAGE),
        of_template=is_template,
    )


def read_options(page: Page) -> CloneOptions:
    """Return the options that the form has.

    Raises:
        FormInvalid: 422. PermissionMissing: 403.
    """
    options = page.parse(CloneForm).options(page.values("parts"))
    require_rights(page.caller, options)
    return options


def render_plan(page: Page, event: events.Event, plan: ClonePlan, way: Way) -> Response:
    """Return the page of the plan, with the form that carries it out."""
    return page.render(
        "series/plan.html",
        event=event,
        way=way,
        plan=plan,
        parts=_things_by_part(plan),
        sentence=sentence_of,
        name_text=name_text,
        filled=_filled_event(page, plan),
        sent={name: page.value(name) for name in CloneForm.model_fields},
        chosen=page.values("parts"),
        instant=datetime.fromisoformat,
        withdrawn=WITHDRAWN_FIELD,
    )


def _filled_event(page: Page, plan: ClonePlan) -> str:
    """Return the name of the event that a plan fills; empty: it makes a new one."""
    return "" if plan.target.id is None else events.get(page.work, page.tenant_id, plan.target.id).name


def _things_by_part(plan: ClonePlan) -> list[tuple[str, list[PlannedThing]]]:
    """Return the things of a plan under the label of each part, the event first."""
    labels = {"event": _("Event")} | {part.name: _(part.label) for part in all_parts().values()}
    return [
        (label, things)
        for name, label in labels.items()
        if (things := [thing for thing in plan.things if thing.part == name])
    ]
