"""The console's pages to list, create, edit, switch and delete queues; the counters stand beside them."""

from typing import Any

from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.queue.errors import (
    QueueChanged,
    QueueExists,
    QueueLetterInUse,
    QueueLetterTaken,
    QueueNotEmpty,
    TooManyQueues,
)
from hub_sync.hub.domains.queue.manifest import COUNTER_STATES, QUEUES_MANAGE, QUEUES_READ
from hub_sync.hub.domains.queue.pages.forms import (
    QueueForm,
    QueueToggleForm,
    VersionForm,
    new_queue_values,
    queue_values,
)
from hub_sync.hub.domains.queue.queues import counters, service
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id

LIST_PATH = "/events/{event_id}/queues"
_PATH = f"{LIST_PATH}/{{queue_id}}"
_BESIDE: dict[Any, str] = {
    QueueExists: "name",
    QueueLetterTaken: "letter",
    QueueLetterInUse: "letter",
    QueueChanged: "",
    QueueNotEmpty: "",
    TooManyQueues: "",
}

router = PageRouter()


@router.get(LIST_PATH, permissions=QUEUES_READ, flag=FF_KIOSK_MODE)
def list_queues(page: PageCall, event_id: Id) -> Response:
    """List the event's queues and counters."""
    key = FeedKey(page.tenant_id, event_id)
    queues = page.work.session.scalars(service.all_of(*key).order_by(Queue.letter)).all()
    return page.render(
        "queues/list.html",
        event=events.get(page.work, page.tenant_id, event_id),
        queues=queues,
        letters={queue.id: queue for queue in queues},
        counters=page.work.session.scalars(counters.all_of(*key).order_by(QueueCounter.name)).all(),
        states=COUNTER_STATES,
    )


@router.get(f"{LIST_PATH}/new", permissions=QUEUES_MANAGE, flag=FF_KIOSK_MODE)
def new_queue(page: PageCall, event_id: Id) -> Response:
    """Show the form of a new queue."""
    event = events.get(page.work, page.tenant_id, event_id)
    return page.render("queues/new.html", event=event, values=new_queue_values())


@router.post(
    f"{LIST_PATH}/new",
    creates=True,
    permissions=QUEUES_MANAGE,
    flag=FF_KIOSK_MODE,
    on_error=new_queue,
    beside=_BESIDE,
)
def create_queue(page: PageCall, event_id: Id) -> Response:
    """Create the queue."""
    new = page.parse(QueueForm).new_queue()
    with page.begin() as work:
        service.create(work, FeedKey(page.tenant_id, event_id), new)
    say = _("“%(name)s” was created. Kiosks and desks know it with their next pull.") % {
        "name": isolated(new.name)
    }
    return page.redirect(f"/events/{event_id}/queues", say=say)


@router.get(f"{_PATH}/edit", permissions=QUEUES_MANAGE, flag=FF_KIOSK_MODE)
def edit_queue(page: PageCall, event_id: Id, queue_id: Id) -> Response:
    """Show the form of a queue."""
    event = events.get(page.work, page.tenant_id, event_id)
    queue = service.get(page.work, FeedKey(page.tenant_id, event_id), queue_id)
    entries = audit.entries_of(page.work, page.tenant_id, "queue", queue_id)
    return page.render(
        "queues/edit.html",
        event=event,
        queue=queue,
        values=queue_values(queue),
        history=audit.history(page.work, entries[-20:][::-1], event.time_zone),
    )


@router.post(
    f"{_PATH}/edit", permissions=QUEUES_MANAGE, flag=FF_KIOSK_MODE, on_error=edit_queue, beside=_BESIDE
)
def update_queue(page: PageCall, event_id: Id, queue_id: Id) -> Response:
    """Update the queue."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        queue = service.get(work, key, queue_id)
        audit.merge_form(page, work, "queue", queue, queue_values(queue), event.time_zone)
        changes = page.parse(QueueForm).changes(queue)
        if changes is not None:
            service.update(work, key, queue_id, changes, queue.version)
    return page.redirect(
        f"/events/{event_id}/queues", say=_("The changes are saved. Stations know them with their next pull.")
    )


@router.post(f"{_PATH}/toggle", permissions=QUEUES_MANAGE, flag=FF_KIOSK_MODE)
def toggle_queue(page: PageCall, event_id: Id, queue_id: Id) -> Response:
    """Switch the queue on or off."""
    active = page.parse(QueueToggleForm).active
    with page.begin() as work:
        queue = service.toggle(work, FeedKey(page.tenant_id, event_id), queue_id, active)
        name = {"name": isolated(queue.name)}
    say = (
        _("“%(name)s” issues numbers again.") % name
        if active
        else _("“%(name)s” issues no more numbers. Who waits is served all the same.") % name
    )
    return page.redirect(f"/events/{event_id}/queues", say=say)


@router.get(f"{_PATH}/delete", permissions=QUEUES_MANAGE, flag=FF_KIOSK_MODE)
def ask_to_delete(page: PageCall, event_id: Id, queue_id: Id) -> Response:
    """Show the page that confirms the deletion."""
    event = events.get(page.work, page.tenant_id, event_id)
    queue = service.get(page.work, FeedKey(page.tenant_id, event_id), queue_id)
    return page.render("queues/delete.html", event=event, queue=queue)


@router.post(
    f"{_PATH}/delete",
    permissions=QUEUES_MANAGE,
    flag=FF_KIOSK_MODE,
    on_error=ask_to_delete,
    beside=_BESIDE,
)
def delete_queue(page: PageCall, event_id: Id, queue_id: Id) -> Response:
    """Delete the queue."""
    form = page.parse(VersionForm)
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        name = service.get(work, key, queue_id).name
        service.delete(work, key, queue_id, form.version)
    return page.redirect(
        f"/events/{event_id}/queues", say=_("“%(name)s” was deleted.") % {"name": isolated(name)}
    )
