"""Occupancy of an event and its zones over REST."""

from typing import Annotated

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from hub_sync.hub.domains.check_in.errors import ZoneNotFound
from hub_sync.hub.domains.check_in.occupancy import capacity
from hub_sync.hub.domains.check_in.occupancy.schemas import ZoneOccupancy, occupancy_response
from hub_sync.hub.domains.check_in.schemas import CapacityUpdate
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/occupancy", tags=["check-in"])

Zone = Annotated[str, Path(min_length=1, max_length=64, description="The zone's name.", examples=["hall-a"])]


class OccupancyResponse(ResponseModel):
    """The occupancy of an event, computed from the access log; capacity informs, it blocks nobody."""

    event: ZoneOccupancy = Field(description="The event as a whole: each person once, in whatever zones.")
    zones: tuple[ZoneOccupancy, ...] = Field(description="Its zones by name.")


@router.get(
    "",
    permissions=("occupancy:read", "check-in:scan"),
    schema=OccupancyResponse,
    errors=(EventNotFound,),
)
def read_occupancy(call: Call, event_id: Id) -> Response:
    """Return the number of people inside the event and each of its zones, with the level."""
    return call.ok(_occupancy(call.work, FeedKey(call.tenant_id, event_id)))


@router.put(
    "",
    permissions="occupancy:update",
    schema=OccupancyResponse,
    errors=(EventNotFound,),
)
def set_event_capacity(call: Call, event_id: Id, new: CapacityUpdate) -> Response:
    """Set the event's capacity for check-in; it overrides the capacity of the event itself. Needs no If-Match."""
    key = FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        capacity.set_capacity(work, *key, None, new.capacity)
        return call.ok(_occupancy(work, key))


@router.put(
    "/{zone:path}",
    permissions="occupancy:update",
    schema=OccupancyResponse,
    errors=(EventNotFound, ZoneNotFound),
)
def set_zone_capacity(call: Call, event_id: Id, zone: Zone, new: CapacityUpdate) -> Response:
    """Set the capacity of a zone. Needs no If-Match."""
    key = FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        capacity.require_zone(work, *key, zone)
        capacity.set_capacity(work, *key, zone, new.capacity)
        return call.ok(_occupancy(work, key))


def _occupancy(work: Work, key: FeedKey) -> OccupancyResponse:
    whole, *zones = capacity.all_counts(work, *key)
    return OccupancyResponse(
        event=occupancy_response(whole), zones=tuple(occupancy_response(zone) for zone in zones)
    )
