"""Responses over real sockets: the hub's, other servers', incomplete ones, and none."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from hub_sync.client.http import errors
from hub_sync.client.http.errors import (
    HubBusy,
    HubClientError,
    HubRefused,
    HubServerError,
    HubTimeout,
    HubUnreachable,
    InvalidHubResponse,
    StationLocked,
    StationRevoked,
    StationUnknown,
)
from hub_sync.client.http.hub_api import HubApi, LiveEvent
from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.rules.answer_proof import (
    NONCE_HEADER,
    PROOF_HEADER,
    STATUS_HEADER,
    compute_proof,
    proof_key,
)

JSON = b"Content-Type: application/json\r\n"
Serve = Callable[[bytes], str]


def http(status: str, body: bytes, headers: bytes = JSON) -> bytes:
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status.encode(), headers, len(body), body)


@pytest.fixture
def line() -> Iterator[Serve]:
    """Serve the same bytes to every client, then keep the connection open. Return the address."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    threads: list[threading.Thread] = []

    def serve(answer: bytes) -> str:
        def run() -> None:
            lines = []
            while not stop.is_set():
                try:
                    caller, _ = listener.accept()
                except TimeoutError:
                    continue
                lines.append(caller)
                caller.recv(65536)
                if answer:
                    caller.sendall(answer)
                if answer.endswith(b"cut"):
                    caller.close()
            for caller in lines:
                caller.close()

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    stop.set()
    for thread in threads:
        thread.join(5)
    listener.close()


def ask(address: str) -> HubClientError:
    api = HubApi(address, timeout=httpx.Timeout(0.3))
    try:
        with pytest.raises(HubClientError) as failure:
            api.time()
    finally:
        api.close()
    return failure.value


def problem(code: str, message: str = "No.") -> bytes:
    return b'{"title":"x","status":0,"error":{"code":"%s","message":"%s"}}' % (
        code.encode(),
        message.encode(),
    )


def test_a_good_answer_is_taken(line: Serve) -> None:
    api = HubApi(line(http("200 OK", b'{"server_time_ms":5,"newer":"member"}')))
    assert api.time().server_time_ms == 5
    api.close()


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (http("200 OK", b"<html>Sign in</html>", b"Content-Type: text/html\r\n"), InvalidHubResponse, errors.LOGIN_PAGE),
        (http("302 Found", b"", b"Location: http://portal/\r\n"), InvalidHubResponse, errors.LOGIN_PAGE),
        (http("307 Temporary Redirect", b"", b"Location: http://p/\r\n"), InvalidHubResponse, errors.LOGIN_PAGE),
        (http("511 Network Authentication Required", b"<html>"), InvalidHubResponse, errors.LOGIN_PAGE),
        (http("403 Forbidden", b"<html>blocked</html>", b"Content-Type: text/html\r\n"), InvalidHubResponse, errors.LOGIN_PAGE),
        (http("404 Not Found", b'{"detail":"no"}'), InvalidHubResponse, errors.LOGIN_PAGE),
        (http("200 OK", b'{"server_time_ms":'), InvalidHubResponse, errors.CUT_OFF),
        (http("200 OK", b'{"other":1}'), InvalidHubResponse, errors.NOT_UNDERSTOOD),
        (http("200 OK", b'{"server_time_ms":"soon"}'), InvalidHubResponse, errors.NOT_UNDERSTOOD),
        (b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Length: 999\r\n\r\n{cut", InvalidHubResponse, errors.CUT_OFF),
        (http("200 OK", b"not zstd", JSON + b"Content-Encoding: zstd\r\n"), InvalidHubResponse, errors.CUT_OFF),
        (http("200 OK", b"not gzip", JSON + b"Content-Encoding: gzip\r\n"), InvalidHubResponse, errors.CUT_OFF),
        (b"SSH-2.0-OpenSSH_9.7\r\ncut", InvalidHubResponse, errors.CUT_OFF),
        (b"cut", InvalidHubResponse, errors.CUT_OFF),
        (b"", HubTimeout, errors.TOO_SLOW),
        (b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Length: 999\r\n\r\n{", HubTimeout, errors.TOO_SLOW),
        (http("500 Oops", b"trace", b"Content-Type: text/html\r\n"), HubServerError, errors.FAULT.format(status=500)),
        (http("503 Busy", b"", b""), HubServerError, errors.FAULT.format(status=503)),
        (http("401 No", problem("DeviceUnknown")), StationUnknown, errors.UNKNOWN),
        (http("403 No", problem("DeviceRevoked")), StationRevoked, errors.REVOKED),
        (http("403 No", problem("DeviceLocked")), StationLocked, errors.LOCKED),
        (http("409 No", problem("JournalGap", "A row is missing.")), HubRefused, "A row is missing."),
    ],
)  # fmt: skip
def test_each_answer_is_told_for_what_it_is(
    line: Serve, answer: bytes, kind: type[HubClientError], sentence: str
) -> None:
    failure = ask(line(answer))
    assert type(failure) is kind
    assert str(failure) == sentence


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (b"Retry-After: 7\r\n", 7.0),
        (b"Retry-After: 0\r\n", 0.0),
        (b"Retry-After: 999999\r\n", 30.0),
        (b"Retry-After: -3\r\n", 0.0),
        (b"Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n", 5.0),
        (b"", 5.0),
    ],
)
def test_retry_after_is_honoured_within_reason(line: Serve, headers: bytes, seconds: float) -> None:
    failure = ask(line(http("429 Slow down", problem("RateLimited"), JSON + headers)))
    assert isinstance(failure, HubBusy)
    assert failure.retry_after_s == seconds


