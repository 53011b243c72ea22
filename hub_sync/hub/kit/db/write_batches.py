"""Writes of many callers in one transaction: for what may be stored a moment after its caller has gone on.

    CALLS = BatchKind("station calls", merge=newest, write=store_calls)
    hub.write_batches.add(CALLS, device_id, call)       # returns at once; `store_calls` gets it with all others

A transaction costs more than what most of them write, and SQLite has one writer. What waits is lost if the process is killed, so
nothing may wait that a caller was promised. A batch that can't be stored waits for the next one.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work

K = TypeVar("K")
V = TypeVar("V")
RETRY_S = 5.0
"""Seconds until the next try after a batch that could not be stored, as on a full disk."""
_UNSTORABLE = (DataError, IntegrityError)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class BatchKind(Generic[K, V]):
    """A kind of values that are stored together.

    `merge(earlier, later)` returns the one value for two of a key. `write` stores values in a transaction; it must bear a second call.
    """

    name: str
    merge: Callable[[V, V], V]
    write: Callable[[Work, Mapping[K, V]], None]


class WriteBatch(Generic[K, V]):
    """The values of one kind that are not stored yet."""

    def __init__(self, uow: UnitOfWork, kind: BatchKind[K, V]) -> None:
        self._uow, self._kind = uow, kind
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._pending: dict[K, V] = {}
        self._failed = False

    def add(self, key: K, value: V) -> None:
        """Add a value, without blocking."""
        with self._lock:
            self._put(key, value)

    def flush(self) -> bool:
        """Store what waits; return False if that failed: it then waits for the next flush."""
        with self._flushing:  # one after the other, so that a later value is not stored before an earlier one
            with self._lock:
                taken, self._pending = self._pending, {}
            if not taken:
                return True
            try:
                self._store(taken)
            except Exception as error:  # noqa: BLE001 - a busy database must not end the writer; the next batch tries again
                self._keep(taken)
                if not self._failed:
                    log.warning("batch_not_stored", kind=self._kind.name, error=type(error).__name__)
                self._failed = True
                return False
            self._failed = False
            return True

    def _store(self, taken: dict[K, V]) -> None:
        try:
            self._write(taken)
        except _UNSTORABLE:
            self._store_singly(taken)

    def _store_singly(self, taken: dict[K, V]) -> None:
        """Store each value alone, and drop the one that the database does not take: it would keep all others out, too."""
        for key, value in list(taken.items()):
            try:
                self._write({key: value})
            except _UNSTORABLE:
                log.exception("value_not_stored", kind=self._kind.name)
            del taken[key]

    def _write(self, values: Mapping[K, V]) -> None:
        with self._uow.begin() as work:
            self._kind.write(work, values)

    def _keep(self, taken: dict[K, V]) -> None:
        with self._lock:
            later, self._pending = self._pending, taken
            for key, value in later.items():
                self._put(key, value)

    def _put(self, key: K, value: V) -> None:
        pending = self._pending
        pending[key] = self._kind.merge(pending[key], value) if key in pending else value


class WriteBatches:
    """The batches of a process, stored by a thread of its own. While that does not run, each value is stored at once."""

    def __init__(self, uow: UnitOfWork, interval_s: float) -> None:
        """Take the seconds for which values are collected; 0: none are."""
        self._uow, self._interval_s = uow, interval_s
        self._lock = threading.Lock()
        self._batches: dict[str, WriteBatch[Any, Any]] = {}
        self._waiting, self._over = threading.Event(), threading.Event()
        self._running = False

    def add(self, kind: BatchKind[K, V], key: K, value: V) -> None:
        """Store a value with the next batch."""
        batch = self._batch(kind)
        batch.add(key, value)
        if self._running and self._interval_s:
            self._waiting.set()
        else:
            batch.flush()

    def flush(self) -> bool:
        """Store what waits; return False if some of it waits for the next flush."""
        with self._lock:
            batches = list(self._batches.values())
        failed = [batch for batch in batches if not batch.flush()]
        return not failed

    @contextmanager
    def running(self) -> Iterator[None]:
        """Collect and store until the block ends; what waits then is stored at its end."""
        self._over.clear()
        thread = threading.Thread(target=self._run, name="write-batches", daemon=True)
        self._running = True
        thread.start()
        try:
            yield
        finally:
            self._running = False
            self._over.set()
            self._waiting.set()
            thread.join()
            self.flush()

    def _batch(self, kind: BatchKind[K, V]) -> WriteBatch[K, V]:
        with self._lock:
            if kind.name not in self._batches:
                self._batches[kind.name] = WriteBatch(self._uow, kind)
            return self._batches[kind.name]

    def _run(self) -> None:
        while not self._over.is_set():
            self._waiting.wait()
            if self._over.wait(self._interval_s):
                return
            self._waiting.clear()
            if not self.flush():
                self._over.wait(RETRY_S)
                self._waiting.set()
