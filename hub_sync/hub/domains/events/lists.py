"""The list of events: sort keys and filters."""

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events.schemas import EventResponse
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.lists.result_pages import Listing, ListQuery

EVENTS = Listing(
    row=Event,
    schema=EventResponse,
    sorts={
        "name": Event.name,
        "slug": Event.slug,
        "starts_at": Event.starts_at,
        "ends_at": Event.ends_at,
        "created_at": Event.created_at,
        "updated_at": Event.updated_at,
        "id": Event.id,
    },
    default_sort="-created_at",
    filters={
        "status": Event.status,
        "slug": Event.slug,
        "starts_at": Event.starts_at,
        "ends_at": Event.ends_at,
        "updated_at": Event.updated_at,
        "capacity": Event.capacity,
    },
)


def names_templates(query: ListQuery) -> bool:
    """Return True if a query filters by a status and names TEMPLATE."""
    return any(
        each.column is Event.status and not each.operator and EventStatus.TEMPLATE in values
        for each, values in query.conditions
    )
