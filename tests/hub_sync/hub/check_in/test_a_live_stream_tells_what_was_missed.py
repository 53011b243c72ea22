"""An event's live stream over a real socket: what is, what happens, exactly what was missed, and when it ends."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from httpx_sse import ServerSentEvent, connect_sse

from hub_sync.contract.clock import SetClock
from hub_sync.contract.flags import FeatureFlag
from hub_sync.contract.permissions import Role
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts import sessions
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.check_in import live_events, routes_live
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit import feed, streams
from hub_sync.hub.kit.callers import SESSION_COOKIE
from hub_sync.hub.kit.context import HubContext
from hub_sync.hub.kit.feed import FeedKey
from tests.hub_sync.hub.check_in.conftest import Keyed, make_key, refused, register
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.serving import SOON_S, Served, serving
from tests.hub_sync.hub.stations import Journal, enrol


@pytest.fixture
def served(app: FastAPI) -> Iterator[Served]:
    with serving(app) as hub:
        yield hub


@pytest.fixture
def gate(hub: HubContext, served: Served, seeded: Seeded) -> Iterator[Keyed]:
    """A key that may scan and watch, calling over the socket."""
    key_id, raw = make_key(hub, seeded.tenant_id, "check-in:scan", "checkpoints:*")
    limits = httpx.Limits(max_connections=200)
    with httpx.Client(base_url=served.url, timeout=SOON_S, trust_env=False, limits=limits) as client:
        yield Keyed(client, raw, key_id, seeded.event_id)


@contextmanager
def watching(gate: Keyed, last_event_id: str = "") -> Iterator[Iterator[ServerSentEvent]]:
    headers = gate.headers | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    path = f"/api/v1/events/{gate.event_id}/live"
    assert isinstance(gate.client, httpx.Client)
    with connect_sse(gate.client, "GET", path, headers=headers) as source:
        assert source.response.status_code == 200, source.response.read()
        yield source.iter_sse()


def take(told: Iterator[ServerSentEvent], count: int) -> list[ServerSentEvent]:
    return [next(told) for _ in range(count)]


def said(told: list[ServerSentEvent]) -> list[tuple[str, dict[str, Any]]]:
    return [(one.event, json.loads(one.data)) for one in told]


def test_counts_come_at_once_and_then_what_happens_without_names(
    hub: HubContext, gate: Keyed, seeded: Seeded, ada: str
) -> None:
    with watching(gate) as told:
        assert said(take(told, 2)) == [
            (
                "occupancy:updated",
                {
                    "event_id": seeded.event_id,
                    "zone_id": zone,
                    "current_count": 0,
                    "max_capacity": capacity,
                    "level": level,
                },
            )
            for zone, capacity, level in ((None, 500, "green"), ("hall-a", None, "unknown"))
        ]
        began = time.monotonic()
        verdict = gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)
        happened = take(told, 3)
        assert time.monotonic() - began < 1
        counts = {one["zone_id"]: one["current_count"] for name, one in said(happened[:2])}
        assert counts == {None: 1, "hall-a": 1}
        (name, scan) = said(happened)[2]
        assert (name, scan["access_log_id"], scan["result"]) == ("scan", verdict["access_log_id"], "VALID")
        assert (scan["checkpoint_id"], scan["zone"]) == (seeded.gate_id, "hall-a")
        text = "".join(one.data for one in happened)
        assert "ada" not in text.lower()
        assert "participant" not in text


def test_a_refused_scan_is_told_and_moves_no_stations_feed(
    hub: HubContext, gate: Keyed, seeded: Seeded
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with watching(gate) as told:
        take(told, 2)
        with hub.uow.read() as work:
            before = feed.tip(work.session, key)
        gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody")
        assert said(take(told, 1))[0][1]["reason_code"] == "unknown_code"
        with hub.uow.read() as work:
            after = feed.tip(work.session, key)
    assert (after.head, after.log_head) == (before.head, before.log_head + 1)


def test_after_any_event_the_rest_is_told_again_exactly(
    hub: HubContext, gate: Keyed, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the last event that came through, and however many a page holds: nothing twice, nothing left out."""
    monkeypatch.setattr(live_events, "PAGE", 3)
    with watching(gate) as told:
        last = take(told, 2)[-1].id
    for number in range(5):
        ticket = register(hub, seeded, f"p-{number}")
        gate.scan(checkpoint_id=seeded.gate_id, ticket=ticket)
        gate.scan(checkpoint_id=seeded.gate_id, ticket=ticket)
    gate.data("POST", f"/checkpoints/{seeded.gate_id}/toggle", json={"active": False})
    with watching(gate, last) as told:
        missed = take(told, 13)
    names = [name for name, _ in said(missed)]
    assert sorted(names) == ["checkpoint:updated"] + ["occupancy:updated"] * 2 + ["scan"] * 10
    assert len({one.id for one in missed}) == 13
    for number, one in enumerate(missed[:-1]):
        with watching(gate, one.id) as told:
            rest = take(told, 12 - number)
        assert [(each.id, each.data) for each in rest] == [
            (each.id, each.data) for each in missed[number + 1 :]
        ]


