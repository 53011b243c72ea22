"""What the event loop reads of PostgreSQL: awaited, by a few connections that only read, and left to threads in trouble."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.kit import inline_postgres
from hub_sync.hub.kit.context import HubContext
from hub_sync.hub.kit.inline import NotInline
from hub_sync.hub.kit.unit_of_work import Work
from tests.hub_sync.hub.rest.conftest import LEFT_TO_A_THREAD, LOOP, Rest

T = TypeVar("T")


@pytest.fixture
def kind() -> str:
    """The scaled database."""
    return "postgresql"


@pytest.fixture
def reader(hub: HubContext) -> Any:
    """What reads on the loop."""
    return hub.uow.database.inline


def read(hub: HubContext, act: Callable[[Work], T]) -> T:
    """What is read so, on a loop of its own."""

    def acting() -> T:
        with hub.uow.read_inline() as work:
            return act(work)

    return asyncio.run(hub.uow.database.inline.run(acting))


def fetched(sql: str) -> Callable[[Work], list[Any]]:
    def act(work: Work) -> list[Any]:
        assert work.inline is not None
        return list(work.inline.fetch(sql, {}))

    return act


def test_many_at_once_share_a_few_connections(
    app: FastAPI, hub: HubContext, rest: Rest, ways: list[str], reader: Any
) -> None:
    del ways[:]

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app)
        headers = {"X-API-Key": rest.raw}
        async with httpx.AsyncClient(transport=transport, base_url="http://hub", headers=headers) as client:
            answers = await asyncio.gather(*(client.get("/api/v1/events") for _ in range(60)))
        return [answer.status_code for answer in answers]

    assert asyncio.run(ask()) == [200] * 60
    assert ways == LOOP * 60
    assert 1 < len(reader._free) <= reader._most == 8


@pytest.mark.parametrize("sql", ["DELETE FROM events", "SELECT nonsense", "SELECT 'x'::int"])
def test_nothing_can_be_written_there_and_what_fails_is_left_to_a_thread(
    hub: HubContext, rest: Rest, sql: str
) -> None:
    with pytest.raises(NotInline):
        read(hub, fetched(sql))
    assert read(hub, fetched("SELECT count(*) FROM events")) == [(1,)]


def test_whoever_wants_a_session_there_is_sent_to_a_thread(hub: HubContext) -> None:
    with pytest.raises(NotInline):
        read(hub, lambda work: work.session.scalars(select(ApiKey)))


def test_connections_that_the_server_ended_cost_nobody_an_answer(
    hub: HubContext, rest: Rest, ways: list[str], reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_all() -> None:
        with hub.uow.begin() as work:
            work.session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

    assert rest.get("/events").status_code == 200
    end_all()
    del ways[:]
    assert rest.get("/events").status_code == 200
    assert rest.get("/events").status_code == 200  # not tried again at once
    assert ways == LEFT_TO_A_THREAD * 2
    reader._away_until = 0.0
    del ways[:]
    assert rest.get("/events").status_code == 200
    assert ways == LOOP


@pytest.fixture
def locked(hub: HubContext) -> Iterator[Callable[[], None]]:
    """Nobody can read events until this is called."""
    engine = hub.uow.database.engine
    with engine.connect() as connection:
        connection.execute(text("LOCK TABLE events IN ACCESS EXCLUSIVE MODE"))
        yield connection.rollback


def test_a_statement_that_hangs_is_left_to_a_thread_and_the_loop_goes_on(
    rest: Rest, ways: list[str], reader: Any, locked: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline_postgres, "PATIENCE_S", 0.2)
    del ways[:]
    release = threading.Timer(1.0, locked)
    release.start()
    asked = threading.Thread(target=lambda: answers.append(rest.get("/events").status_code))
    answers: list[int] = []
    asked.start()
    assert rest.client.get("/healthz").status_code == 200
    assert answers == []  # it answered while the other waited
    asked.join(20)
    assert answers == [200]
    assert ways == LEFT_TO_A_THREAD
    assert reader._free == []  # a statement is under way on that connection


def test_who_leaves_while_a_statement_is_under_way_leaves_room_for_others(
    hub: HubContext, reader: Any, locked: Callable[[], None]
) -> None:
    def wait(sql: str) -> Callable[[], list[Any]]:
        def act() -> list[Any]:
            with hub.uow.read_inline() as work:
                return fetched(sql)(work)

        return act

    async def leave() -> list[Any]:
        leaving = [
            asyncio.create_task(reader.run(wait("SELECT count(*) FROM events"))) for _ in range(reader._most)
        ]
        await asyncio.sleep(0.3)
        for one in leaving:
            one.cancel()
        assert all(
            isinstance(one, asyncio.CancelledError)
            for one in await asyncio.gather(*leaving, return_exceptions=True)
        )
        assert reader._free == []
        found: list[Any] = await reader.run(wait("SELECT 1"))
        return found

    assert asyncio.run(leave()) == [(1,)]


def test_once_it_is_closed_nothing_is_opened_again(hub: HubContext, reader: Any) -> None:
    assert read(hub, fetched("SELECT 1")) == [(1,)]
    reader.close()
    assert reader._free == []
    with pytest.raises(NotInline):
        read(hub, fetched("SELECT 1"))
