"""Take back what was done to many editions at once."""

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.series.editions.change_runs import undo_change
from hub_sync.hub.domains.series.editions.operations import get_operation, require_not_undone
from hub_sync.hub.domains.series.editions.recurrence_runs import undo_recurrence
from hub_sync.hub.domains.series.editions.series import get_series_for_update
from hub_sync.hub.domains.series.editions_manifest import OPERATION_UNDONE
from hub_sync.hub.domains.series.tables import SeriesOperation, SeriesOperationKind
from hub_sync.hub.kit.db.unit_of_work import Work


def undo_operation(work: Work, tenant_id: str, series_id: str, operation_id: str) -> SeriesOperation:
    """Take an operation back as a whole, as long as nothing was added or changed since.

    Raises:
        SeriesNotFound, SeriesOperationNotFound: 404. SeriesOperationUndone, SeriesUndoBlocked: 409.
    """
    series = get_series_for_update(work, tenant_id, series_id)
    operation = get_operation(work, tenant_id, series_id, operation_id)
    require_not_undone(operation)
    undo = undo_recurrence if operation.kind is SeriesOperationKind.RECURRENCE else undo_change
    undo(work, series, operation)
    operation.undone_at, operation.undone_by = work.now(), work.actor
    work.session.flush()
    audit.record(work, tenant_id, OPERATION_UNDONE, operation.id, after={"series_id": series_id})
    return operation