def test_a_position_is_good_at_another_process(
    hub: HubContext, app: FastAPI, gate: Keyed, seeded: Seeded, ada: str, clock: SetClock
) -> None:
    with watching(gate) as told:
        last = take(told, 2)[-1].id
    gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody")
    with serving(create_app(hub.settings, clock)) as other:
        assert isinstance(gate.client, httpx.Client)
        with httpx.Client(base_url=other.url, timeout=SOON_S, trust_env=False) as client:
            there = Keyed(client, gate.raw, gate.key_id, gate.event_id)
            with watching(there, last) as told:
                assert said(take(told, 1))[0][1]["result"] == "INVALID"
                gate.scan(checkpoint_id=seeded.gate_id, registration_code="again nobody")
                assert said(take(told, 1))[0][0] == "scan", "committed by the other process"


def test_a_position_that_can_not_be_gone_on_from_is_reset(
    hub: HubContext, gate: Keyed, seeded: Seeded
) -> None:
    with hub.uow.read() as work:
        epoch = feed.tip(work.session, FeedKey(seeded.tenant_id, seeded.event_id)).epoch
    path = f"/api/v1/events/{gate.event_id}/live"
    assert isinstance(gate.client, httpx.Client)
    for strange in ("nonsense", f"{epoch}.999999.0", "other.0.0", f"{epoch}.-1.0", f"{epoch}.0.٣"):
        headers = {b"Last-Event-ID": strange.encode(), b"X-API-Key": gate.raw.encode()}
        with connect_sse(gate.client, "GET", path, headers=headers) as source:
            names = [name for name, _ in said(take(source.iter_sse(), 3))]
        assert names == ["reset", "occupancy:updated", "occupancy:updated"], strange


def test_who_missed_too_much_is_reset(gate: Keyed, seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    with watching(gate) as told:
        last = take(told, 2)[-1].id
    for _ in range(3):
        gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody")
    with watching(gate, last) as told:
        assert said(take(told, 1))[0][0] == "scan"
    monkeypatch.setattr(live_events, "LONGEST_REPLAY", 2)
    with watching(gate, last) as told:
        assert said(take(told, 1))[0][0] == "reset"


def test_two_stations_conflict_is_told(hub: HubContext, gate: Keyed, seeded: Seeded, ada: str) -> None:
    line = enrol(gate.client, seeded.enrol_code)  # type: ignore[arg-type]
    journal = Journal(line.device_id, seeded.event_id, seeded.gate_id)
    journal.scan(participant_id="ada")
    with watching(gate) as told:
        take(told, 2)
        gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)
        take(told, 3)
        assert line.push(journal.request()).status_code == 200
        (name, conflict), (other, scan) = said(take(told, 2))
    assert (name, other, scan["device_id"]) == ("conflict:updated", "scan", line.device_id)
    assert {conflict["device_id"], conflict["other_device_id"]} == {line.device_id, gate.key_id}
    assert "participant_id" not in conflict


@pytest.mark.parametrize("gone", ["key", "flag", "event"])
def test_a_stream_ends_with_what_it_stands_on(
    hub: HubContext, gate: Keyed, seeded: Seeded, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_live, "RECHECK_S", 0.2)
    with watching(gate) as told:
        take(told, 2)
        with hub.uow.begin() as work:
            if gone == "key":
                api_keys.revoke(work, seeded.tenant_id, gate.key_id)
            elif gone == "flag":
                feature_flags.switch(work, seeded.tenant_id, FeatureFlag.REST_API, False)
            else:
                events.delete(work, seeded.tenant_id, seeded.event_id)
        began = time.monotonic()
        assert list(told) == []
        assert time.monotonic() - began < 2
    again = gate.call("GET", "/live")
    assert again.status_code == {"key": 401, "flag": 404, "event": 404}[gone]


