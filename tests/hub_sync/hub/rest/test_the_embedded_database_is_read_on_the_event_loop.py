"""What the event loop reads of the embedded database: one connection, never waited for, of one moment."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.hub.commands import backup_sqlite
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.kit import inline_sqlite
from hub_sync.hub.kit.context import HubContext
from hub_sync.hub.kit.inline import NotInline
from hub_sync.hub.kit.inline_sqlite import InlineSqlite
from hub_sync.hub.settings import Settings
from tests.hub_sync.hub.rest.conftest import LEFT_TO_A_THREAD, LOOP, MakeEvents, Rest


@pytest.fixture
def kind() -> str:
    """The embedded database."""
    return "sqlite"


def test_who_comes_while_the_loops_connection_is_in_use_is_answered_by_a_thread_and_counted_once(
    hub: HubContext, rest: Rest, ways: list[str]
) -> None:
    before = int(rest.get("/events").headers["x-ratelimit-remaining"])
    kept: Any = hub.uow.database.inline
    with kept:
        answer = rest.get("/events")
    assert answer.status_code == 200
    assert int(answer.headers["x-ratelimit-remaining"]) == before - 1
    assert ways == [*LOOP, *LEFT_TO_A_THREAD]


def test_a_read_that_turns_out_slow_is_given_up_and_goes_to_threads_from_then_on(
    hub: HubContext, rest: Rest, ways: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    reader: Any = hub.uow.database.inline
    for _ in range(2):
        with pytest.raises(NotInline), reader:
            reader.fetch(endless, ())
    assert endless in reader._slow
    monkeypatch.setattr(inline_sqlite, "MOST_CHECKS", -1)
    reader._connection.set_progress_handler(reader._check, 1)
    for _ in range(2):
        assert rest.get("/events").status_code == 200
    assert ways == LEFT_TO_A_THREAD * 2


def test_a_locked_database_is_not_waited_for(tmp_path: Path, hub: HubContext) -> None:
    file = tmp_path / "locked.db"
    reader = InlineSqlite(str(file), hub.uow.database.engine.dialect)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("CREATE TABLE one (id)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(NotInline), reader:
            reader.fetch("SELECT * FROM one", ())
        other.execute("ROLLBACK")
        with reader:
            assert reader.fetch("SELECT * FROM one", ()) == []
    reader.close()
    with pytest.raises(NotInline), reader:
        pass


def test_nothing_can_be_written_there(hub: HubContext) -> None:
    reader: Any = hub.uow.database.inline
    with pytest.raises(NotInline), reader:
        reader.fetch("DELETE FROM events", ())


def test_whoever_wants_a_session_there_is_sent_to_a_thread(hub: HubContext) -> None:
    with pytest.raises(NotInline), hub.uow.read_inline() as work:
        work.session.scalars(select(ApiKey))


def test_a_snapshot_is_of_one_moment(hub: HubContext, rest: Rest, ways: list[str]) -> None:
    with hub.uow.read_inline() as work:
        assert work.inline is not None
        before = work.inline.fetch("SELECT count(*) FROM events", ())
        new = {"slug": "late", "name": "Late", "time_zone": "UTC"} | {
            name: datetime(2026, 7, day, tzinfo=UTC).isoformat()
            for name, day in (("starts_at", 1), ("ends_at", 2))
        }
        assert rest.post("/events", json=new).status_code == 201
        assert work.inline.fetch("SELECT count(*) FROM events", ()) == before
    assert len(rest.get("/events").json()["data"]) == before[0][0] + 1


def test_a_database_that_was_put_back_is_read_from_at_once(
    settings: Settings, rest: Rest, ways: list[str], make_events: MakeEvents, tmp_path: Path
) -> None:
    backup_sqlite.backup(settings, tmp_path / "copy.db")
    make_events(1)
    assert len(rest.get("/events").json()["data"]) == 2
    backup_sqlite.restore(settings, tmp_path / "copy.db", keep=lambda: None)
    del ways[:]
    assert [one["id"] for one in rest.get("/events").json()["data"]] == [rest.event_id]
    assert ways == LOOP
