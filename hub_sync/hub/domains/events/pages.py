"""The console's pages to list, create, edit and delete events."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, Question, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.local_times import ask_which_hour, time_zones
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import DoorsReversed, EventChanged, EventDatesReversed, EventExists
from hub_sync.hub.domains.events.forms import (
    LABELS,
    CallOffForm,
    DeleteEventForm,
    EventForm,
    NewEventForm,
    admission_window,
    form_values,
    times_note,
)
from hub_sync.hub.domains.events.lists import EVENTS
from hub_sync.hub.domains.events.manifest import (
    EVENTS_CREATE,
    EVENTS_DELETE,
    EVENTS_READ,
    EVENTS_UPDATE,
    LIVE_STATUSES,
)
from hub_sync.hub.domains.events.schemas import EventChanges
from hub_sync.hub.domains.events.tables import DAY_BEGINS_AT
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.times.opening_hours import Window
from hub_sync.rules.times.time_zones import load_time_zone

READS = (EVENTS_READ, "occupancy:read", "check-in:scan")
_BESIDE = {
    EventExists: "slug",
    EventDatesReversed: "ends_at",
    DoorsReversed: "doors_close_at",
    EventChanged: "",
}

router = PageRouter()


@router.get("/events", permissions=READS)
def list_events(page: PageCall, query: Annotated[ListQuery, Depends(EVENTS.parse_console_query)]) -> Response:
    """List the events."""
    result = EVENTS.page(page.work, events.events_of(page.tenant_id), query, page.tenant_id)
    return page.render("events/list.html", result=result, statuses=LIVE_STATUSES, phase_of=events.phase_of)


@router.get("/events/new", permissions=EVENTS_CREATE)
def new_event(page: PageCall) -> Response:
    """Show the form of a new event. The default is tomorrow from 9:00 to 18:00 in the browser's time zone."""
    zone = page.speech.time_zone
    tomorrow = page.hub.clock.now().astimezone(load_time_zone(zone)).date() + timedelta(days=1)
    values = {
        "name": "",
        "slug": "",
        "starts_at": datetime.combine(tomorrow, time(9)).strftime("%Y-%m-%dT%H:%M"),
        "ends_at": datetime.combine(tomorrow, time(18)).strftime("%Y-%m-%dT%H:%M"),
        "doors_open_at": "",
        "doors_close_at": "",
        "day_begins_at": DAY_BEGINS_AT,
        "everyone_leaves_at": "",
        "time_zone": zone,
        "capacity": "",
        "status": "DRAFT",
    }
    return page.render("events/new.html", values=values, statuses=LIVE_STATUSES, zones=time_zones(zone))


@router.post("/events/new", creates=True, permissions=EVENTS_CREATE, on_error=new_event, beside=_BESIDE)
def create_event(page: PageCall) -> Response:
    """Create the event."""
    form = page.parse(NewEventForm)
    new = form.new_event(ask_which_hour(page, _labels()))
    with page.begin() as work:
        event = events.create(work, page.tenant_id, new)
        event_id, note = event.id, times_note(event)
    say = _("“%(name)s” was created.") % {"name": isolated(form.name)}
    return page.redirect(f"/events/{event_id}/edit", say=f"{say} {note}".strip())


@router.get("/events/{event_id}/edit", permissions=EVENTS_UPDATE)
def edit_event(page: PageCall, event_id: Id) -> Response:
    """Show the form of an event."""
    event = events.get(page.work, page.tenant_id, event_id)
    entries = audit.entries_of(page.work, page.tenant_id, "event", event_id)
    return page.render(
        "events/edit.html",
        event=event,
        values=form_values(event),
        statuses=LIVE_STATUSES,
        zones=time_zones(event.time_zone),
        history=audit.history(page.work, entries[-20:][::-1], event.time_zone),
    )


@router.post("/events/{event_id}/edit", permissions=EVENTS_UPDATE, on_error=edit_event, beside=_BESIDE)
def update_event(page: PageCall, event_id: Id) -> Response:
    """Update the event."""
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        audit.merge_form(page, work, "event", event, form_values(event), event.time_zone)
        form = page.parse(EventForm)
        _ask_before_gates_close(page, event, form)
        changes = form.changes(event, ask_which_hour(page, _labels()))
        before = admission_window(event) if event.status is EventStatus.PUBLISHED else None
        event = events.update(work, page.tenant_id, event_id, changes, event.version)
        _ask_before_it_ends(page, before, event)
        note = times_note(event)
    return page.redirect(f"/events/{event_id}/edit", say=f"{_('The changes are saved.')} {note}".strip())


@router.get("/events/{event_id}/call-off", permissions=EVENTS_UPDATE)
def ask_to_call_off(page: PageCall, event_id: Id) -> Response:
    """Show the page that says what calling the event off means."""
    event = events.get(page.work, page.tenant_id, event_id)
    return page.render("events/call_off.html", event=event, consequences=_call_off_consequences())


