"""How full an event and its zones are, over REST."""

from typing import Annotated

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from hub_sync.hub.domains.check_in.errors import ZoneNotFound
from hub_sync.hub.domains.check_in.occupancy import capacity
from hub_sync.hub.domains.check_in.scans.routes import occupancy_of
from hub_sync.hub.domains.check_in.scans.schemas import ZoneOccupancy
from hub_sync.hub.domains.check_in.schemas import Capacity
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/occupancy", tags=["check-in"])

Zone = Annotated[str, Path(min_length=1, max_length=64, description="The zone's name.", examples=["hall-a"])]


class OccupancyOut(ResponseModel):
    """How full an event is. It is a fold of the access log; capacity informs, it blocks nobody."""

    event: ZoneOccupancy = Field(description="The event as a whole: each person once, in whatever zones.")
    zones: tuple[ZoneOccupancy, ...] = Field(description="Its zones by name.")


@router.get(
    "",
    permissions=("occupancy:read", "check-in:scan"),
    schema=OccupancyOut,
    errors=(EventNotFound,),
)
def read_occupancy(call: Call, event_id: Id) -> Response:
    """How many are inside the event and each of its zones, and how full that is."""
    return call.ok(_occupancy(call.work, FeedKey(call.tenant_id, event_id)))


@router.put(
    "",
    permissions="occupancy:update",
    schema=OccupancyOut,
    errors=(EventNotFound,),
)
def set_event_capacity(call: Call, event_id: Id, new: Capacity) -> Response:
    """Say how many the event holds, apart from the capacity that stands in the event itself. Needs no If-Match."""
    key = FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        capacity.set_capacity(work, *key, None, new.capacity)
        return call.ok(_occupancy(work, key))


@router.put(
    "/{zone:path}",
    permissions="occupancy:update",
    schema=OccupancyOut,
    errors=(EventNotFound, ZoneNotFound),
)
def set_zone_capacity(call: Call, event_id: Id, zone: Zone, new: Capacity) -> Response:
    """Say how many a zone holds. Needs no If-Match."""
    key = FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        capacity.known_zone(work, *key, zone)
        capacity.set_capacity(work, *key, zone, new.capacity)
        return call.ok(_occupancy(work, key))


def _occupancy(work: Work, key: FeedKey) -> OccupancyOut:
    whole, *zones = capacity.all_counts(work, *key)
    return OccupancyOut(event=occupancy_of(whole), zones=tuple(occupancy_of(zone) for zone in zones))
