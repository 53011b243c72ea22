"""Take back what was done to many editions at once, and go on with what has stopped in the middle."""

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.series.editions import change_runs, recurrence_runs
from hub_sync.hub.domains.series.editions.change_runs import CHANGE_ACT
from hub_sync.hub.domains.series.editions.operations import (
    SeriesAct,
    State,
    Status,
    carry_on,
    drop_pending,
    get_operation,
    require_not_undone,
    results_in,
)
from hub_sync.hub.domains.series.editions.recurrence_runs import RECURRENCE_ACT
from hub_sync.hub.domains.series.editions.series import get_series_for_update
from hub_sync.hub.domains.series.editions_manifest import OPERATION_RESUMED, OPERATION_UNDONE
from hub_sync.hub.domains.series.errors import SeriesNothingLeft
from hub_sync.hub.domains.series.tables import EventSeries, SeriesOperation, SeriesOperationKind
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.stored_problems import problem_columns

_IS_RECURRENCE = SeriesOperationKind.RECURRENCE


def act_of(operation: SeriesOperation) -> SeriesAct:
    """Return how editions of an operation are made or changed, and taken back."""
    return RECURRENCE_ACT if operation.kind is _IS_RECURRENCE else CHANGE_ACT


def undo_operation(
    work: Work, tenant_id: str, series_id: str, operation_id: str, owner: str = ""
) -> SeriesOperation:
    """Begin to take an operation back as a whole, also one that is under way or has stopped in the middle.

    What fits into one transaction is taken back; otherwise the job looks at all editions first, and then takes them back.

    Raises:
        SeriesNotFound, SeriesOperationNotFound: 404. SeriesOperationUndone: 409.
        SeriesUndoBlocked: something was added or changed since (409).
        SeriesBusy: another operation is under way (409).
    """
    series = get_series_for_update(work, tenant_id, series_id, also=operation_id)
    operation = get_operation(work, tenant_id, series_id, operation_id)
    require_not_undone(operation)
    drop_pending(operation)
    operation.status = Status.UNDOING
    operation.undone_by, operation.owner = work.actor, owner
    _clear_problem(operation)
    audit.record(work, tenant_id, OPERATION_UNDONE, operation.id, after={"series_id": series_id})
    carry_on(work, series, operation, act_of(operation))
    return operation


def resume_operation(
    work: Work, tenant_id: str, series_id: str, operation_id: str, owner: str = ""
) -> SeriesOperation:
    """Go on with an operation that has stopped in the middle: with the source, or the editions, as they are now.

    Raises:
        SeriesNotFound, SeriesOperationNotFound: 404. SeriesNothingLeft, SeriesBusy: 409.
        SeriesPlanBlocked: the source can't be copied as it is (422). All that `plan_clone` raises.
    """
    series = get_series_for_update(work, tenant_id, series_id)
    operation = get_operation(work, tenant_id, series_id, operation_id)
    if not can_resume(operation):
        raise SeriesNothingLeft
    accept = recurrence_runs.accept_source if operation.kind is _IS_RECURRENCE else change_runs.accept_states
    accept(work, series, operation)
    operation.status = Status.PLANNED
    operation.requested_by, operation.owner = work.actor, owner
    _clear_problem(operation)
    audit.record(work, tenant_id, OPERATION_RESUMED, operation.id, after={"series_id": series_id})
    carry_on(work, series, operation, act_of(operation))
    return operation


def can_resume(operation: SeriesOperation) -> bool:
    """Return True if an operation has stopped in the middle."""
    return operation.status is Status.FAILED and bool(results_in(operation, State.PENDING))


def find_undo_obstacles(work: Work, series: EventSeries, operation: SeriesOperation) -> list[str]:
    """Return the editions that can't be taken back, since something was added or changed."""
    find = recurrence_runs.find_undo_obstacles
    return (find if operation.kind is _IS_RECURRENCE else change_runs.find_undo_obstacles)(
        work, series, operation
    )


def _clear_problem(operation: SeriesOperation) -> None:
    operation.ended_at = None
    for name, value in problem_columns(None).items():
        setattr(operation, name, value)
