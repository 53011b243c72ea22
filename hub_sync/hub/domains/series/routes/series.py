"""Series and their editions over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.events.manifest import EVENTS_READ
from hub_sync.hub.domains.series import service
from hub_sync.hub.domains.series.editions.lists import EDITIONS, SERIES
from hub_sync.hub.domains.series.editions.schemas import (
    EditionChanges,
    EditionResponse,
    NewEdition,
    NewSeries,
    SeriesChanges,
    SeriesResponse,
)
from hub_sync.hub.domains.series.editions_manifest import SERIES_MANAGE, SERIES_READ
from hub_sync.hub.domains.series.errors import (
    EditionChanged,
    EditionNotFound,
    EditionNumberTaken,
    EventInSeries,
    NamePatternInvalid,
    SeriesBusy,
    SeriesChanged,
    SeriesExists,
    SeriesNotFound,
)
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from hub_sync.hub.domains.series.tables import EventEdition, EventSeries
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/series", tags=["series"], flag=FF_EVENT_CLONE)


@router.get("", permissions=SERIES_READ, listing=SERIES)
def list_series(call: Call, query: Annotated[ListQuery, Depends(SERIES.parse_query)]) -> Response:
    """List the series of the organisation."""
    return SERIES.list_response(call, query, service.all_series(call.tenant_id))


@router.get(
    "/{series_id}", permissions=SERIES_READ, schema=SeriesResponse, listing=SERIES, errors=(SeriesNotFound,)
)
def get_series(
    call: Call, series_id: Id, selection: Annotated[FieldSelection, Depends(SERIES.parse_selection)]
) -> Response:
    """Return a series. A change takes the ETag as `If-Match`."""
    return SERIES.item_response(call, selection, service.get_series(call.work, call.tenant_id, series_id))


@router.post(
    "",
    permissions=SERIES_MANAGE,
    schema=SeriesResponse,
    status=201,
    errors=(SeriesExists, NamePatternInvalid),
)
def create_series(call: Call, new: NewSeries) -> Response:
    """Create a series, without editions."""
    with call.begin() as work:
        series = service.create_series(work, call.tenant_id, new)
        location = f"{API}/series/{series.id}"
        return call.created(SeriesResponse.model_validate(series), location, version=series.version)


@router.put(
    "/{series_id}",
    permissions=SERIES_MANAGE,
    schema=SeriesResponse,
    errors=(SeriesNotFound, SeriesBusy, SeriesChanged, SeriesExists, NamePatternInvalid),
)
def update_series(call: Call, series_id: Id, changes: SeriesChanges) -> Response:
    """Change the members of the body; the others stay, and so do the names of its editions. Needs If-Match."""
    version = call.expected_version()
    with call.begin() as work:
        return _answer(call, service.update_series(work, call.tenant_id, series_id, changes, version))


@router.delete("/{series_id}", permissions=SERIES_MANAGE, errors=(SeriesNotFound, SeriesBusy, SeriesChanged))
def delete_series(call: Call, series_id: Id) -> Response:
    """Delete a series. Its events stay. `If-Match` is optional."""
    version = call.optional_expected_version()
    with call.begin() as work:
        service.delete_series(work, call.tenant_id, series_id, version)
        return call.no_content()


@router.get("/{series_id}/editions", permissions=SERIES_READ, listing=EDITIONS, errors=(SeriesNotFound,))
def list_editions(
    call: Call, series_id: Id, query: Annotated[ListQuery, Depends(EDITIONS.parse_query)]
) -> Response:
    """List the editions of a series; those of deleted events are left out."""
    service.get_series(call.work, call.tenant_id, series_id)
    return EDITIONS.list_response(call, query, service.editions_of(call.tenant_id, series_id))


@router.get(
    "/{series_id}/editions/{edition_id}",
    permissions=SERIES_READ,
    schema=EditionResponse,
    listing=EDITIONS,
    errors=(EditionNotFound,),
)
def get_edition(
    call: Call,
    series_id: Id,
    edition_id: Id,
    selection: Annotated[FieldSelection, Depends(EDITIONS.parse_selection)],
) -> Response:
    """Return an edition."""
    edition = service.get_edition(call.work, call.tenant_id, series_id, edition_id)
    return EDITIONS.item_response(call, selection, edition)


@router.post(
    "/{series_id}/editions",
    permissions=SERIES_MANAGE,
    also=EVENTS_READ,
    schema=EditionResponse,
    status=201,
    errors=(SeriesNotFound, SeriesBusy, EventNotFound, EventInSeries, EditionNumberTaken),
)
def add_edition(call: Call, series_id: Id, new: NewEdition) -> Response:
    """Make an event an edition of the series."""
    with call.begin() as work:
        edition = service.add_edition(work, call.tenant_id, series_id, new)
        location = f"{API}/series/{series_id}/editions/{edition.id}"
        return call.created(EditionResponse.model_validate(edition), location, version=edition.version)


@router.put(
    "/{series_id}/editions/{edition_id}",
    permissions=SERIES_MANAGE,
    schema=EditionResponse,
    errors=(SeriesNotFound, SeriesBusy, EditionNotFound, EditionChanged, EditionNumberTaken),
)
def renumber_edition(call: Call, series_id: Id, edition_id: Id, changes: EditionChanges) -> Response:
    """Give an edition another number. Needs If-Match."""
    version = call.expected_version()
    with call.begin() as work:
        edition = service.renumber_edition(work, call.tenant_id, series_id, edition_id, changes, version)
        return _edition_answer(call, edition)


@router.delete(
    "/{series_id}/editions/{edition_id}",
    permissions=SERIES_MANAGE,
    errors=(SeriesNotFound, SeriesBusy, EditionNotFound, EditionChanged),
)
def remove_edition(call: Call, series_id: Id, edition_id: Id) -> Response:
    """Take an event out of the series. The event stays; its number is not given again by itself. `If-Match` is optional."""
    version = call.optional_expected_version()
    with call.begin() as work:
        service.remove_edition(work, call.tenant_id, series_id, edition_id, version)
        return call.no_content()


def _answer(call: Call, series: EventSeries) -> Response:
    return call.ok(SeriesResponse.model_validate(series), version=series.version)


def _edition_answer(call: Call, edition: EventEdition) -> Response:
    return call.ok(EditionResponse.model_validate(edition), version=edition.version)
