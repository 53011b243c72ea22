"""Reads that are answered on the event loop: as on a thread, to the letter; and what can't be answered there is left to one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from hub_sync.contract.clock import SetClock
from hub_sync.contract.enums import ApiKeyStatus
from hub_sync.contract.flags import FeatureFlag
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.rest.conftest import LEFT_TO_A_THREAD, LOOP, CallerMaker, MakeEvents, Rest


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


def test_a_call_that_is_left_to_a_thread_after_it_was_admitted_is_counted_once(
    rest: Rest, ways: list[str]
) -> None:
    before = int(rest.get("/events").headers["x-ratelimit-remaining"])
    answer = rest.get("/events?q=summit")  # admitted on the loop, then sent on
    assert int(answer.headers["x-ratelimit-remaining"]) == before - 1
    assert ways == [*LOOP, *LEFT_TO_A_THREAD]
