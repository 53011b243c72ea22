"""Run and undo operations, in parts that each are one transaction of some hundredths of a second.

A part locks the operation's row, does items until its time is over, and writes in the same transaction which are done:
whatever ends the process, an item is done with its mark or not at all, and the next part of any process goes on there.
PostgreSQL passes over an operation that another process works on. What somebody does with the operation meanwhile
(pause, cancel) waits for the row, and so takes effect before the next part.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.domains.bulk.actions.action import BulkAction, BulkItem, ItemOutcome
from hub_sync.hub.domains.bulk.actions.catalogue import find_action
from hub_sync.hub.domains.bulk.engine import items, operations
from hub_sync.hub.domains.bulk.engine.rights import find_obstacle
from hub_sync.hub.domains.bulk.errors import (
    BulkActionUnknown,
    BulkItemDefect,
    BulkSwitchedOff,
)
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.errors import HubError, NotFound, PreconditionFailed
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.notifier import notify_after_commit
from hub_sync.hub.kit.stored_problems import problem_columns

PART_S, LONGEST_PART_S = 0.05, 0.2
"""Seconds for which a part holds the database's writer, and the event's feed, where others wait for them, and where nobody does."""
LEAST_ITEMS, MOST_ITEMS = 10, 1_000
"""The items that are read at once: between two such pages, and between two savepoints, a part ends if somebody waits."""
RIGHTS_S = 1.0
"""The rights of whoever runs an operation are looked at again after so many seconds."""
_SERVER_ERROR = 500
_LOST_DATABASE = (OperationalError, InterfaceError)

log = structlog.get_logger(__name__)


class OperationKey(NamedTuple):
    """Identifies an operation, and who runs it."""

    tenant_id: str
    event_id: str
    id: str
    actor: str


@dataclass
class _Pace:
    """Holds what a process remembers of an operation from part to part."""

    items: int = 50
    checked_at: float = float("-inf")


class _Result(NamedTuple):
    """The new status of an item, and the columns that it gets."""

    item: BulkItem
    status: BulkItemStatus
    columns: dict[str, Any]
    restores: bool = False


class OperationRunner:
    """Runs operations of all tenants, a part at a time."""

    def __init__(
        self,
        uow: UnitOfWork,
        part_s: float = PART_S,
        rights_s: float = RIGHTS_S,
        monotonic: Callable[[], float] = time.monotonic,
        is_waited_for: Callable[[], bool] = lambda: True,
    ) -> None:
        """Prepare.

        Args:
            uow: begins transactions.
            part_s: the seconds of a part.
            rights_s: the seconds between two looks at the rights.
            monotonic: the clock.
            is_waited_for: True while others wait for what a part holds; a part is longer (`LONGEST_PART_S`) as long as it is False.
        """
        self._uow, self._part_s, self._rights_s, self._monotonic = uow, part_s, rights_s, monotonic
        self._is_waited_for = is_waited_for
        self._paces: dict[str, _Pace] = {}

    def find_active(self) -> list[OperationKey]:
        """Return the operations that run, are undone or wait for it; whoever has waited longest comes first."""
        row = BulkOperation
        query = (
            select(row.tenant_id, row.event_id, row.id, row.requested_by)
            .where(row.status.in_(operations.ACTIVE))
            .order_by(row.updated_at)
        )
        with self._uow.look_up() as work:
            keys = [OperationKey(*each) for each in work.session.execute(query)]
        known = {key.id for key in keys}
        self._paces = {id_: pace for id_, pace in self._paces.items() if id_ in known}
        return keys

    def run_part(self, key: OperationKey) -> float:
        """Do the next items of an operation; return the seconds that it took, 0.0 if another process works on it."""
        started = self._monotonic()
        pace = self._paces.setdefault(key.id, _Pace())
        with self._uow.begin(actor=key.actor, operation_id=key.id) as work:
            operation = _lock(work, key)
            if operation is None:
                return 0.0
            action = self._check(work, operation, pace, started)
            if action is None:
                return self._monotonic() - started
            results, is_over = self._work_off(work, operation, action, pace.items, started)
        if is_over:
            self._finish(key)
        took = self._monotonic() - started
        pace.items = self._next_items(len(results), took)
        return took

    def _next_items(self, done: int, took: float) -> int:
        """Return how many items the next part reads first: about as many as it can do in its time, at most twice as many as the last did."""
        fitting = done * self._limit_s() / took if took > 0 else MOST_ITEMS
        return max(LEAST_ITEMS, min(MOST_ITEMS, done * 2, round(fitting)))

    def _limit_s(self) -> float:
        """Return the seconds after which a part takes no more items."""
        return self._part_s if self._is_waited_for() else max(self._part_s, LONGEST_PART_S)

    def _check(self, work: Work, operation: BulkOperation, pace: _Pace, now: float) -> BulkAction | None:
        """Return the action of an operation that may go on; one that may not is stopped."""
        if operation.status is BulkOperationStatus.QUEUED:
            operation.status = BulkOperationStatus.RUNNING
            operation.started_at = operation.started_at or work.now()
            work.session.flush()
        action = find_action(operation.action)
        if action is None:
            operations.stop(work, operation, BulkActionUnknown(action=operation.action, allowed=[]))
            return None
        if now - pace.checked_at >= self._rights_s:
            obstacle = find_obstacle(work, operation, action)
            if obstacle is not None:
                operations.stop(work, operation, obstacle, pause=isinstance(obstacle, BulkSwitchedOff))
                return None
            pace.checked_at = now
        return action

    def _work_off(
        self, work: Work, operation: BulkOperation, action: BulkAction, page: int, started: float
    ) -> tuple[list[_Result], bool]:
        """Do items until the part's time is over; return their results, and True if no item is left.

        Where nobody waits, the part reads one page of items after the other: each transaction has a cost of its own.
        """
        undoes = operation.status is BulkOperationStatus.UNDOING
        status = BulkItemStatus.DONE if undoes else BulkItemStatus.PENDING
        work.session.expunge(operation)  # a savepoint that is rolled back would make its columns void
        results: list[_Result] = []
        while todo := items.next_items(work, operation, status, page):
            results += self._do(work, operation, action, todo, started)
            if self._is_waited_for() or self._is_over(started):
                break
            page = min(MOST_ITEMS, page * 2)
        if results:
            work.session.add(operation)
            _count(operation, results)
            notify_after_commit(work.session, FeedKey(operation.tenant_id, operation.event_id))
        return results, not todo

    def _do(
        self,
        work: Work,
        operation: BulkOperation,
        action: BulkAction,
        todo: Sequence[BulkItem],
        started: float,
    ) -> list[_Result]:
        """Do items until the part's time is over, and store which were done."""
        action.lock(work, operation, todo)
        change_feed.lock(work.session, FeedKey(operation.tenant_id, operation.event_id))
        results: list[_Result] = []
        while len(results) < len(todo) and (not results or not self._is_over(started)):
            some = todo[len(results) : len(results) + action.at_once]
            results += _attempt(work, operation, action, some)
        items.update_items(work, operation.tenant_id, [_row(result) for result in results])
        items.note_restored(work, operation.tenant_id, _restored(results), operation.id)
        return results

    def _is_over(self, started: float) -> bool:
        return self._monotonic() - started >= self._limit_s()

    def _finish(self, key: OperationKey) -> None:
        """End an operation that has nothing left to do."""
        with self._uow.begin(actor=key.actor) as work:
            operation = _lock(work, key)
            if operation is None:
                return
            action = find_action(operation.action)
            counts = items.count_by_status(work, operation)
            undoes = operation.status is BulkOperationStatus.UNDOING
            if counts.get(BulkItemStatus.DONE if undoes else BulkItemStatus.PENDING):
                return
            if action is not None and not undoes and not operation.dry_run:
                action.finish(work, operation)
            operations.finish(work, operation, counts)