@router.post(
    "/events/{event_id}/call-off",
    permissions=EVENTS_UPDATE,
    on_error=ask_to_call_off,
    beside={EventChanged: ""},
)
def call_off_event(page: PageCall, event_id: Id) -> Response:
    """Call the event off."""
    form = page.parse(CallOffForm)
    with page.begin() as work:
        changes = EventChanges(status=EventStatus.CANCELLED)
        name = events.update(work, page.tenant_id, event_id, changes, form.version).name
    message = _("“%(name)s” is called off. Gates refuse from their next pull on.") % {"name": isolated(name)}
    return page.redirect(f"/events/{event_id}", say=message)


@router.post("/events/{event_id}/reinstate", permissions=EVENTS_UPDATE)
def reinstate_event(page: PageCall, event_id: Id) -> Response:
    """Take the calling-off back: the event gets the status that it had before."""
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        if event.status is EventStatus.CANCELLED:
            entries = audit.entries_of(work, page.tenant_id, "event", event_id)
            changes = EventChanges(status=status_before_calling_off(entries))
            event = events.update(work, page.tenant_id, event_id, changes)
        name, status = event.name, event.status
    message = _("“%(name)s” takes place again. It is a draft: gates refuse.") % {"name": isolated(name)}
    if status is EventStatus.PUBLISHED:
        message = _("“%(name)s” takes place again. Gates admit from their next pull on.") % {
            "name": isolated(name)
        }
    return page.redirect(f"/events/{event_id}", say=message)


@router.get("/events/{event_id}/delete", permissions=EVENTS_DELETE)
def ask_to_delete(page: PageCall, event_id: Id) -> Response:
    """Show the page that confirms the deletion."""
    event = events.get(page.work, page.tenant_id, event_id)
    return page.render("events/delete.html", event=event)


@router.post(
    "/events/{event_id}/delete",
    permissions=EVENTS_DELETE,
    on_error=ask_to_delete,
    beside={EventChanged: "typed"},
)
def delete_event(page: PageCall, event_id: Id) -> Response:
    """Delete the event if its short name was typed correctly."""
    form = page.parse(DeleteEventForm)
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        if form.typed.strip() != event.slug:
            raise FormInvalid({"typed": _("Type “%(word)s” exactly as shown above.") % {"word": event.slug}})
        name = event.name
        events.delete(work, page.tenant_id, event_id, form.version)
    return page.redirect("/events", say=_("“%(name)s” was deleted.") % {"name": isolated(name)})


def status_before_calling_off(entries: Sequence[audit.AuditLog]) -> EventStatus:
    """Return the status from which the event was called off last, from its history, oldest entry first."""
    for entry in reversed(entries):
        if entry.before and (entry.after or {}).get("status") == EventStatus.CANCELLED:
            return EventStatus(entry.before["status"])
    return EventStatus.DRAFT


def _labels() -> Mapping[str, str]:
    """Return what people call the fields of the form, in the language of the page."""
    return {name: _(label) for name, label in LABELS.items()}


def _call_off_consequences() -> Sequence[str]:
    return (
        _("Gates refuse every ticket, from their next pull on."),
        _("The hub tells nobody: write to the participants yourself."),
        _("Participants, scans and settings stay, and you can take it back."),
    )


def _ask_before_it_ends(page: Page, before: Window | None, event: events.Event) -> None:
    """Ask before an event at which gates admit now gets times at which they do not; nothing is saved until then.

    Args:
        page: the page of the form.
        before: the span in which gates admitted people so far; None: the event was not published.
        event: the changed event.

    Raises:
        ConfirmationNeeded: 409.
    """
    now, is_published = page.hub.clock.now(), event.status is EventStatus.PUBLISHED
    if is_published and before and now in before and now not in admission_window(event):
        title = _("Move “%(name)s” to another time?") % {"name": isolated(event.name)}
        sentences = (
            _("It takes place now. With these times gates refuse every ticket, from their next pull on."),
        )
        page.ask_first(Question("times", title, sentences, _("Save these times")))


def _ask_before_gates_close(page: Page, event: events.Event, form: EventForm) -> None:
    """Ask before a published event becomes one at which gates refuse everybody.

    Raises:
        ConfirmationNeeded: 409.
    """
    if form.status is event.status:
        return
    if form.status is EventStatus.CANCELLED:
        title = _("Call “%(name)s” off?") % {"name": isolated(event.name)}
        page.ask_first(Question("call-off", title, _call_off_consequences(), _("Call the event off")))
    elif form.status is EventStatus.DRAFT and event.status is EventStatus.PUBLISHED:
        title = _("Make “%(name)s” a draft again?") % {"name": isolated(event.name)}
        sentences = (_("Gates refuse every ticket, from their next pull on, until it is published again."),)
        page.ask_first(Question("draft", title, sentences, _("Make it a draft")))
