"""The console's pages of deadlines: those of an event, the late ones first, and one with its sum; paused, resumed and changed."""

from typing import Annotated, Final

from fastapi import Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.workflows.calendars import calendars
from hub_sync.hub.domains.workflows.calendars.errors import BusinessCalendarNotFound
from hub_sync.hub.domains.workflows.clocks import clocks as service
from hub_sync.hub.domains.workflows.clocks.errors import (
    SlaClockChanged,
    SlaClockEnded,
    SlaClockNotPaused,
    SlaClockNotRunning,
)
from hub_sync.hub.domains.workflows.clocks.lists import CLOCKS
from hub_sync.hub.domains.workflows.clocks.reckoning import OPEN_STATES
from hub_sync.hub.domains.workflows.clocks.schemas import SlaClockChanges
from hub_sync.hub.domains.workflows.clocks.views import PERIOD_KINDS, sum_view
from hub_sync.hub.domains.workflows.definition.model import MOST_SLA_MINUTES
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ
from hub_sync.hub.domains.workflows.pages.step_forms import UNITS, amount_of
from hub_sync.hub.domains.workflows.sla_manifest import CLOCK_STATES, WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import WorkflowExecution
from hub_sync.hub.domains.workflows.tasks.schemas import ExecutionSubject
from hub_sync.hub.domains.workflows.tasks.subjects import load_subjects
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id, NoteText

_LIST: Final = "/events/{event_id}/sla-clocks"
_PATH: Final = f"{_LIST}/{{clock_id}}"
_AS_IT_IS = "-"

router = PageRouter()


class SlaPauseForm(BaseModel):
    """The reason of a pause, and the version that was on the page."""

    reason: NoteText = ""
    version: int | None = None


class SlaResumeForm(BaseModel):
    """The version that was on the page."""

    version: int | None = None


class SlaTargetForm(BaseModel):
    """Another length, warning or calendar, and the version that was on the page."""

    amount: int = Field(ge=1, le=MOST_SLA_MINUTES)
    unit: str = "60"
    warn_percent: int = Field(ge=0, le=99)
    calendar_id: str = Field(default=_AS_IT_IS, max_length=64)
    version: int | None = None

    def changes(self) -> SlaClockChanges:
        """Return the changes of the clock; business hours that stay are not sent, for they would be taken as they are now.

        Raises:
            FormInvalid: it is too long (422).
        """
        if self.unit not in UNITS:
            raise FormInvalid({"unit": _("Choose one of the list.")})
        minutes = self.amount * UNITS[self.unit]
        if minutes > MOST_SLA_MINUTES:
            days = MOST_SLA_MINUTES // UNITS["1440"]
            raise FormInvalid({"amount": _("At most %(days)s days.") % {"days": days}})
        hours = {} if self.calendar_id == _AS_IT_IS else {"calendar_id": self.calendar_id or None}
        return SlaClockChanges.model_validate(
            {"target_minutes": minutes, "warn_percent": self.warn_percent, **hours}
        )


@router.get(_LIST, permissions=WORKFLOWS_READ, also=PARTICIPANTS_READ)
def list_clocks(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(CLOCKS.parse_console_query)]
) -> Response:
    """List the event's deadlines, what is due next first, and so the late ones before all; without a filter those that are open."""
    event = events.get(page.work, page.tenant_id, event_id)
    statement = service.of_event(FeedKey(page.tenant_id, event_id))
    if not query.conditions:
        statement = statement.where(SlaClock.state.in_(OPEN_STATES))
    result = CLOCKS.page(page.work, statement, query, page.tenant_id)
    e = WorkflowExecution
    people = select(e.id, e.participant_id).where(
        e.tenant_id == page.tenant_id, e.id.in_({row.execution_id for row in result.rows})
    )
    participant_ids = {row.id: row.participant_id for row in page.work.session.execute(people)}
    subjects = load_subjects(page.work, page.tenant_id, set(participant_ids.values()))
    return page.render(
        "workflows/clock_list.html",
        event=event,
        result=result,
        people={id_: subjects.get(participant_id) for id_, participant_id in participant_ids.items()},
        clock_states=CLOCK_STATES,
        is_filtered=bool(query.conditions),
    )


