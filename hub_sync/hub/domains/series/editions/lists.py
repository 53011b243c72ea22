"""The lists of series, of editions, and of what was done to many of them."""

from hub_sync.hub.domains.series.editions.editions import load_events
from hub_sync.hub.domains.series.editions.plan_schemas import SeriesOperationResponse
from hub_sync.hub.domains.series.editions.schemas import EditionResponse, SeriesResponse
from hub_sync.hub.domains.series.tables import EventEdition, EventSeries, SeriesOperation
from hub_sync.hub.kit.lists.result_pages import Listing

SERIES = Listing(
    row=EventSeries,
    schema=SeriesResponse,
    sorts={
        "name": EventSeries.name,
        "created_at": EventSeries.created_at,
        "updated_at": EventSeries.updated_at,
    },
    default_sort="name",
    filters={"slug": EventSeries.slug, "is_public": EventSeries.is_public},
    search=(EventSeries.name, EventSeries.slug),
)
EDITIONS = Listing(
    row=EventEdition,
    schema=EditionResponse,
    sorts={"number": EventEdition.number, "created_at": EventEdition.created_at},
    default_sort="number",
    filters={"number": EventEdition.number, "event_id": EventEdition.event_id},
    expands={"event": load_events},
    expand_permissions={"event": "events:read"},
)
SERIES_OPERATIONS = Listing(
    row=SeriesOperation,
    schema=SeriesOperationResponse,
    sorts={"created_at": SeriesOperation.created_at},
    default_sort="-created_at",
    filters={
        "kind": SeriesOperation.kind,
        "status": SeriesOperation.status,
        "created_at": SeriesOperation.created_at,
    },
)
