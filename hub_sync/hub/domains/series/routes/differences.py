"""The differences between two events over REST."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.events.manifest import EVENTS_READ
from hub_sync.hub.domains.series.differences.reading import find_earlier, read_differences
from hub_sync.hub.domains.series.differences.schemas import Differences
from hub_sync.hub.domains.series.errors import NothingToCompare
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}", tags=["event-differences"], flag=FF_EVENT_CLONE)


@router.get(
    "/differences",
    permissions=EVENTS_READ,
    schema=Differences,
    errors=(EventNotFound, NothingToCompare),
    takes_long=True,
)
def list_event_differences(
    call: Call,
    event_id: Id,
    other_id: Annotated[
        Id | None,
        Query(
            alias="with",
            description="The event to compare with; left out: the edition before, else the event that this one was copied from.",
        ),
    ] = None,
) -> Response:
    """Say what differs between this event and another one: things that were added, removed or changed, and a few numbers of both.

    Times are compared by their distance from the start: an event that was moved has no differences. Secrets are never compared.
    """
    key = FeedKey(call.tenant_id, event_id)
    other = find_earlier(call.work, key) if other_id is None else FeedKey(call.tenant_id, other_id)
    return call.ok(read_differences(call.work, other, key, call.caller.has_permission))
