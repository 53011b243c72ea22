"""Hostile and broken callers of the sync routes: a problem in words each time, and nothing is stored."""

import functools
import gzip
from typing import Any

import orjson
import pytest
import zstandard
from sqlalchemy import func, select
from starlette.testclient import TestClient

from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.tables import AccessLog
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient, enrol

ITEM = {"sequence": 1, "body": "{}", "hash": "0" * 64}
PUSH = {"journal_id": "0" * 36, "sent_at_ms": 1, "items": [ITEM]}


def changed(**members: Any) -> bytes:
    return orjson.dumps({**PUSH, **members})


@functools.cache
def bodies() -> list[tuple[str, bytes, dict[str, str]]]:
    """Return bodies with their names and headers. Not built while tests are collected: the bombs have 100 MiB."""
    bomb = b" " * (100 * 2**20)
    return [
        ("nothing", b"", {}),
        ("garbage", b"\xff\xfe\x00garbage", {}),
        ("no JSON", b"{", {}),
        ("deep JSON", b"[" * 200_000, {}),
        ("null", b"null", {}),
        ("NaN", b'{"journal_id": "' + b"0" * 36 + b'", "sent_at_ms": NaN, "items": []}', {}),
        ("infinite", changed().replace(b'"sent_at_ms":1', b'"sent_at_ms":1e999'), {}),
        ("negative", changed(sent_at_ms=-1), {}),
        ("zeroth", changed(items=[{**ITEM, "sequence": 0}]), {}),
        ("huge", changed().replace(b'"sequence":1', b'"sequence":1' + b"0" * 5000), {}),
        ("true", changed(items=[{**ITEM, "sequence": "first"}]), {}),
        ("surrogate", changed().replace(b'"{}"', b'"\\ud800"'), {}),
        ("NUL", changed().replace(b'"{}"', b'"\\u0000"'), {}),
        ("bad hash", changed(items=[{**ITEM, "hash": "Z" * 64}]), {}),
        ("long body", changed(items=[{**ITEM, "body": "x" * 16_385}]), {}),
        ("too many", changed(items=[ITEM] * 1001), {}),
        ("wrong journal", changed(journal_id="../../x"), {}),
        ("anchors", changed(anchors={"b": 2**62}), {}),
        ("old anchors", changed(anchors={"b": -(2**52)}), {}),
        ("many anchors", changed(anchors={str(n): 1 for n in range(65)}), {}),
        ("not zstd", b"\x00" * 99, {"Content-Encoding": "zstd"}),
        ("cut gzip", gzip.compress(changed())[:-9], {"Content-Encoding": "gzip"}),
        ("cut zstd", zstandard.ZstdCompressor().compress(changed())[:-9], {"Content-Encoding": "zstd"}),
        ("brotli", b"x", {"Content-Encoding": "br"}),
        ("gzip bomb", gzip.compress(bomb), {"Content-Encoding": "gzip"}),
        ("zstd bomb", zstandard.ZstdCompressor().compress(bomb), {"Content-Encoding": "zstd"}),
        ("large", b" " * (17 * 2**20), {}),
    ]


def test_no_body_makes_the_hub_fail_or_store(hub: HubContext, station: StationClient) -> None:
    for name, body, headers in bodies():
        answer = station.send(body, **headers)
        assert answer.status_code in (400, 409, 413, 415, 422), f"{name}: {answer.status_code} {answer.text}"
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json", name
        assert problem["error"]["code"], name
        assert problem["error"]["message"], name
    with hub.uow.read() as work:
        assert work.session.scalar(select(func.count()).select_from(AccessLog)) == 0


def test_no_cursor_makes_the_hub_fail(station: StationClient) -> None:
    page = station.pull()
    for cursor in (
        "garbage",
        "",
        "é",
        "-" * 5000,
        page["cursor"][:-3],
        page["cursor"] + "A",
        page["cursor"] * 2,
    ):
        again = station.pull(epoch=page["epoch"], cursor=cursor)
        assert again["snapshot"], cursor
        assert again["epoch"] == page["epoch"]
    assert station.pull(epoch="another", cursor=page["cursor"])["snapshot"]
    assert station.pull(cursor=page["cursor"])["snapshot"]
    for limit in ("0", "-1", "x", "1.5", "1e3"):
        answer = station.client.get("/api/v1/sync/pull", params={"limit": limit}, headers=station.headers)
        assert answer.status_code == 422, limit
    assert len(station.pull(limit=10**30)["participants"]) == 0