@router.get(_PATH, permissions=WORKFLOWS_READ)
def show_clock(page: PageCall, event_id: Id, clock_id: Id) -> Response:
    """Show a deadline with its sum."""
    event = events.get(page.work, page.tenant_id, event_id)
    clock = service.get(page.work, FeedKey(page.tenant_id, event_id), clock_id)
    return page.render(
        "workflows/clock_page.html",
        event=event,
        clock=clock,
        person=_person(page, clock),
        total=sum_view(service.total(page.work, clock)),
        clock_states=CLOCK_STATES,
        period_kinds=PERIOD_KINDS,
        values=dict(zip(("amount", "unit"), amount_of(clock.target_minutes), strict=True)),
        units=[("1", _("minutes")), ("60", _("hours")), ("1440", _("days"))],
        calendars=[
            (_AS_IT_IS, _("As it is")),
            ("", _("Day and night")),
            *calendars.names(page.work, page.tenant_id).items(),
        ],
    )


def _person(page: Page, clock: SlaClock) -> ExecutionSubject | None:
    """Return the participant whom a deadline concerns, for who may read people."""
    if not page.caller.has_permission(PARTICIPANTS_READ):
        return None
    e = WorkflowExecution
    query = select(e.participant_id).where(e.tenant_id == page.tenant_id, e.id == clock.execution_id)
    id_ = page.work.session.scalar(query) or ""
    return load_subjects(page.work, page.tenant_id, {id_}).get(id_)


@router.post(
    f"{_PATH}/pause",
    permissions=WORKFLOWS_MANAGE,
    on_error=show_clock,
    beside={SlaClockChanged: "", SlaClockNotRunning: ""},
)
def pause_clock(page: PageCall, event_id: Id, clock_id: Id) -> Response:
    """Pause the deadline."""
    form = page.parse(SlaPauseForm)
    with page.begin() as work:
        service.pause(work, FeedKey(page.tenant_id, event_id), clock_id, form.reason, form.version)
    say = _("The deadline is paused. Nothing counts until it is resumed.")
    return page.redirect(f"/events/{event_id}/sla-clocks/{clock_id}", say=say)


@router.post(
    f"{_PATH}/resume",
    permissions=WORKFLOWS_MANAGE,
    on_error=show_clock,
    beside={SlaClockChanged: "", SlaClockNotPaused: ""},
)
def resume_clock(page: PageCall, event_id: Id, clock_id: Id) -> Response:
    """Let the deadline run on."""
    form = page.parse(SlaResumeForm)
    with page.begin() as work:
        service.resume(work, FeedKey(page.tenant_id, event_id), clock_id, form.version)
    return page.redirect(f"/events/{event_id}/sla-clocks/{clock_id}", say=_("The deadline runs on."))


@router.post(
    f"{_PATH}/retarget",
    permissions=WORKFLOWS_MANAGE,
    on_error=show_clock,
    beside={SlaClockChanged: "", SlaClockEnded: "", BusinessCalendarNotFound: "calendar_id"},
)
def retarget_clock(page: PageCall, event_id: Id, clock_id: Id) -> Response:
    """Give the deadline another length, warning or calendar."""
    form = page.parse(SlaTargetForm)
    changes = form.changes()
    if changes.calendar_id and changes.calendar_id not in calendars.names(page.work, page.tenant_id):
        raise FormInvalid({"calendar_id": _("Choose one of the list.")})
    with page.begin() as work:
        service.retarget(work, FeedKey(page.tenant_id, event_id), clock_id, changes, form.version)
    say = _("The deadline is changed. Its start and its pauses stay.")
    return page.redirect(f"/events/{event_id}/sla-clocks/{clock_id}", say=say)
