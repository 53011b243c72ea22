"""Every call is authorized by what the database says at that moment: a change of a key or a flag holds at the next call."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import ApiKeyStatus
from hub_sync.hub.commands.backup import sqlite
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.support.rest_client import Rest

MakeEvents = Callable[..., list[str]]


@pytest.fixture
def key_id(hub: HubContext, rest: Rest) -> str:
    """Return the id of the key that `rest` sends; the process has authenticated it once."""
    assert rest.get("/events").status_code == 200
    with hub.uow.read() as work:
        return work.session.scalars(select(ApiKey.id).where(ApiKey.prefix == rest.raw[:20])).one()


@pytest.mark.parametrize(
    "extra",
    [{"note": "“ä”\u2028 </b>", "number": 2**70, "nested": [None, 1.5, {"a": True}]}, {}],
)
def test_a_list_and_one_resource_show_the_same(rest: Rest, extra: dict[str, Any]) -> None:
    person = rest.post(rest.people, json={"first_name": "Ada", "extra": extra}).json()["data"]
    resource = rest.get(f"{rest.people}/{person['id']}")
    assert resource.json()["data"] == person
    for query in ("", "?limit=1&sort=-last_name", "?page=1", "?q=ada", "?fields=extra,id"):
        listed = rest.get(f"{rest.people}{query}")
        assert all(person[name] == value for name, value in listed.json()["data"][0].items())
        conditional = {"If-None-Match": listed.headers["etag"]}
        assert rest.get(f"{rest.people}{query}", headers=conditional).status_code == 304
    assert (
        rest.get(
            f"{rest.people}/{person['id']}", headers={"If-None-Match": resource.headers["etag"]}
        ).status_code
        == 304
    )


def test_a_walk_by_cursors_reads_every_row_once(rest: Rest, make_events: MakeEvents) -> None:
    created_ids = make_events(1, 2, 3, 4, 5)
    listed_ids, cursor = [], ""
    while cursor is not None:
        body = rest.get("/events", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        listed_ids += [event["id"] for event in body["data"]]
        cursor = body["meta"]["next_cursor"]
    assert listed_ids == [*reversed(created_ids), rest.event_id]


def test_a_key_is_refused_at_the_next_call_after_it_was_revoked(
    hub: HubContext, rest: Rest, key_id: str, seeded: Seeded
) -> None:
    assert rest.get("/events").status_code == 200
    with hub.uow.begin() as work:
        api_keys.revoke(work, seeded.tenant_id, key_id)
    answer = rest.get("/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "ApiKeyRevoked")


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
    hub: HubContext, rest: Rest, key_id: str, values: dict[str, Any], code: str
) -> None:
    assert rest.get("/events").status_code == 200
    with hub.uow.begin() as work:
        key = work.session.scalars(select(ApiKey).where(ApiKey.id == key_id)).one()
        for name, value in values.items():
            setattr(key, name, value)
    assert rest.get("/events").json()["error"]["code"] == code


def test_a_key_expires_by_the_clock_alone(
    hub: HubContext, rest: Rest, key_id: str, clock: ManualClock
) -> None:
    with hub.uow.begin() as work:
        key = work.session.scalars(select(ApiKey).where(ApiKey.id == key_id)).one()
        key.expires_at = NOON + timedelta(minutes=1)
    assert rest.get("/events").status_code == 200
    clock.advance(timedelta(minutes=1))
    assert rest.get("/events").json()["error"]["code"] == "ApiKeyExpired"


def test_a_flag_that_is_switched_off_closes_the_door_at_the_next_call(
    hub: HubContext, rest: Rest, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_REST_API, False)
    assert rest.get("/events").status_code == 404


def test_no_tenant_sees_anothers_rows(rest: Rest, stranger: Rest) -> None:
    assert stranger.get("/events").json()["data"] == []
    assert stranger.get("/events").json()["data"] == []
    assert stranger.get(f"/events/{rest.event_id}").status_code == 404
    assert stranger.get(f"/events/{rest.event_id}/participants").status_code == 404


@pytest.mark.both_databases
def test_a_snapshot_is_of_one_moment(hub: HubContext, rest: Rest) -> None:
    count = select(func.count()).select_from(Event)
    with hub.uow.read() as work:
        before = work.fetch_one(count, {})
        new = {"slug": "late", "name": "Late", "time_zone": "UTC"} | {
            name: datetime(2026, 7, day, tzinfo=UTC).isoformat()
            for name, day in (("starts_at", 1), ("ends_at", 2))
        }
        assert rest.post("/events", json=new).status_code == 201
        assert work.fetch_one(count, {}) == before
    assert len(rest.get("/events").json()["data"]) == 2


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_database_that_was_put_back_is_read_from_at_once(
    settings: HubSettings, rest: Rest, make_events: MakeEvents, tmp_path: Path
) -> None:
    sqlite.backup(settings, tmp_path / "copy.db")
    make_events(1)
    assert len(rest.get("/events").json()["data"]) == 2
    sqlite.restore(settings, tmp_path / "copy.db", keep=lambda: None)
    assert [event["id"] for event in rest.get("/events").json()["data"]] == [rest.event_id]
