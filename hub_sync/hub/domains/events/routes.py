"""Events over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import (
    DoorsReversed,
    EventChanged,
    EventDatesReversed,
    EventExists,
    EventNotFound,
    EventTemplateStatusFixed,
)
from hub_sync.hub.domains.events.lists import EVENTS, names_templates
from hub_sync.hub.domains.events.manifest import EVENTS_CREATE, EVENTS_DELETE, EVENTS_READ, EVENTS_UPDATE
from hub_sync.hub.domains.events.schemas import EventChanges, EventResponse, NewEvent
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events", tags=["events"])


@router.get("", permissions=EVENTS_READ, listing=EVENTS)
def list_events(call: Call, query: Annotated[ListQuery, Depends(EVENTS.parse_query)]) -> Response:
    """List the tenant's events, without deleted ones. Templates are listed by `filter[status]=TEMPLATE` alone."""
    statement = events.ALL_AND_TEMPLATES if names_templates(query) else events.ALL
    return EVENTS.list_response(call, query, statement, t=call.tenant_id)


@router.get(
    "/{event_id}",
    permissions=EVENTS_READ,
    schema=EventResponse,
    listing=EVENTS,
    errors=(EventNotFound,),
)
def get_event(
    call: Call, event_id: Id, selection: Annotated[FieldSelection, Depends(EVENTS.parse_selection)]
) -> Response:
    """Return an event. A change takes its ETag as `If-Match`."""
    return EVENTS.item_response(call, selection, events.read(call.work, call.tenant_id, event_id))


@router.post(
    "",
    permissions=EVENTS_CREATE,
    schema=EventResponse,
    status=201,
    errors=(EventExists, EventDatesReversed, DoorsReversed, EventTemplateStatusFixed),
)
def create_event(call: Call, new: NewEvent) -> Response:
    """Create an event."""
    with call.begin() as work:
        event = events.create(work, call.tenant_id, new)
        return call.created(
            EventResponse.model_validate(event), f"{API}/events/{event.id}", version=event.version
        )


@router.put(
    "/{event_id}",
    permissions=EVENTS_UPDATE,
    schema=EventResponse,
    errors=(EventNotFound, EventChanged, EventDatesReversed, DoorsReversed, EventTemplateStatusFixed),
)
def update_event(call: Call, event_id: Id, changes: EventChanges) -> Response:
    """Change the fields that the request names. `If-Match` with the ETag that was read is required."""
    expected = call.expected_version()
    with call.begin() as work:
        event = events.update(work, call.tenant_id, event_id, changes, expected)
        return call.ok(EventResponse.model_validate(event), version=event.version)


@router.delete("/{event_id}", permissions=EVENTS_DELETE, errors=(EventNotFound, EventChanged))
def delete_event(call: Call, event_id: Id) -> Response:
    """Mark an event as deleted: it and everything below it answers 404 from now on. `If-Match` is optional."""
    expected = call.optional_expected_version()
    with call.begin() as work:
        events.delete(work, call.tenant_id, event_id, expected)
        return call.no_content()
