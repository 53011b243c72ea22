"""The console's pages of counters: create, edit, delete; open, close and break; call the next one."""

from typing import Any

from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.queue.errors import (
    CounterBusy,
    CounterChanged,
    CounterClosed,
    CounterExists,
    CounterInUse,
    QueueReasonMissing,
    QueuesOfAnotherEvent,
    TooManyCounters,
)
from hub_sync.hub.domains.queue.manifest import QUEUES_MANAGE, QUEUES_SERVE
from hub_sync.hub.domains.queue.pages.forms import CounterForm, StateForm, VersionForm, counter_values
from hub_sync.hub.domains.queue.queues import counters as service
from hub_sync.hub.domains.queue.queues import service as queues
from hub_sync.hub.domains.queue.tables import Queue
from hub_sync.hub.domains.queue.tickets import audited
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id

_LIST_PATH = "/events/{event_id}/queue-counters"
_PATH = f"{_LIST_PATH}/{{counter_id}}"
_BESIDE: dict[Any, str] = {
    CounterExists: "name",
    QueuesOfAnotherEvent: "queue_ids",
    QueueReasonMissing: "reason",
    CounterChanged: "",
    CounterInUse: "",
    CounterBusy: "",
    CounterClosed: "",
    TooManyCounters: "",
}

router = PageRouter()


@router.get(f"{_LIST_PATH}/new", permissions=QUEUES_MANAGE, flag=FF_KIOSK_MODE)
def new_counter(page: PageCall, event_id: Id) -> Response:
    """Show the form of a new counter; it serves all queues unless somebody unticks them."""
    context = _context(page, event_id)
    values = {"name": "", "queue_ids": [queue.id for queue in context["queues"]], "active": "1"}
    return page.render("queues/counter_new.html", values=values, **context)


@router.post(
    f"{_LIST_PATH}/new",
    creates=True,
    permissions=QUEUES_MANAGE,
    flag=FF_KIOSK_MODE,
    on_error=new_counter,
    beside=_BESIDE,
)
def create_counter(page: PageCall, event_id: Id) -> Response:
    """Create the counter."""
    new = page.parse(CounterForm).new_counter()
    with page.begin() as work:
        service.create(work, FeedKey(page.tenant_id, event_id), new)
    say = _("“%(name)s” was created. Kiosks and desks know it with their next pull.") % {
        "name": isolated(new.name)
    }
    return page.redirect(f"/events/{event_id}/queues", say=say)


@router.get(f"{_PATH}/edit", permissions=QUEUES_MANAGE, flag=FF_KIOSK_MODE)
def edit_counter(page: PageCall, event_id: Id, counter_id: Id) -> Response:
    """Show the form of a counter."""
    context = _context(page, event_id)
    counter = service.get(page.work, FeedKey(page.tenant_id, event_id), counter_id)
    entries = audit.entries_of(page.work, page.tenant_id, "queue_counter", counter_id)
    return page.render(
        "queues/counter_edit.html",
        counter=counter,
        values=counter_values(counter),
        history=audit.history(page.work, entries[-20:][::-1], context["event"].time_zone),
        **context,
    )


@router.post(
    f"{_PATH}/edit", permissions=QUEUES_MANAGE, flag=FF_KIOSK_MODE, on_error=edit_counter, beside=_BESIDE
)
def update_counter(page: PageCall, event_id: Id, counter_id: Id) -> Response:
    """Update the counter."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        counter = service.get(work, key, counter_id)
        audit.merge_form(page, work, "queue_counter", counter, counter_values(counter), event.time_zone)
        changes = page.parse(CounterForm).changes(counter)
        if changes is not None:
            service.update(work, key, counter_id, changes, counter.version)
    return page.redirect(
        f"/events/{event_id}/queues", say=_("The changes are saved. Stations know them with their next pull.")
    )


@router.get(f"{_PATH}/delete", permissions=QUEUES_MANAGE, flag=FF_KIOSK_MODE)
def ask_to_delete(page: PageCall, event_id: Id, counter_id: Id) -> Response:
    """Show the page that confirms the deletion."""
    counter = service.get(page.work, FeedKey(page.tenant_id, event_id), counter_id)
    return page.render("queues/counter_delete.html", counter=counter, **_context(page, event_id))


@router.post(
    f"{_PATH}/delete",
    permissions=QUEUES_MANAGE,
    flag=FF_KIOSK_MODE,
    on_error=ask_to_delete,
    beside=_BESIDE,
)
def delete_counter(page: PageCall, event_id: Id, counter_id: Id) -> Response:
    """Delete the counter."""
    form = page.parse(VersionForm)
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        name = service.get(work, key, counter_id).name
        service.delete(work, key, counter_id, form.version)
    return page.redirect(
        f"/events/{event_id}/queues", say=_("“%(name)s” was deleted.") % {"name": isolated(name)}
    )


@router.get(f"{_PATH}/break", permissions=QUEUES_SERVE, flag=FF_KIOSK_MODE)
def ask_for_reason(page: PageCall, event_id: Id, counter_id: Id) -> Response:
    """Show the form for the reason of a break."""
    counter = service.get(page.work, FeedKey(page.tenant_id, event_id), counter_id)
    return page.render("queues/counter_break.html", counter=counter, **_context(page, event_id))


@router.post(
    f"{_PATH}/break",
    permissions=QUEUES_SERVE,
    flag=FF_KIOSK_MODE,
    on_error=ask_for_reason,
    beside=_BESIDE,
)
def set_state(page: PageCall, event_id: Id, counter_id: Id) -> Response:
    """Open or close the counter, or begin its break."""
    form = page.parse(StateForm)
    with page.begin() as work:
        key = FeedKey(page.tenant_id, event_id)
        audited.set_counter_state(work, key, counter_id, form.state, page.caller.actor, form.reason)
    return page.redirect(f"/events/{event_id}/queue")


@router.post(f"{_PATH}/call-next", permissions=QUEUES_SERVE, flag=FF_KIOSK_MODE)
def call_next(page: PageCall, event_id: Id, counter_id: Id) -> Response:
    """Call whoever is next."""
    with page.begin() as work:
        key = FeedKey(page.tenant_id, event_id)
        called = audited.call_number(work, key, page.caller.actor, counter_id)
        name = isolated(service.get(work, key, counter_id).name)
    if called is None:
        return page.redirect(
            f"/events/{event_id}/queue", say=_("Nobody waits for “%(name)s”.") % {"name": name}, tone="info"
        )
    say = _("%(number)s is called to “%(name)s”.") % {"number": called.number, "name": name}
    return page.redirect(f"/events/{event_id}/queue", say=say)


def _context(page: Page, event_id: str) -> dict[str, Any]:
    key = FeedKey(page.tenant_id, event_id)
    return {
        "event": events.get(page.work, page.tenant_id, event_id),
        "queues": page.work.session.scalars(queues.all_of(*key).order_by(Queue.letter)).all(),
    }
