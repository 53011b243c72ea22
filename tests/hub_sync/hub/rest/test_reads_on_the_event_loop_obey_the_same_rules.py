"""Reads that are answered on the event loop: as on a thread, to the letter; and what can't be answered there is left to one."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from hub_sync.contract.clock import SetClock
from hub_sync.contract.enums import ApiKeyStatus
from hub_sync.contract.flags import FeatureFlag
from hub_sync.hub.commands.backup import sqlite
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.db import inline
from hub_sync.hub.kit.db.inline import Inline, NotInline
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import Settings
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.rest.conftest import CallerMaker, Rest

MakeEvents = Callable[..., list[str]]
LOOP, LEFT_TO_A_THREAD = ["loop"], ["loop", "thread"]


@pytest.fixture
def kind() -> str:
    """On the embedded database alone are reads answered so."""
    return "sqlite"


@pytest.fixture
def ways(hub: HubContext, rest: Rest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where calls were read, as they come; the key of `rest` is known to the process."""
    assert rest.get("/events").status_code == 200
    taken: list[str] = []

    def note(name: str, way: str) -> None:
        really = getattr(hub.uow, name)

        def noted() -> Any:
            taken.append(way)
            return really()

        monkeypatch.setattr(hub.uow, name, noted)

    note("read_inline", "loop")
    note("read", "thread")
    return taken


@pytest.fixture
def key_id(hub: HubContext, rest: Rest) -> str:
    """The id of the key that `rest` shows."""
    with hub.uow.read() as work:
        return work.session.scalars(select(ApiKey.id).where(ApiKey.prefix == rest.raw[:20])).one()


ASKED = (
    "/events",
    "/events?limit=2",
    "/events?limit=2&sort=name,-starts_at",
    "/events?fields=name,id",
    "/events?filter[status]=PUBLISHED",
    "/events?page=1",
    "/events?q=more",
    "/events?expand=participants_count",
    "/events?limit=0",
    "/events?nonsense=1",
    "/events?cursor=nonsense",
    "/events/{event}",
    "/events/{event}?fields=slug",
    "/events/{event}?expand=participants_count",
    "/events/{event}?expand=nonsense",
    "/events/nobody",
    "/events/not%20an%20id",
    "/events/{event}/participants",
    "/events/{event}/participants?limit=1&sort=-last_name",
    "/events/{event}/participants?fields=extra",
    "/events/nobody/participants",
    "/events/{event}/participants/{person}",
    "/events/{event}/participants/nobody",
)


@pytest.mark.parametrize("asked", ASKED)
def test_both_ways_answer_alike(app: FastAPI, rest: Rest, make_events: MakeEvents, asked: str) -> None:
    make_events(1, 2, 3)
    for name in ("Ada", "Grace"):
        extra = {"note": "“ä”\u2028 </b>", "number": 2**70, "nested": [None, 1.5, {"a": True}]}
        person = rest.post(rest.people, json={"first_name": name, "extra": extra}).json()["data"]
    path = asked.format(event=rest.event_id, person=person["id"])
    here = rest.get(path)
    on_loop = app.state.hub
    app.state.hub = replace(on_loop, reads_inline=False)
    there = rest.get(path)
    app.state.hub = on_loop
    assert told(here) == told(there)
    seen = {"If-None-Match": here.headers.get("etag", '"none"')}
    assert rest.get(path, headers=seen).status_code == (304 if "etag" in here.headers else here.status_code)


def told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """An answer without what is another's at every call."""
    of_call = ("x-request-id", "ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset", "content-length")
    headers = {name: value for name, value in answer.headers.items() if name not in of_call}
    body = answer.content.replace(answer.headers["x-request-id"].encode(), b"")
    return answer.status_code, body, headers


