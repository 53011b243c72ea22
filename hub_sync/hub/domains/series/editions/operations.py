"""What is done to many editions at once: stored, listed, found, and carried on a part at a time.

A part is a transaction of some tenths of a second, which does a few editions and notes in the operation's row which: whatever ends the
process, an edition is done with its note or not at all, and the job goes on there. What fits into one part is done by whoever asks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Select, select

from hub_sync.hub.domains.series.editions_manifest import SeriesOperationQueued
from hub_sync.hub.domains.series.errors import SeriesOperationNotFound, SeriesOperationUndone
from hub_sync.hub.domains.series.tables import (
    EventSeries,
    SeriesItemStatus,
    SeriesOperation,
    SeriesOperationKind,
    SeriesOperationStatus,
    state_of,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.stored_problems import problem_columns

Status, State = SeriesOperationStatus, SeriesItemStatus
Result = Mapping[str, Any]
"""What became of an edition: `state`, its number and name, and what its kind of operation needs."""
DoPart = Callable[[Work, EventSeries, SeriesOperation, Sequence[Result]], Sequence[Result]]
"""(work, locked series, operation, some of its results) → the same, done or taken back, each with its new `state`."""


@dataclass(frozen=True, slots=True)
class SeriesAct:
    """A kind of operation.

    Attributes:
        do: does some editions.
        undo: takes some back; raises `SeriesUndoBlocked` if one of them was changed.
        finish: called once all are done.
        finish_undo: called once all are taken back.
        undo_part: the part of a part that an undo does, which may cost more than the act.
    """

    do: DoPart
    undo: DoPart
    finish: Callable[[Work, EventSeries, SeriesOperation], None] = lambda _work, _series, _operation: None
    finish_undo: Callable[[Work, EventSeries, SeriesOperation], None] = lambda _work, _series, _operation: (
        None
    )
    undo_part: float = 1.0


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
    """Raise if an operation was taken back, or is about to be.

    Raises:
        SeriesOperationUndone: 409.
    """
    if operation.status in (Status.UNDOING, Status.UNDONE):
        raise SeriesOperationUndone


def add_operation(
    work: Work,
    series: EventSeries,
    kind: SeriesOperationKind,
    source_event_id: str,
    options: BaseModel,
    results: Sequence[Result],
    **columns: Any,
) -> SeriesOperation:
    """Store an operation of which nothing is done yet."""
    operation = SeriesOperation(
        tenant_id=series.tenant_id,
        id=work.new_id(),
        series_id=series.id,
        source_event_id=source_event_id,
        kind=kind,
        options=options.model_dump(mode="json", exclude_unset=True),
        results=[{**result, "state": State.PENDING.value} for result in results],
        status=Status.PLANNED,
        requested_by=work.actor,
        **columns,
    )
    work.session.add(operation)
    work.session.flush()
    return operation


def results_in(operation: SeriesOperation, state: SeriesItemStatus) -> list[Result]:
    """Return the results that are in a state, in their order."""
    return [result for result in operation.results if state_of(result) is state]


def carry_on(work: Work, series: EventSeries, operation: SeriesOperation, act: SeriesAct) -> None:
    """Do what is left of an operation if it fits into this transaction; otherwise leave all of it to the job."""
    undoes = operation.status is Status.UNDOING
    left = results_in(operation, State.DONE if undoes else State.PENDING)
    if len(left) <= _size(operation, act):
        do_part(work, series, operation, act)
    else:
        domain_events.emit(work, series.tenant_id, SeriesOperationQueued(entity_id=operation.id))


def do_part(work: Work, series: EventSeries, operation: SeriesOperation, act: SeriesAct) -> None:
    """Do the next editions of an operation, and finish it once none is left. The last that was made is taken back first."""
    undoes = operation.status is Status.UNDOING
    left = results_in(operation, State.DONE if undoes else State.PENDING)
    size = _size(operation, act)
    if undoes:
        some = left[::-1][:size]
        replace_results(operation, some, act.undo(work, series, operation, some))
    else:
        operation.status = Status.RUNNING
        some = left[:size]
        replace_results(operation, some, act.do(work, series, operation, some))
    if len(some) < len(left):
        work.session.flush()
        return
    operation.ended_at = work.now()
    for name, value in problem_columns(None).items():
        setattr(operation, name, value)
    if undoes:
        operation.status, operation.undone_at = Status.UNDONE, work.now()
        act.finish_undo(work, series, operation)
    else:
        operation.status = Status.COMPLETED
        act.finish(work, series, operation)
    work.session.flush()


def drop_pending(operation: SeriesOperation) -> None:
    """Note that what was not done yet won't be."""
    pending = results_in(operation, State.PENDING)
    replace_results(operation, pending, [with_state(result, State.LEFT) for result in pending])


def with_state(result: Result, state: SeriesItemStatus, **values: Any) -> Result:
    """Return a result in another state, and with other values."""
    return {**result, **values, "state": state.value}


def _size(operation: SeriesOperation, act: SeriesAct) -> int:
    return max(1, int(operation.part_size * (act.undo_part if operation.status is Status.UNDOING else 1.0)))


def replace_results(operation: SeriesOperation, before: Sequence[Result], after: Sequence[Result]) -> None:
    """Put results in the place of those before."""
    new = {old["number"]: result for old, result in zip(before, after, strict=True)}
    operation.results = [dict(new.get(result["number"], result)) for result in operation.results]
