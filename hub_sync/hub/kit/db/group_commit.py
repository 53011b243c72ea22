"""Changes of many callers in one transaction (group commit): those that come while another one commits share the next.

    answer = hub.group_commit.run(feed_key, GroupedChange(row=(device_id,), payload=push, together=store_all, alone=store_one))

Nobody waits for company: a change that comes alone is a transaction of its own. But where all lock the same row, as a push locks its
event's feed, they queue anyway. On PostgreSQL each of them then had the row while its thread waited for Python's lock; on SQLite each
waited for a `fsync` of its own. The caller whose turn it is stores the changes of all who wait, with statements that they share, and each
gets its own result or error after the commit.

A change that raises is undone with all others of its transaction, which then run without it, and it runs alone: no caller learns of the
fault of another.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from hub_sync.hub.kit.db.database import DatabaseBusy, StorageFull
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work

MOST_SIZE = 200
"""The greatest sum of the sizes of a transaction's changes: who comes later must not wait for too many."""
_NOT_USABLE = (OperationalError, InterfaceError, DatabaseBusy, StorageFull)
"""Errors of the database that each change would get alone, too."""
P = TypeVar("P")
R = TypeVar("R")
T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass
class GroupedChange(Generic[P, R]):
    """A change that may share its transaction.

    `together` stores changes in the transaction of the first one's work, and returns the result of each, in their order. All changes of a
    key have the same. `alone` is the whole change in a transaction of its own. Both may be called more than once.
    """

    row: tuple[str, ...]
    """The row that it locks; two changes of the same are never in one transaction."""
    payload: P
    together: Callable[[Sequence["GroupPart[P]"]], Sequence[R]]
    alone: Callable[[Work], R]
    actor: str = "system"
    size: int = 1
    cpu_s: float = 0.0
    """The CPU time that it took, without the commit: its own, and its share, by its size, of what was done for all of its transaction."""


@dataclass(eq=False)
class GroupPart(Generic[P]):
    """One of the changes that share a transaction."""

    payload: P
    work: Work
    """The transaction, with the change's own actor."""
    context: Context
    cpu_s: float = 0.0
    has_failed: bool = False

    def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run what concerns this change alone: its error is this change's, its CPU time counts for it, and its log lines name its request."""
        began = time.thread_time()
        try:
            return self.context.run(function, *arguments)
        except Exception:
            self.has_failed = True
            raise
        finally:
            self.cpu_s += time.thread_time() - began


@dataclass(eq=False)
class _Submission:
    """A change that waits for its transaction, and what became of it."""

    change: GroupedChange[Any, Any]
    context: Context = field(default_factory=copy_context)
    """The context variables of its caller: what it logs names its own request."""
    woken: threading.Event = field(default_factory=threading.Event)
    is_over: bool = False
    result: Any = None
    error: BaseException | None = None


class GroupCommit:
    """The changes of a process that wait for a transaction, by a key: only those of the same key share one."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._lock = threading.Lock()
        self._waiting: defaultdict[Hashable, list[_Submission]] = defaultdict(list)
        self._led: set[Hashable] = set()

    def run(self, key: Hashable, change: GroupedChange[P, R]) -> R:
        """Run a change in a transaction, and return its result once that has committed.

        Raises:
            what `change.alone` raises; DatabaseBusy, StorageFull: 503.
        """
        call = _Submission(change)
        with self._lock:
            self._waiting[key].append(call)
            leads = key not in self._led
            self._led.add(key)
        if not leads:
            call.woken.wait()
        if not call.is_over:
            self._lead(key, call)
        try:
            if call.error is not None:
                raise call.error
            result: R = call.result
            return result
        finally:
            del call  # its error's traceback has this frame

    def count_waiting(self, key: Hashable) -> int:
        """Return the number of changes whose transaction has not begun."""
        with self._lock:
            return len(self._waiting.get(key, ()))

    def _lead(self, key: Hashable, own: _Submission) -> None:
        """Run the caller's change with those that wait, and let the first of those that came meanwhile lead the next group."""
        with self._lock:
            group = self._take(key)
        try:
            self._run_group(group)
        finally:
            with self._lock:
                waiting = self._waiting.get(key)
                if waiting:
                    waiting[0].woken.set()
                else:
                    self._waiting.pop(key, None)
                    self._led.discard(key)
            for call in group:
                if not call.is_over:  # this thread is being ended
                    call.is_over, call.error = (
                        True,
                        call.error or RuntimeError("the transaction was abandoned"),
                    )
                if call is not own:
                    call.woken.set()

    def _take(self, key: Hashable) -> list[_Submission]:
        """Take the first of those that wait, and others that fit beside it. Holds the lock."""
        group: list[_Submission] = []
        rest: list[_Submission] = []
        rows: set[tuple[str, ...]] = set()
        size = 0
        for call in self._waiting[key]:
            change = call.change
            if not group or (change.row not in rows and size + change.size <= MOST_SIZE):
                group.append(call)
                rows.add(change.row)
                size += change.size
            else:
                rest.append(call)
        self._waiting[key] = rest
        return group

    def _run_group(self, group: Sequence[_Submission]) -> None:
        together = sorted(group, key=lambda call: call.change.row)
        alone: list[_Submission] = []
        while len(together) > 1:
            failed = self._run_together(together)
            alone += failed
            if not failed:
                break
            together = [call for call in together if call not in failed]
        else:
            alone += together
        for call in alone:
            if not call.is_over:
                self._run_alone(call)

    def _run_together(self, calls: Sequence[_Submission]) -> Sequence[_Submission]:
        """Run changes in one transaction; return those that must run alone, where nothing was stored of any."""
        parts: list[GroupPart[Any]] = []
        began = time.thread_time()
        try:
            with self._uow.begin() as work:
                parts += [
                    GroupPart(call.change.payload, replace(work, actor=call.change.actor), call.context)
                    for call in calls
                ]
                try:
                    results = calls[0].change.together(parts)
                finally:
                    _share_time(calls, parts, time.thread_time() - began)
        except _NOT_USABLE as error:
            for call in calls:
                call.error, call.is_over = error, True
            return calls
        except Exception as error:  # noqa: BLE001 - whose fault it is, its own transaction shows
            log.info("grouped_change_failed", error=type(error).__name__, changes=len(calls))
            failed = [call for call, part in zip(calls, parts, strict=False) if part.has_failed]
            return failed or calls
        for call, result in zip(calls, results, strict=True):
            call.result, call.is_over = result, True
        return []

    def _run_alone(self, call: _Submission) -> None:
        began = time.thread_time()
        try:
            with self._uow.begin(actor=call.change.actor) as work:
                try:
                    call.result = call.context.run(call.change.alone, work)
                finally:
                    call.change.cpu_s += time.thread_time() - began
        except Exception as error:  # noqa: BLE001 - it is the caller's
            call.error = error
        call.is_over = True


def _share_time(calls: Sequence[_Submission], parts: Sequence[GroupPart[Any]], spent_s: float) -> None:
    """Count for each change its own CPU time, and its share of what was spent for all."""
    common_s = spent_s - sum(part.cpu_s for part in parts)
    size = sum(call.change.size for call in calls)
    for call, part in zip(calls, parts, strict=True):
        call.change.cpu_s += part.cpu_s + common_s * call.change.size / max(1, size)
