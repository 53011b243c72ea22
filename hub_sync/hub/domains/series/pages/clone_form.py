"""The form of a clone, and its way to options."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.console import N_, FormInvalid, Page, _
from hub_sync.hub.domains.bulk.service import Selection
from hub_sync.hub.domains.events.choices import event_options
from hub_sync.hub.domains.series.cloning.dates import EARLIEST, LATEST, local_wall
from hub_sync.hub.domains.series.cloning.declarations import all_parts
from hub_sync.hub.domains.series.cloning.planning import next_same_weekday
from hub_sync.hub.domains.series.cloning.schemas import CarriedOver, CloneOptions, Region
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

    def options(self, parts: Sequence[str]) -> CloneOptions:
        """Return the form as options.

        Raises:
            FormInvalid: 422.
        """
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
            participants=self._people(),
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
