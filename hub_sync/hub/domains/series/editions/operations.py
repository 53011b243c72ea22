"""What was done to many editions at once: stored, listed and found."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Select, select

from hub_sync.hub.domains.series.errors import SeriesOperationNotFound, SeriesOperationUndone
from hub_sync.hub.domains.series.tables import EventSeries, SeriesOperation, SeriesOperationKind
from hub_sync.hub.kit.db.unit_of_work import Work


def operations_of(tenant_id: str, series_id: str) -> Select[SeriesOperation]:
    """Return the query of the operations of a series."""
    o = SeriesOperation
    return select(o).where(o.tenant_id == tenant_id, o.series_id == series_id)


def get_operation(work: Work, tenant_id: str, series_id: str, operation_id: str) -> SeriesOperation:
    """Return an operation of a series.

    Raises:
        SeriesOperationNotFound: 404.
    """
    operation = work.session.scalar(
        operations_of(tenant_id, series_id).where(SeriesOperation.id == operation_id)
    )
    if operation is None:
        raise SeriesOperationNotFound
    return operation


def require_not_undone(operation: SeriesOperation) -> None:
    """Raise if an operation was taken back.

    Raises:
        SeriesOperationUndone: 409.
    """
    if operation.undone_at is not None:
        raise SeriesOperationUndone


def add_operation(
    work: Work,
    series: EventSeries,
    operation_id: str,
    kind: SeriesOperationKind,
    source_event_id: str,
    options: BaseModel,
    results: Sequence[dict[str, Any]],
) -> SeriesOperation:
    """Store an operation."""
    operation = SeriesOperation(
        tenant_id=series.tenant_id,
        id=operation_id,
        series_id=series.id,
        source_event_id=source_event_id,
        kind=kind,
        options=options.model_dump(mode="json", exclude_unset=True),
        results=list(results),
        requested_by=work.actor,
    )
    work.session.add(operation)
    work.session.flush()
    return operation
