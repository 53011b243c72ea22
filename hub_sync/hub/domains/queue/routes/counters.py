"""Counters over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.queue.errors import (
    CounterChanged,
    CounterExists,
    CounterInUse,
    CounterNotFound,
    QueueReasonMissing,
    QueuesOfAnotherEvent,
    TooManyCounters,
)
from hub_sync.hub.domains.queue.lists import COUNTER_LIST
from hub_sync.hub.domains.queue.manifest import QUEUES_MANAGE, QUEUES_READ, QUEUES_SERVE
from hub_sync.hub.domains.queue.queues import counters as service
from hub_sync.hub.domains.queue.schemas import CounterAct, CounterChanges, CounterResponse, NewCounter
from hub_sync.hub.domains.queue.tables import QueueCounter
from hub_sync.hub.domains.queue.tickets.audited import set_counter_state
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/counters", tags=["queues"], flag=FF_KIOSK_MODE)

_MISSING = (EventNotFound, CounterNotFound)


@router.get("", permissions=QUEUES_READ, listing=COUNTER_LIST, errors=(EventNotFound,))
def list_counters(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(COUNTER_LIST.parse_query)]
) -> Response:
    """List the event's counters by name, and what each does."""
    events.get(call.work, call.tenant_id, event_id)
    return COUNTER_LIST.list_response(call, query, service.all_of(call.tenant_id, event_id))


@router.get(
    "/{counter_id}", permissions=QUEUES_READ, schema=CounterResponse, listing=COUNTER_LIST, errors=_MISSING
)
def get_counter(
    call: Call,
    event_id: Id,
    counter_id: Id,
    selection: Annotated[FieldSelection, Depends(COUNTER_LIST.parse_selection)],
) -> Response:
    """Return one counter. Its ETag is what `If-Match` of a change needs."""
    counter = service.get(call.work, FeedKey(call.tenant_id, event_id), counter_id)
    return COUNTER_LIST.item_response(call, selection, counter)


@router.post(
    "",
    permissions=QUEUES_MANAGE,
    schema=CounterResponse,
    status=201,
    errors=(EventNotFound, CounterExists, TooManyCounters, QueuesOfAnotherEvent),
)
def create_counter(call: Call, event_id: Id, new: NewCounter) -> Response:
    """Create a counter; desks know it with their next pull."""
    with call.begin() as work:
        counter = service.create(work, FeedKey(call.tenant_id, event_id), new)
        location = f"{API}/events/{event_id}/counters/{counter.id}"
        return call.created(CounterResponse.model_validate(counter), location, version=counter.version)


@router.put(
    "/{counter_id}",
    permissions=QUEUES_MANAGE,
    schema=CounterResponse,
    errors=(*_MISSING, CounterExists, CounterChanged, QueuesOfAnotherEvent),
)
def update_counter(call: Call, event_id: Id, counter_id: Id, changes: CounterChanges) -> Response:
    """Change the members of the body; the others stay. Needs If-Match with the ETag of the last read."""
    version = call.expected_version()
    with call.begin() as work:
        return _answer(
            call, service.update(work, FeedKey(call.tenant_id, event_id), counter_id, changes, version)
        )


@router.post(
    "/{counter_id}/state",
    permissions=QUEUES_SERVE,
    schema=CounterResponse,
    errors=(*_MISSING, QueueReasonMissing),
)
def set_state_of_counter(call: Call, event_id: Id, counter_id: Id, act: CounterAct) -> Response:
    """Open or close a counter, or begin its break, which needs a reason."""
    with call.begin() as work:
        key = FeedKey(call.tenant_id, event_id)
        return _answer(call, set_counter_state(work, key, counter_id, act.state, call.actor, act.reason))


@router.delete("/{counter_id}", permissions=QUEUES_MANAGE, errors=(*_MISSING, CounterChanged, CounterInUse))
def delete_counter(call: Call, event_id: Id, counter_id: Id) -> Response:
    """Mark a counter as deleted. Who was sent to it alone may be called anywhere."""
    version = call.optional_expected_version()
    with call.begin() as work:
        service.delete(work, FeedKey(call.tenant_id, event_id), counter_id, version)
        return call.no_content()


def _answer(call: Call, counter: QueueCounter) -> Response:
    return call.ok(CounterResponse.model_validate(counter), version=counter.version)
