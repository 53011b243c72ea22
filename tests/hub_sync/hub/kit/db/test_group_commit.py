"""Group commit: who comes while another one's transaction runs shares the next one, and no one pays for the fault of another."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from hub_sync.hub.kit.db.group_commit import MOST_SIZE, GroupCommit, GroupedChange, GroupPart
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.context import HubContext
from tests.support.waiting import eventually

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
KEY = "an event"
CALLER: ContextVar[str] = ContextVar("CALLER", default="")


Change = GroupedChange[Callable[[Work], str], str]


def _store_all(parts: Sequence[GroupPart[Callable[[Work], str]]]) -> Sequence[str]:
    stored = [part.run(part.payload, part.work) for part in parts]
    return [f"{each} with {len(parts) - 1}" for each in stored]


class Fleet:
    """Changes of many stations that were handed in while a first one had the transaction."""

    def __init__(self, hub: HubContext) -> None:
        self.group = GroupCommit(hub.uow)
        self.transactions: list[list[str]] = []
        """What each committed transaction has stored."""
        self.current: list[str] = []
        event.listen(hub.uow.database.engine, "begin", lambda _: self.current.clear())
        event.listen(hub.uow.database.engine, "commit", lambda _: self.transactions.append([*self.current]))

    def change(self, name: str, fault: Callable[[], Exception] | None = None, size: int = 1) -> Change:
        def store(work: Work) -> str:
            self._begin(work)
            if fault is not None:
                raise fault()
            self.current.append(name)
            return f"{name} by {work.actor} of {CALLER.get()}"

        row = (name.partition("#")[0],)
        return GroupedChange(row, store, _store_all, store, actor=f"actor {name}", size=size)

    def run_behind_a_first(self, changes: list[Change]) -> list[Future[str]]:
        """Run changes that all wait before the first transaction of the key ends; return their results."""
        may_end = threading.Event()

        def hold(work: Work) -> str:
            self._begin(work)
            self.current.append("first")
            may_end.wait(60)
            return ""

        first = Change(("first",), hold, _store_all, hold)
        with ThreadPoolExecutor(len(changes) + 1) as pool:
            pool.submit(self.group.run, KEY, first)
            eventually(lambda: self.current == ["first"])
            results = []
            for number, change in enumerate(changes):
                results.append(pool.submit(partial(self._run_as, change)))
                eventually(partial(self._has_waiting, number + 1))
            may_end.set()
        return results

    @staticmethod
    def _begin(work: Work) -> None:
        work.session.connection()  # a transaction begins with its first statement

    def _has_waiting(self, count: int) -> bool:
        return self.group.count_waiting(KEY) == count

    def _run_as(self, change: Change) -> str:
        CALLER.set(change.actor)
        return self.group.run(KEY, change)


@pytest.fixture
def fleet(hub: HubContext) -> Iterator[Fleet]:
    yield Fleet(hub)
    hub.uow.database.close()


def test_a_change_that_comes_alone_is_a_transaction_of_its_own(fleet: Fleet) -> None:
    assert fleet.group.run(KEY, fleet.change("a")) == "a by actor a of "
    assert fleet.group.run("another", fleet.change("b")) == "b by actor b of "
    assert fleet.transactions == [["a"], ["b"]]


def test_those_that_wait_share_a_transaction_and_each_is_its_callers(fleet: Fleet) -> None:
    names = ["c", "a", "b"]
    results = fleet.run_behind_a_first([fleet.change(name) for name in names])
    assert fleet.transactions == [["first"], ["a", "b", "c"]]
    assert [done.result() for done in results] == [
        f"{name} by actor {name} of actor {name} with 2" for name in names
    ]


def test_one_that_raises_is_refused_alone_and_all_others_are_stored(fleet: Fleet) -> None:
    changes = [fleet.change(name) for name in ("a", "b", "d")]
    changes[1:1] = [fleet.change("c", lambda: ValueError("c")), fleet.change("e", lambda: LookupError("e"))]
    results = fleet.run_behind_a_first(changes)
    assert [str(done.exception()) for done in results] == ["None", "c", "e", "None", "None"]
    assert fleet.transactions == [["first"], ["a", "b", "d"]]


def test_two_of_a_row_and_more_than_the_size_take_the_next_transaction(fleet: Fleet) -> None:
    changes = [
        fleet.change("a#1"),
        fleet.change("b"),
        fleet.change("a#2"),
        fleet.change("c", size=MOST_SIZE),
        fleet.change("d"),
    ]
    results = fleet.run_behind_a_first(changes)
    assert fleet.transactions == [["first"], ["a#1", "b", "d"], ["a#2"], ["c"]]
    assert all(done.exception() is None for done in results)


def test_a_database_that_fails_is_the_answer_to_all_and_the_next_are_stored(fleet: Fleet) -> None:
    broken = fleet.change("b", lambda: OperationalError("INSERT", {}, Exception("disk I/O error")))
    results = fleet.run_behind_a_first([fleet.change("a"), broken, fleet.change("c")])
    assert {type(done.exception()) for done in results} == {OperationalError}
    assert fleet.transactions == [["first"]]
    assert fleet.group.run(KEY, fleet.change("d")) == "d by actor d of "