def test_a_persons_stream_ends_with_their_session(
    hub: HubContext, gate: Keyed, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_live, "RECHECK_S", 0.2)
    with hub.uow.begin() as work:
        user = accounts.create_user(
            work, seeded.tenant_id, "ola@example.org", "correct horse battery", role=Role.VIEWER
        )
        token = accounts.begin_session(work, user, accounts.lifetimes(hub.settings), accounts.Browser())
    assert isinstance(gate.client, httpx.Client)
    path = f"/api/v1/events/{seeded.event_id}/live"
    with connect_sse(gate.client, "GET", path, headers={"Cookie": f"{SESSION_COOKIE}={token}"}) as source:
        told = source.iter_sse()
        take(told, 2)
        with hub.uow.begin() as work:
            sessions.end_sessions(work, seeded.tenant_id, user.id)
        assert list(told) == []


def test_strangers_and_those_who_may_not_watch_nothing(
    hub: HubContext, gate: Keyed, seeded: Seeded, foreign: Keyed
) -> None:
    assert isinstance(gate.client, httpx.Client)
    stranger = Keyed(gate.client, foreign.raw, foreign.key_id, seeded.event_id)
    assert refused(stranger.call("GET", "/live"), 404) == "EventNotFound"
    key_id, raw = make_key(hub, seeded.tenant_id, "events:*")
    small = Keyed(gate.client, raw, key_id, seeded.event_id)
    assert refused(small.call("GET", "/live"), 403) == "PermissionMissing"
    assert refused(gate.client.get(f"/api/v1/events/{seeded.event_id}/live"), 401)


def test_a_hub_that_stops_ends_its_streams_at_once(served: Served, gate: Keyed) -> None:
    with watching(gate) as told:
        take(told, 2)
        ended = threading.Event()

        def drain() -> None:
            list(told)
            ended.set()

        reader = threading.Thread(target=drain)
        reader.start()
        assert served.stop() < 3
        assert ended.wait(SOON_S)
        reader.join()


def test_idle_streams_hold_no_thread(gate: Keyed, seeded: Seeded) -> None:
    """The thread pool has 40 threads: sixty streams that each held one would stop the hub."""
    with ExitStack() as stack:
        told = [stack.enter_context(watching(gate)) for _ in range(60)]
        for one in told:
            take(one, 2)
        gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody")
        for one in told:
            assert said(take(one, 1))[0][0] == "scan"


def test_a_reader_who_does_not_read_is_dropped(
    hub: HubContext, gate: Keyed, seeded: Seeded, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SLOW_READER_S", 0.5)
    line = enrol(gate.client, seeded.enrol_code)  # type: ignore[arg-type]
    journal = Journal(line.device_id, seeded.event_id, seeded.gate_id)
    served.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with socket.socket() as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.connect(served.socket.getsockname()[:2])
        request = (
            f"GET /api/v1/events/{seeded.event_id}/live HTTP/1.1\r\nHost: x\r\nX-API-Key: {gate.raw}\r\n\r\n"
        )
        idle.sendall(request.encode())
        _until(lambda: bool(hub.live._listeners))
        for _ in range(1000):
            journal.scan(participant_id=None, result="INVALID", reason="not_a_ticket")
        assert line.push(journal.request()).status_code == 200
        _until(lambda: not hub.live._listeners)
    assert gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody")["result"] == "INVALID"


def _until(holds: Any) -> None:
    end = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_zones_capacity_is_told(hub: HubContext, gate: Keyed, seeded: Seeded) -> None:
    with watching(gate) as told:
        take(told, 2)
        with hub.uow.begin() as work:
            check_in.set_capacity(work, seeded.tenant_id, seeded.event_id, "hall-a", 7)
        (name, count) = said(take(told, 1))[0]
    assert (name, count["zone_id"], count["max_capacity"]) == ("occupancy:updated", "hall-a", 7)
