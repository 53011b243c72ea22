"""A live stream ends with what it stands on, with the hub, with a reader who does not read; and holds no thread."""

import socket
import threading
import time
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from httpx_sse import connect_sse

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.credentials import sessions
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.check_in.live import routes
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.http import sse
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import EventApiClient, error_code, make_key
from tests.hub_sync.hub.domains.check_in.live.stream_client import open_stream, parse, take
from tests.hub_sync.hub.station_client import Journal, enrol
from tests.support.hub_server import SOON_S, HubServerThread


@pytest.mark.parametrize("gone", ["key", "flag", "event"])
def test_a_stream_ends_with_what_it_stands_on(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "RECHECK_S", 0.2)
    with open_stream(gate) as stream:
        take(stream, 2)
        with hub.uow.begin() as work:
            if gone == "key":
                api_keys.revoke(work, seeded.tenant_id, gate.key_id)
            elif gone == "flag":
                feature_flags.switch(work, seeded.tenant_id, FF_REST_API, False)
            else:
                events.delete(work, seeded.tenant_id, seeded.event_id)
        began = time.monotonic()
        assert list(stream) == []
        assert time.monotonic() - began < 2
    again = gate.call("GET", "/live")
    assert again.status_code == {"key": 401, "flag": 404, "event": 404}[gone]


def test_a_persons_stream_ends_with_their_session(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "RECHECK_S", 0.2)
    with hub.uow.begin() as work:
        user = accounts.create_user(
            work, seeded.tenant_id, "ola@example.org", "correct horse battery", role=Role.VIEWER
        )
        token = accounts.create_session(work, user, accounts.lifetimes(hub.settings), accounts.Browser())
    assert isinstance(gate.client, httpx.Client)
    path = f"/api/v1/events/{seeded.event_id}/live"
    with connect_sse(gate.client, "GET", path, headers={"Cookie": f"{SESSION_COOKIE}={token}"}) as source:
        stream = source.iter_sse()
        take(stream, 2)
        with hub.uow.begin() as work:
            sessions.end_sessions(work, seeded.tenant_id, user.id)
        assert list(stream) == []


def test_strangers_and_those_who_may_not_watch_nothing(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, foreign: EventApiClient
) -> None:
    assert isinstance(gate.client, httpx.Client)
    stranger = EventApiClient(gate.client, foreign.raw, foreign.key_id, seeded.event_id)
    assert error_code(stranger.call("GET", "/live"), 404) == "EventNotFound"
    key_id, raw = make_key(hub, seeded.tenant_id, "events:*")
    small = EventApiClient(gate.client, raw, key_id, seeded.event_id)
    assert error_code(small.call("GET", "/live"), 403) == "PermissionMissing"
    assert error_code(gate.client.get(f"/api/v1/events/{seeded.event_id}/live"), 401)


def test_a_hub_that_stops_ends_its_streams_at_once(served: HubServerThread, gate: EventApiClient) -> None:
    with open_stream(gate) as stream:
        take(stream, 2)
        ended = threading.Event()

        def drain() -> None:
            list(stream)
            ended.set()

        reader = threading.Thread(target=drain)
        reader.start()
        assert served.stop() < 3
        assert ended.wait(SOON_S)
        reader.join()


def test_idle_streams_hold_no_thread(gate: EventApiClient, seeded: Seeded) -> None:
    """The thread pool has 40 threads: sixty streams that each held one would stop the hub."""
    with ExitStack() as stack:
        streams = [stack.enter_context(open_stream(gate)) for _ in range(60)]
        for stream in streams:
            take(stream, 2)
        gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody")
        for stream in streams:
            assert parse(take(stream, 1))[0][0] == "scan"


def test_nobody_opens_streams_without_end(
    hub: HubContext, gate: EventApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "MAX_STREAMS", 2)
    open_now = hub.metrics.live_streams._value.get
    with open_stream(gate) as first, open_stream(gate) as other:
        take(first, 2)
        take(other, 2)
        assert open_now() == 2
        answer = gate.call("GET", "/live")
        assert (error_code(answer, 429), answer.headers["retry-after"]) == ("TooManyStreams", "10")
    _until(lambda: open_now() == 0)
    with open_stream(gate) as again:
        take(again, 2)


def test_a_reader_who_does_not_read_is_dropped(
    hub: HubContext,
    gate: EventApiClient,
    seeded: Seeded,
    served: HubServerThread,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sse, "SLOW_READER_S", 0.5)
    station = enrol(gate.client, seeded.enrol_code)  # type: ignore[arg-type]
    journal = Journal(station.device_id, seeded.event_id, seeded.gate_id)
    served.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with socket.socket() as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.connect(served.socket.getsockname()[:2])
        request = (
            f"GET /api/v1/events/{seeded.event_id}/live HTTP/1.1\r\nHost: x\r\nX-API-Key: {gate.raw}\r\n\r\n"
        )
        idle.sendall(request.encode())
        _until(lambda: bool(hub.live_streams._listeners))
        for _ in range(1000):
            journal.scan(participant_id=None, result="INVALID", reason="not_a_ticket")
        assert station.push(journal.request()).status_code == 200
        _until(lambda: not hub.live_streams._listeners)
    assert gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody")["result"] == "INVALID"


def _until(holds: Any) -> None:
    end = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