ROUTES = [("GET", "/time"), ("GET", "/pull"), ("GET", "/live"), ("POST", "/push")]
BRINGS_ONLY = ("/time", "/push")
"""Routes that a locked station may call: they tell it nothing about anybody."""


def test_nobody_syncs_without_a_good_credential(
    hub: HubContext, client: TestClient, station: StationClient, seeded: Seeded
) -> None:
    credentials = [
        "",
        "Bearer",
        "Bearer x",
        "Basic eDp5",
        f"Bearer {station.credential}x",
        f"Bearer {'é' * 9}",
    ]
    for method, path in ROUTES:
        for credential in credentials:
            headers = {b"Authorization": credential.encode("latin-1")}
            answer = client.request(method, f"/api/v1/sync{path}", headers=headers)
            assert answer.status_code == 401, (path, credential)
    with hub.uow.begin() as work:
        devices.set_status(work, seeded.tenant_id, station.device_id, DeviceStatus.LOCKED)
    for method, path in ROUTES:
        answer = client.request(method, f"/api/v1/sync{path}", headers=station.headers)
        if path in BRINGS_ONLY:
            assert answer.status_code not in (401, 403)
        else:
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "DeviceLocked")
    answer = station.scan(seeded.event_id, id=new_id(), checkpoint_id=seeded.gate_id, ticket="x")
    assert answer.status_code == 403


@pytest.fixture
def stranger(hub: HubContext, client: TestClient) -> tuple[StationClient, Journal]:
    """Return a station of another tenant, at an event of its own, with its journal."""
    with hub.uow.begin() as work:
        tenant = tenants.create(work, hub.secret_box, slug="other", name="Other")
        new = events.NewEvent(
            slug="other", name="Other", starts_at=NOON, ends_at=NOON.replace(day=12), time_zone="UTC"
        )
        event = events.create(work, tenant.id, new)
        gate = check_in.create_checkpoint(work, tenant.id, event.id, check_in.NewCheckpoint(name="Gate"))
        _, code = devices.create(
            work, tenant.id, devices.NewDevice(name="G", event_id=event.id, checkpoint_id=gate.id), UNBOUNDED
        )
    station = enrol(client, code)
    return station, Journal(station.device_id, event.id, gate.id)


def test_a_station_speaks_for_itself_only(
    hub: HubContext,
    station: StationClient,
    journal: Journal,
    seeded: Seeded,
    stranger: tuple[StationClient, Journal],
) -> None:
    their_station, theirs = stranger
    mine = journal.record(participant_id="p-1")
    theirs.scan(**mine)
    theirs.scan(event_id=seeded.event_id)
    theirs.scan(device_id=station.device_id)
    theirs.scan(checkpoint_id=seeded.gate_id)
    codes = [verdict["code"] for verdict in their_station.push(theirs.request()).json()["verdicts"]]
    assert codes == ["ForeignDevice", "ForeignEvent", "ForeignDevice", "UnknownCheckpoint"]

    journal.scan(id=mine["id"])
    assert [verdict["verdict"] for verdict in station.push(journal.request()).json()["verdicts"]] == [
        "ACCEPTED"
    ]
    theirs.scan(id=mine["id"])
    answer = their_station.push(theirs.request()).json()
    assert answer["verdicts"][-1]["verdict"] == "ACCEPTED", "another tenant's ids are nobody's business"

    assert their_station.push(journal.request()).json()["verdicts"][0]["code"] == "ForeignDevice"
    page = their_station.pull()
    assert seeded.event_id not in str(page)
    assert {key["material"] for key in page["keys"]}.isdisjoint(
        key["material"] for key in station.pull()["keys"]
    )
    body = {"id": new_id(), "checkpoint_id": seeded.gate_id, "ticket": "x"}
    assert their_station.scan(seeded.event_id, **body).status_code == 404
    assert their_station.scan(theirs.event_id, **body).status_code == 404
