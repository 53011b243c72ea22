"""Occupancy as REST responses have it."""

from pydantic import Field

from hub_sync.hub.domains.check_in.occupancy.projection import Count
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.rules.occupancy import OccupancyLevel


class ZoneOccupancy(ResponseModel):
    """The occupancy of a zone or of the event as a whole."""

    zone: str | None = Field(description="The zone's name; null: the event as a whole.", examples=["hall-a"])
    current: int = Field(description="The number of people inside.", examples=[120])
    capacity: int | None = Field(description="The capacity; null: not known.", examples=[200])
    level: OccupancyLevel = Field(
        description="Green below 75 %, yellow to 90 %, red above. It informs, it blocks nobody."
    )


def occupancy_response(count: Count) -> ZoneOccupancy:
    """Return a count as it goes over the wire."""
    return ZoneOccupancy(
        zone=count.zone or None, current=count.current, capacity=count.capacity, level=count.level
    )
