"""Sweeps: everybody who is registered is screened again, whatever happens meanwhile."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.sync import BLOCKED
from hub_sync.hub.domains.blacklist import sweeps
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.events.change_feed import FeedKey
from tests.hub_sync.hub.domains.blacklist.conftest import ListKeeper

MALLORY = "mallory@example.org"
ON_POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def waits_for_a_lock(keeper: ListKeeper) -> bool:
    with keeper.hub.uow.read() as work:
        return bool(
            work.session.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            )
        )


@ON_POSTGRESQL
def test_who_registers_while_an_entry_is_added_is_there_for_its_sweep(keeper: ListKeeper) -> None:
    registered, may_commit = threading.Event(), threading.Event()
    new = participants.NewParticipant(id="mallory", first_name="Mallory", email=MALLORY)

    def register() -> None:
        with keeper.hub.uow.begin() as work:
            participants.create(work, keeper.seeded.tenant_id, keeper.seeded.event_id, new)
            registered.set()
            assert may_commit.wait(20)

    def add_and_sweep() -> None:
        keeper.add("email", MALLORY)
        keeper.job.run_once()

    with ThreadPoolExecutor(2) as pool:
        registration = pool.submit(register)
        assert registered.wait(20)
        sweep: Future[None] = pool.submit(add_and_sweep)
        while not sweep.done() and not waits_for_a_lock(keeper):
            threading.Event().wait(0.01)
        may_commit.set()
        registration.result(20)
        sweep.result(20)
    assert keeper.standing("mallory") == BLOCKED


def test_what_changes_while_a_sweep_passes_is_swept_by_the_next(
    keeper: ListKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = keeper.register("Early Bird", email="early@example.org")
    keeper.add("email", "nobody@example.org")
    read, meanwhile = sweeps._affected, ["late@example.org", "early@example.org"]

    def affected(*arguments: Any) -> Any:
        page = read(*arguments)
        if meanwhile:  # the page has been read already
            late = keeper.register("Late Riser", email=meanwhile[0])
            for address in meanwhile:
                keeper.add("email", address)
            people.append(late)
            meanwhile.clear()
        return page

    people = [early]
    monkeypatch.setattr(sweeps, "_affected", affected)
    keeper.job.run_once()
    keeper.job.run_once()
    assert [keeper.standing(person) for person in people] == [BLOCKED, BLOCKED]


@ON_SQLITE
def test_an_event_that_was_over_is_swept_once_its_end_is_moved(
    keeper: ListKeeper, clock: ManualClock
) -> None:
    key = (keeper.seeded.tenant_id, keeper.seeded.event_id)
    mallory = keeper.register("Mallory Malone", email=MALLORY)
    with keeper.hub.uow.read() as work:
        end = max(filter(None, (events.get(work, *key).ends_at, events.get(work, *key).doors_close_at)))
    clock.jump(end - clock.now() + timedelta(days=1))
    keeper.add("email", MALLORY)
    keeper.job.run_once()
    assert keeper.standing(mallory) == ""
    with keeper.hub.uow.begin() as work:
        event = work.session.get(Event, key)
        assert event is not None
        event.ends_at = clock.now() + timedelta(days=1)
    keeper.job.run_once()
    assert keeper.standing(mallory) == BLOCKED


@ON_SQLITE
def test_the_last_of_many_open_events_is_swept(keeper: ListKeeper, clock: ManualClock) -> None:
    key = FeedKey(keeper.seeded.tenant_id, keeper.seeded.event_id)
    table = Event.metadata.tables[Event.__tablename__]
    with keeper.hub.uow.begin() as work:
        (row,) = work.session.execute(select(table).where(table.c.id == key.event_id)).mappings()
        earlier = {"starts_at": row["starts_at"] - timedelta(days=1)}
        many = [dict(row) | earlier | {"id": f"e{n}", "slug": f"e{n}"} for n in range(1_000)]
        work.session.execute(table.insert(), many)
    keeper.add("email", MALLORY, event_id=key.event_id, valid_until=f"{clock.now():%Y-%m-%d}")
    with keeper.hub.uow.read() as work:
        assert sweeps.due(work) == [key]
    keeper.job.run_once()
    clock.jump(timedelta(days=1))  # the last day of the entry is over
    with keeper.hub.uow.read() as work:
        assert sweeps.due(work) == [key]