def test_a_walk_by_cursors_stays_on_the_loop_to_its_end(
    rest: Rest, ways: list[str], make_events: MakeEvents
) -> None:
    made = make_events(1, 2, 3, 4, 5)
    found, cursor = [], ""
    while cursor is not None:
        body = rest.get("/events", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        found += [one["id"] for one in body["data"]]
        cursor = body["meta"]["next_cursor"]
    assert found == [*reversed(made), rest.event_id]
    assert set(ways) == {"loop"}


def test_a_key_is_refused_at_the_next_call_after_it_was_revoked(
    hub: HubContext, rest: Rest, ways: list[str], key_id: str, seeded: Seeded
) -> None:
    del ways[:]
    assert rest.get("/events").status_code == 200
    with hub.uow.begin() as work:
        api_keys.revoke(work, seeded.tenant_id, key_id)
    answer = rest.get("/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "ApiKeyRevoked")
    assert ways == ["loop", "loop"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"expires_at": NOON}, "ApiKeyExpired"),
        ({"ip_allow_list": ["192.0.2.0/24"]}, "AddressNotAllowed"),
        ({"permissions": ["participants:read"]}, "PermissionMissing"),
        ({"status": ApiKeyStatus.ROTATED, "grace_until": NOON - timedelta(seconds=1)}, "ApiKeyRevoked"),
    ],
)
def test_what_is_changed_of_a_key_holds_at_the_next_call(
    hub: HubContext, rest: Rest, ways: list[str], key_id: str, values: dict[str, Any], code: str
) -> None:
    assert rest.get("/events").status_code == 200
    with hub.uow.begin() as work:
        key = work.session.scalars(select(ApiKey).where(ApiKey.id == key_id)).one()
        for name, value in values.items():
            setattr(key, name, value)
    del ways[:]
    assert rest.get("/events").json()["error"]["code"] == code
    assert ways == LOOP


def test_a_key_expires_by_the_clock_alone(
    hub: HubContext, rest: Rest, ways: list[str], key_id: str, clock: SetClock
) -> None:
    with hub.uow.begin() as work:
        key = work.session.scalars(select(ApiKey).where(ApiKey.id == key_id)).one()
        key.expires_at = NOON + timedelta(minutes=1)
    del ways[:]
    assert rest.get("/events").status_code == 200
    clock.advance(timedelta(minutes=1))
    assert rest.get("/events").json()["error"]["code"] == "ApiKeyExpired"
    assert ways == LOOP * 2


def test_a_flag_that_is_switched_off_closes_the_door_at_the_next_call(
    hub: HubContext, rest: Rest, ways: list[str], seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FeatureFlag.REST_API, False)
    del ways[:]
    assert rest.get("/events").status_code == 404
    assert ways == LOOP


def test_no_tenant_sees_anothers_rows_on_the_loop(rest: Rest, stranger: Rest, ways: list[str]) -> None:
    assert stranger.get("/events").json()["data"] == []
    del ways[:]
    assert stranger.get("/events").json()["data"] == []
    assert stranger.get(f"/events/{rest.event_id}").status_code == 404
    assert stranger.get(f"/events/{rest.event_id}/participants").status_code == 404
    assert ways == ["loop", "loop", "loop"]


def test_a_key_that_bcrypt_has_not_seen_is_left_to_a_thread_once(
    caller: CallerMaker, ways: list[str]
) -> None:
    fresh = caller("events:read")
    assert fresh.get("/events").status_code == 200
    assert ways == LEFT_TO_A_THREAD
    assert fresh.get("/events").status_code == 200
    assert ways == [*LEFT_TO_A_THREAD, *LOOP]


@pytest.mark.parametrize(
    "asked", ["q=summit", "expand=participants_count", "page=1", "filter[status]=PUBLISHED"]
)
def test_what_may_take_long_is_left_to_a_thread(rest: Rest, ways: list[str], asked: str) -> None:
    assert len(rest.get(f"/events?{asked}").json()["data"]) == 1
    assert ways == LEFT_TO_A_THREAD


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


def test_a_call_that_is_left_to_a_thread_after_it_was_admitted_is_counted_once(
    rest: Rest, ways: list[str]
) -> None:
    before = int(rest.get("/events").headers["x-ratelimit-remaining"])
    answer = rest.get("/events?q=summit")  # admitted on the loop, then sent on
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
    monkeypatch.setattr(inline, "MOST_CHECKS", -1)
    reader._connection.set_progress_handler(reader._check, 1)
    for _ in range(2):
        assert rest.get("/events").status_code == 200
    assert ways == LEFT_TO_A_THREAD * 2


def test_a_locked_database_is_not_waited_for(tmp_path: Path, hub: HubContext) -> None:
    file = tmp_path / "locked.db"
    reader = Inline(str(file), hub.uow.database.engine.dialect)
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
    sqlite.backup(settings, tmp_path / "copy.db")
    make_events(1)
    assert len(rest.get("/events").json()["data"]) == 2
    sqlite.restore(settings, tmp_path / "copy.db", keep=lambda: None)
    del ways[:]
    assert [one["id"] for one in rest.get("/events").json()["data"]] == [rest.event_id]
    assert ways == LOOP
