"""Queues over REST: the queues themselves, and their figures."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import Response
from pydantic import AfterValidator

from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.queue.errors import (
    QueueChanged,
    QueueExists,
    QueueLetterInUse,
    QueueLetterTaken,
    QueueNotEmpty,
    QueueNotFound,
    TooManyQueues,
)
from hub_sync.hub.domains.queue.lists import QUEUE_LIST
from hub_sync.hub.domains.queue.manifest import QUEUES_MANAGE, QUEUES_READ
from hub_sync.hub.domains.queue.queues import service
from hub_sync.hub.domains.queue.schemas import (
    NewQueue,
    QueueChanges,
    QueueResponse,
    QueueStatisticsResponse,
    ToggleQueue,
)
from hub_sync.hub.domains.queue.tables import Queue
from hub_sync.hub.domains.queue.tickets.days import present_day
from hub_sync.hub.domains.queue.tickets.statistics import day_statistics
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/queues", tags=["queues"], flag=FF_KIOSK_MODE)

_MISSING = (EventNotFound, QueueNotFound)


def _real_day(text: str) -> str:
    if text:
        try:
            date.fromisoformat(text)
        except ValueError as error:
            raise ValueError("not a day of the calendar, such as 2026-06-10") from error
    return text


Day = Annotated[
    str,
    AfterValidator(_real_day),
    Query(
        pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        description="The service day, `YYYY-MM-DD`; empty: the present one.",
    ),
]


@router.get("", permissions=QUEUES_READ, listing=QUEUE_LIST, errors=(EventNotFound,))
def list_queues(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(QUEUE_LIST.parse_query)]
) -> Response:
    """List the event's queues by letter, without deleted ones."""
    events.get(call.work, call.tenant_id, event_id)
    return QUEUE_LIST.list_response(call, query, service.all_of(call.tenant_id, event_id))


@router.get("/statistics", permissions=QUEUES_READ, schema=QueueStatisticsResponse, errors=(EventNotFound,))
def get_queue_statistics(
    call: Call,
    event_id: Id,
    day: Day = "",
    queue_id: Annotated[str, Query(max_length=64, description="One queue; empty: all.")] = "",
) -> Response:
    """Return waits, service times and missed calls of a day by the hour, and how good the estimates of the last week were."""
    event = events.read(call.work, call.tenant_id, event_id)
    key = FeedKey(call.tenant_id, event_id)
    figures = day_statistics(call.work, key, event, day or present_day(call.work, event), queue_id or None)
    return call.ok(QueueStatisticsResponse.model_validate(figures, from_attributes=True))


@router.get("/{queue_id}", permissions=QUEUES_READ, schema=QueueResponse, listing=QUEUE_LIST, errors=_MISSING)
def get_queue(
    call: Call,
    event_id: Id,
    queue_id: Id,
    selection: Annotated[FieldSelection, Depends(QUEUE_LIST.parse_selection)],
) -> Response:
    """Return one queue. Its ETag is what `If-Match` of a change needs."""
    queue = service.get(call.work, FeedKey(call.tenant_id, event_id), queue_id)
    return QUEUE_LIST.item_response(call, selection, queue)


@router.post(
    "",
    permissions=QUEUES_MANAGE,
    schema=QueueResponse,
    status=201,
    errors=(EventNotFound, QueueExists, QueueLetterTaken, TooManyQueues),
)
def create_queue(call: Call, event_id: Id, new: NewQueue) -> Response:
    """Create a queue; kiosks, desks and boards know it with their next pull."""
    with call.begin() as work:
        queue = service.create(work, FeedKey(call.tenant_id, event_id), new)
        location = f"{API}/events/{event_id}/queues/{queue.id}"
        return call.created(QueueResponse.model_validate(queue), location, version=queue.version)


@router.put(
    "/{queue_id}",
    permissions=QUEUES_MANAGE,
    schema=QueueResponse,
    errors=(*_MISSING, QueueExists, QueueLetterTaken, QueueLetterInUse, QueueChanged),
)
def update_queue(call: Call, event_id: Id, queue_id: Id, changes: QueueChanges) -> Response:
    """Change the members of the body; the others stay. Needs If-Match with the ETag of the last read."""
    version = call.expected_version()
    with call.begin() as work:
        return _answer(
            call, service.update(work, FeedKey(call.tenant_id, event_id), queue_id, changes, version)
        )


@router.post("/{queue_id}/toggle", permissions=QUEUES_MANAGE, schema=QueueResponse, errors=_MISSING)
def toggle_queue(call: Call, event_id: Id, queue_id: Id, wanted: ToggleQueue) -> Response:
    """Let a queue issue numbers, or not. Who waits is served all the same; repeating it changes nothing."""
    with call.begin() as work:
        return _answer(call, service.toggle(work, FeedKey(call.tenant_id, event_id), queue_id, wanted.active))


@router.delete("/{queue_id}", permissions=QUEUES_MANAGE, errors=(*_MISSING, QueueChanged, QueueNotEmpty))
def delete_queue(call: Call, event_id: Id, queue_id: Id) -> Response:
    """Mark a queue as deleted; nobody may wait in it. Its numbers stay in the statistics."""
    version = call.optional_expected_version()
    with call.begin() as work:
        service.delete(work, FeedKey(call.tenant_id, event_id), queue_id, version)
        return call.no_content()


def _answer(call: Call, queue: Queue) -> Response:
    return call.ok(QueueResponse.model_validate(queue), version=queue.version)