@pytest.mark.parametrize("is_proven", [True, False])
def test_a_busy_answer_says_if_it_is_the_hubs(*, is_proven: bool) -> None:
    key = proof_key("dw_device_secret")

    def hub(request: httpx.Request) -> httpx.Response:
        assert key is not None
        proof = compute_proof(key, request.headers[NONCE_HEADER], "ACTIVE", 429, b"{}")
        headers = {"content-type": "application/json", STATUS_HEADER: "ACTIVE"}
        return httpx.Response(
            429, content=b"{}", headers=headers | ({PROOF_HEADER: proof} if is_proven else {})
        )

    api = HubApi("http://hub/", credential="dw_device_secret", transport=httpx.MockTransport(hub))
    with pytest.raises(HubBusy) as busy:
        api.pull(None, 50)
    assert busy.value.is_proven is is_proven


def test_a_busy_hub_that_says_when_is_throttling_and_not_a_fault(line: Serve) -> None:
    assert isinstance(ask(line(http("503 Busy", b"", b"Retry-After: 2\r\n"))), HubBusy)


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    failure = ask(address)
    assert type(failure) is HubUnreachable
    assert str(failure) == errors.NO_ANSWER


def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    assert type(ask("http://no-such-hub.invalid")) is HubUnreachable


@pytest.mark.parametrize("address", ["", "hub", "ftp://hub", "http://", "file:///etc"])
def test_an_address_that_is_none_is_said(address: str) -> None:
    with pytest.raises(ValueError, match="starts with http"):
        HubApi(address)


def test_a_forgotten_proxy_in_the_environment_does_not_take_the_gate_off_its_hub(
    line: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    api = HubApi(line(http("200 OK", b'{"server_time_ms":5}')))
    assert api.time().server_time_ms == 5
    api.close()


def test_the_credential_and_the_boot_travel_with_every_call() -> None:
    request_headers: list[httpx.Headers] = []

    def hub(request: httpx.Request) -> httpx.Response:
        request_headers.append(request.headers)
        return httpx.Response(200, json={"server_time_ms": 1})

    api = HubApi("http://hub/", credential="secret", boot_id="b-1", transport=httpx.MockTransport(hub))
    api.time()
    assert request_headers[0]["authorization"] == "Bearer secret"
    assert request_headers[0][BOOT_HEADER] == "b-1"
    assert "zstd" in request_headers[0]["accept-encoding"]


def stream(events: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + events


def test_events_come_through_and_pings_do_not_disturb(line: Serve) -> None:
    events = b": ping\n\nevent: nudge\ndata: {}\n\nevent: other\ndata: x\n\n: ping\n\nevent: nudge\ndata: {}\n\ncut"
    api = HubApi(line(stream(events)))
    with api.live() as live:
        assert list(live.events()) == [
            LiveEvent("nudge", "{}"),
            LiveEvent("other", "x"),
            LiveEvent("nudge", "{}"),
        ]
    api.close()


def test_a_log_in_page_is_no_live_stream(line: Serve) -> None:
    api = HubApi(line(http("200 OK", b"<html>", b"Content-Type: text/html\r\n")))
    with pytest.raises(InvalidHubResponse), api.live():
        pass
    api.close()


def test_a_stream_can_be_cut_from_another_thread(line: Serve) -> None:
    api = HubApi(line(stream(b"event: nudge\ndata: {}\n\n")))
    began = time.monotonic()
    with api.live() as live:
        events = live.events()
        next(events)
        timer = threading.Timer(0.1, live.disconnect)
        timer.start()
        assert list(events) == []
        timer.join()
    api.close()
    assert time.monotonic() - began < 2


def test_a_proxy_in_the_environment_cuts_no_station_off(line: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    api = HubApi(line(http("200 OK", b'{"server_time_ms":5}')))
    assert api.time().server_time_ms == 5
    api.close()