def _lock(work: Work, key: OperationKey) -> BulkOperation | None:
    """Lock the row of an operation that has something to do, unless another process holds it or somebody else runs it now."""
    query = (
        select(BulkOperation)
        .where(BulkOperation.tenant_id == key.tenant_id, BulkOperation.id == key.id)
        .with_for_update(skip_locked=True)
    )
    operation = work.session.scalars(query).one_or_none()
    if operation is None or operation.status not in operations.ACTIVE or operation.requested_by != key.actor:
        return None
    return operation


def _attempt(
    work: Work, operation: BulkOperation, action: BulkAction, some: Sequence[BulkItem]
) -> list[_Result]:
    """Do items in one savepoint; if one of them fails, each in its own.

    Raises:
        OperationalError, HubError (5xx): the database can't go on; the part is rolled back, and done again later.
    """
    savepoint = work.session.begin_nested()
    try:
        outcomes = _outcomes(work, operation, action, some)
        work.session.flush()
    except Exception as error:
        savepoint.rollback()
        work.session.expunge_all()
        if isinstance(error, _LOST_DATABASE) or (
            isinstance(error, HubError) and error.status >= _SERVER_ERROR
        ):
            raise
        if len(some) > 1:
            return [result for item in some for result in _attempt(work, operation, action, [item])]
        if isinstance(error, HubError) and not operation.dry_run:
            for act in error.after_rollback:
                act(work)
        return [_failure(operation, some[0], error)]
    if operation.dry_run:
        savepoint.rollback()
        work.session.expunge_all()
    else:
        savepoint.commit()
    return [_success(item, outcome) for item, outcome in zip(some, outcomes, strict=True)]


