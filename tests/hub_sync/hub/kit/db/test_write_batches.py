"""Batches: one transaction for what many callers leave, which waits while the database can't be written."""

import operator
import threading
from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from structlog.testing import capture_logs

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.db.write_batches import BatchKind, WriteBatches
from hub_sync.hub.kit.http.context import HubContext

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
LONG_S = 3600.0


class Stored:
    """The batches that a kind's `write` got; its errors are raised first."""

    def __init__(self) -> None:
        self.batches: list[dict[str, int]] = []
        self.errors: list[Exception] = []
        self.refused: set[str] = set()
        self.written = threading.Event()
        self.kind = BatchKind[str, int]("numbers", merge=operator.add, write=self._write)

    def _write(self, work: Work, values: Mapping[str, int]) -> None:
        work.session.execute(text("SELECT 1"))
        if self.errors:
            raise self.errors.pop()
        if self.refused & set(values):
            raise IntegrityError("INSERT", {}, Exception("a constraint"))
        self.batches.append(dict(values))
        self.written.set()


@pytest.fixture
def stored() -> Stored:
    return Stored()


@pytest.fixture
def transactions(hub: HubContext) -> Iterator[list[object]]:
    """Yield a list with an item for each writing transaction."""
    begun: list[object] = []

    def note(connection: object) -> None:
        begun.append(connection)

    event.listen(hub.uow.database.engine, "begin", note)
    yield begun
    event.remove(hub.uow.database.engine, "begin", note)


def test_what_many_callers_leave_is_one_transaction_and_one_value_a_key(
    hub: HubContext, stored: Stored, transactions: list[object]
) -> None:
    batches = WriteBatches(hub.uow, LONG_S)
    with batches.running():
        for number in range(100):
            batches.add(stored.kind, f"key-{number % 4}", 1)
        assert (stored.batches, transactions) == ([], [])
        assert batches.flush()
        assert batches.flush(), "there is nothing more"
    assert stored.batches == [{f"key-{number}": 25 for number in range(4)}]
    assert len(transactions) == 1


def test_the_thread_stores_by_itself_and_the_end_stores_the_rest(hub: HubContext, stored: Stored) -> None:
    batches = WriteBatches(hub.uow, 0.01)
    with batches.running():
        batches.add(stored.kind, "a", 1)
        assert stored.written.wait(20)
    late = WriteBatches(hub.uow, LONG_S)
    with late.running():
        late.add(stored.kind, "b", 1)
    assert stored.batches == [{"a": 1}, {"b": 1}]


@pytest.mark.parametrize("interval_s", [0.0, LONG_S])
def test_without_an_interval_or_a_thread_each_value_is_stored_at_once(
    hub: HubContext, stored: Stored, interval_s: float
) -> None:
    WriteBatches(hub.uow, interval_s).add(stored.kind, "a", 1)
    assert stored.batches == [{"a": 1}]


def test_a_batch_that_fails_waits_with_what_comes_meanwhile_and_is_logged_once(
    hub: HubContext, stored: Stored
) -> None:
    stored.errors = [OperationalError("UPDATE", {}, Exception("database is locked")) for _ in range(2)]
    batches = WriteBatches(hub.uow, LONG_S)
    with batches.running(), capture_logs() as log_entries:
        batches.add(stored.kind, "a", 1)
        assert not batches.flush()
        batches.add(stored.kind, "a", 2)
        batches.add(stored.kind, "b", 4)
        assert not batches.flush()
        assert batches.flush()
    assert stored.batches == [{"a": 3, "b": 4}]
    assert [entry["event"] for entry in log_entries] == ["batch_not_stored"]


def test_a_value_that_the_database_does_not_take_keeps_no_other_out(hub: HubContext, stored: Stored) -> None:
    stored.refused = {"b"}
    batches = WriteBatches(hub.uow, LONG_S)
    with batches.running(), capture_logs() as log_entries:
        for key in "abc":
            batches.add(stored.kind, key, 1)
        assert batches.flush()
    assert stored.batches == [{"a": 1}, {"c": 1}]
    assert [entry["event"] for entry in log_entries] == ["value_not_stored"]
