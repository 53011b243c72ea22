"""The list of event templates."""

from hub_sync.hub.domains.events.service import Event, EventResponse
from hub_sync.hub.kit.lists.result_pages import Listing

TEMPLATES = Listing(
    row=Event,
    schema=EventResponse,
    sorts={"name": Event.name, "created_at": Event.created_at, "updated_at": Event.updated_at},
    default_sort="name",
    filters={"slug": Event.slug, "updated_at": Event.updated_at},
)