def _outcomes(
    work: Work, operation: BulkOperation, action: BulkAction, some: Sequence[BulkItem]
) -> Sequence[ItemOutcome]:
    if operation.status is BulkOperationStatus.UNDOING:
        return [action.undo(work, operation, item) for item in some]
    return action.apply_many(work, operation, some)


def _success(item: BulkItem, outcome: ItemOutcome) -> _Result:
    columns: dict[str, Any] = {"result_version": outcome.result_version}
    if outcome.target_id is not None:
        columns["target_id"] = outcome.target_id
    if outcome.before is not None:
        columns["before"] = dict(outcome.before)
    if outcome.reason is not None:
        columns |= problem_columns(outcome.reason)
    restores = outcome.status is BulkItemStatus.UNDONE and outcome.restores
    return _Result(item, outcome.status, columns, restores)


def _failure(operation: BulkOperation, item: BulkItem, error: Exception) -> _Result:
    status = BulkItemStatus.FAILED
    if operation.status is BulkOperationStatus.UNDOING:
        status = BulkItemStatus.UNDO_CONFLICT
    elif isinstance(error, NotFound | PreconditionFailed):
        status = BulkItemStatus.CONFLICT
    if not isinstance(error, HubError):
        log.error("bulk_item_failed", operation=operation.id, item=item.id, exc_info=error)
        error = BulkItemDefect()
    return _Result(item, status, problem_columns(error))


def _restored(results: Sequence[_Result]) -> dict[str, tuple[int, int]]:
    """Return the versions, before the item and now, of the targets that an undo has made again what they were."""
    versions: dict[str, tuple[int, int]] = {}
    for result in results:
        target, before = result.item.target_id, result.item.target_version
        now = result.columns.get("result_version")
        if (
            result.restores
            and target is not None
            and before is not None
            and now is not None
            and now != before
        ):
            versions[target] = (before, now)
    return versions


def _row(result: _Result) -> dict[str, Any]:
    return {"id": result.item.id, "status": result.status, **result.columns}


def _count(operation: BulkOperation, results: Sequence[_Result]) -> None:
    """Add items to the operation's figures."""
    counters = {
        BulkItemStatus.DONE: "succeeded",
        BulkItemStatus.SKIPPED: "skipped",
        BulkItemStatus.FAILED: "failed",
        BulkItemStatus.CONFLICT: "conflicts",
        BulkItemStatus.UNDONE: "undone",
        BulkItemStatus.UNDO_CONFLICT: "undo_conflicts",
    }
    for status, count in Counter(result.status for result in results).items():
        name = counters[status]
        setattr(operation, name, getattr(operation, name) + count)
