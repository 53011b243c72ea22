"""Series: create, read, update and delete them."""

from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.exc import IntegrityError

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.series.editions.names import check_pattern
from hub_sync.hub.domains.series.editions.schemas import NewSeries, SeriesChanges
from hub_sync.hub.domains.series.editions_manifest import SERIES_CREATED, SERIES_DELETED, SERIES_UPDATED
from hub_sync.hub.domains.series.errors import SeriesBusy, SeriesChanged, SeriesExists, SeriesNotFound
from hub_sync.hub.domains.series.tables import ACTIVE, EventEdition, EventSeries, SeriesOperation
from hub_sync.hub.kit.db.database import is_unique_violation
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work


def all_series(tenant_id: str) -> Select[EventSeries]:
    """Return the query of a tenant's series."""
    return select(EventSeries).where(EventSeries.tenant_id == tenant_id)


def get_series(work: Work, tenant_id: str, series_id: str) -> EventSeries:
    """Return a series.

    Raises:
        SeriesNotFound: 404.
    """
    series = work.session.get(EventSeries, (tenant_id, series_id))
    if series is None:
        raise SeriesNotFound
    return series


def find_series_by_slug(work: Work, tenant_id: str, slug: str) -> EventSeries | None:
    """Return the series of a short name, or None; public or not."""
    return work.session.scalar(all_series(tenant_id).where(EventSeries.slug == slug))


def get_series_for_update(
    work: Work, tenant_id: str, series_id: str, if_version: IfVersion = None, *, also: str = ""
) -> EventSeries:
    """Lock a series until the transaction ends, and return it; whoever changes its editions holds this lock.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        series_id: the series.
        if_version: the version that it must have.
        also: the operation that may be under way; otherwise none may.

    Raises:
        SeriesNotFound: 404. SeriesChanged: 412. SeriesBusy: 409.
    """
    series = work.session.get(
        EventSeries, (tenant_id, series_id), with_for_update={"key_share": True}, populate_existing=True
    )
    if series is None:
        raise SeriesNotFound
    check_version(series.version, if_version, SeriesChanged)
    active = find_active_operation(work, tenant_id, series_id)
    if active is not None and active.id != also:
        raise SeriesBusy(done=active.done, total=active.total)
    return series


def find_active_operation(work: Work, tenant_id: str, series_id: str) -> SeriesOperation | None:
    """Return the operation that is under way, or None; there is one at most."""
    o = SeriesOperation
    query = select(o).where(o.tenant_id == tenant_id, o.series_id == series_id, o.status.in_(ACTIVE))
    return work.session.scalar(query.execution_options(populate_existing=True))


def create_series(work: Work, tenant_id: str, new: NewSeries) -> EventSeries:
    """Create a series.

    Raises:
        SeriesExists: 409. NamePatternInvalid: 422.
    """
    check_pattern(new.name_pattern)
    series = EventSeries(tenant_id=tenant_id, id=work.new_id(), **new.model_dump())
    _check_slug(work, series)
    work.session.add(series)
    _flush(work, series)
    audit.record(work, tenant_id, SERIES_CREATED, series.id, after=snapshot(series))
    return series


def update_series(
    work: Work, tenant_id: str, series_id: str, changes: SeriesChanges, if_version: IfVersion = None
) -> EventSeries:
    """Change the members that `changes` names. The names of its editions stay: a change with a scope renames them.

    Raises:
        SeriesNotFound: 404. SeriesChanged: 412. SeriesExists: 409. NamePatternInvalid: 422.
    """
    series = get_series_for_update(work, tenant_id, series_id, if_version)
    before = snapshot(series)
    values: dict[str, Any] = changes.model_dump(exclude_unset=True)
    check_pattern(values.get("name_pattern", series.name_pattern))
    for name, value in values.items():
        setattr(series, name, value)
    _check_slug(work, series)
    if snapshot(series) == before:
        return series
    series.version += 1
    _flush(work, series)
    audit.record(work, tenant_id, SERIES_UPDATED, series.id, before=before, after=snapshot(series))
    return series


def delete_series(work: Work, tenant_id: str, series_id: str, if_version: IfVersion = None) -> None:
    """Delete a series. Its events stay, as events of no series; what was done to many of them can't be undone any more.

    Raises:
        SeriesNotFound: 404. SeriesChanged: 412.
    """
    series = get_series_for_update(work, tenant_id, series_id, if_version)
    before = snapshot(series)
    for row in (EventEdition, SeriesOperation):
        work.session.execute(delete(row).where(row.tenant_id == tenant_id, row.series_id == series_id))
    work.session.delete(series)
    work.session.flush()
    audit.record(work, tenant_id, SERIES_DELETED, series_id, before=before)


def _check_slug(work: Work, series: EventSeries) -> None:
    with work.session.no_autoflush:
        other = find_series_by_slug(work, series.tenant_id, series.slug)
    if other is not None and other.id != series.id:
        raise SeriesExists(slug=series.slug)


def _flush(work: Work, series: EventSeries) -> None:
    try:
        work.session.flush()
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        raise SeriesExists(slug=series.slug) from error
