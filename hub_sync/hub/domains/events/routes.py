"""Events over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventChanged, EventDatesReversed, EventExists, EventNotFound
from hub_sync.hub.domains.events.lists import EVENTS
from hub_sync.hub.domains.events.manifest import EVENTS_CREATE, EVENTS_DELETE, EVENTS_READ, EVENTS_UPDATE
from hub_sync.hub.domains.events.schemas import EventChanges, EventOut, NewEvent
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.listing import Chosen, ListAsked
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events", tags=["events"])


@router.get("", needs=EVENTS_READ, listing=EVENTS)
def list_events(call: Call, asked: Annotated[ListAsked, Depends(EVENTS.asked)]) -> Response:
    """The tenant's events; deleted ones are not among them."""
    return EVENTS.answer(call, asked, events.ALL, t=call.tenant_id)


@router.get(
    "/{event_id}",
    needs=EVENTS_READ,
    shape=EventOut,
    listing=EVENTS,
    refuses=(EventNotFound,),
)
def get_event(call: Call, event_id: Id, chosen: Annotated[Chosen, Depends(EVENTS.chosen)]) -> Response:
    """One event. Its ETag is what `If-Match` of a change asks for."""
    return EVENTS.answer_one(call, chosen, events.read(call.work, call.tenant_id, event_id))


@router.post("", needs=EVENTS_CREATE, shape=EventOut, status=201, refuses=(EventExists, EventDatesReversed))
def create_event(call: Call, new: NewEvent) -> Response:
    """Make an event."""
    with call.begin() as work:
        event = events.create(work, call.tenant_id, new)
        return call.created(EventOut.model_validate(event), f"{API}/events/{event.id}", version=event.version)


@router.put(
    "/{event_id}",
    needs=EVENTS_UPDATE,
    shape=EventOut,
    refuses=(EventNotFound, EventChanged, EventDatesReversed),
)
def update_event(call: Call, event_id: Id, changes: EventChanges) -> Response:
    """Change what is named; what is left out stays. Asks for `If-Match` with the ETag that was read."""
    expected = call.expected_version()
    with call.begin() as work:
        event = events.update(work, call.tenant_id, event_id, changes, expected)
        return call.answer(EventOut.model_validate(event), version=event.version)


@router.delete("/{event_id}", needs=EVENTS_DELETE, refuses=(EventNotFound, EventChanged))
def delete_event(call: Call, event_id: Id) -> Response:
    """Mark an event as deleted: it and all that is below it is not found any more. Takes `If-Match` if it is given."""
    expected = call.version_if_given()
    with call.begin() as work:
        events.delete(work, call.tenant_id, event_id, expected)
        return call.no_content()
