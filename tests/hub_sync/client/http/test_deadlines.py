"""An exchange ends at its deadline, however slowly its bytes come."""

import ssl
import threading
import time

import httpcore
import pytest

from hub_sync.client.http.deadlines import ExchangeDeadline, _TimedStream
from hub_sync.client.http.errors import HubTimeout
from hub_sync.client.http.hub_api import HubApi
from tests.support.network.hostile_hub import HostileHub, dripped, http

ANSWER = http("200 OK", b'{"server_time_ms":5}' + b" " * 4000)


@pytest.mark.parametrize("at_once", [0, 20, len(ANSWER) - 4000], ids=["headers", "in a header", "body"])
def test_an_answer_that_drips_is_given_up_at_the_deadline(at_once: int) -> None:
    with HostileHub(time=dripped(ANSWER, at_once)) as hub:
        api = HubApi(hub.url, deadline_s=0.4)
        answered = threading.Event()

        def ask() -> None:
            with pytest.raises(HubTimeout):
                api.time()
            answered.set()

        thread = threading.Thread(target=ask)
        thread.start()
        assert answered.wait(20), "the drip lasts 200 s"
        thread.join()
        api.close()


def test_an_answer_that_drips_to_its_end_in_time_is_taken() -> None:
    answer = http("200 OK", b'{"server_time_ms":5}')
    with HostileHub(time=dripped(answer, len(answer) - 5, 0.01)) as hub:
        api = HubApi(hub.url, deadline_s=20)
        assert api.time().server_time_ms == 5
        api.close()


def test_the_next_exchange_has_a_deadline_of_its_own() -> None:
    quick, slow = http("200 OK", b'{"server_time_ms":5}'), dripped(ANSWER, 0)
    with HostileHub(time=lambda connection: connection.sendall(quick)) as hub:
        api = HubApi(hub.url, deadline_s=0.4)
        api.time()
        time.sleep(0.5)
        api.time()
        hub.answers["time"] = slow
        with pytest.raises(HubTimeout):
            api.time()
        api.close()


def test_an_open_live_stream_has_no_deadline() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    body = b": ping\n\nevent: nudge\ndata: {}\n\n"
    with HostileHub(live=dripped(head + body, len(head), 0.03)) as hub:
        api = HubApi(hub.url, deadline_s=0.5)
        with api.live() as live:
            assert next(live.events()).name == "nudge"
        api.close()


def test_a_deadline_limits_each_timeout() -> None:
    deadline = ExchangeDeadline()
    assert deadline.limit(3, httpcore.ReadTimeout) == 3
    deadline.start(60)
    assert deadline.limit(3, httpcore.ReadTimeout) == 3
    assert 59 < (deadline.limit(None, httpcore.ReadTimeout) or 0) <= 60
    deadline.start(0)
    with pytest.raises(httpcore.WriteTimeout):
        deadline.limit(3, httpcore.WriteTimeout)
    deadline.clear()
    assert deadline.limit(None, httpcore.ReadTimeout) is None


class RecordingStream(httpcore.NetworkStream):
    """A connection that records what is written, and with which time-outs."""

    def __init__(self) -> None:
        self.written = b""
        self.timeouts: list[float | None] = []

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.written += buffer
        self.timeouts.append(timeout)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self.timeouts.append(timeout)
        return self


def test_a_large_body_is_sent_whole_in_parts_that_each_keep_the_deadline() -> None:
    deadline, inner = ExchangeDeadline(), RecordingStream()
    stream, body = _TimedStream(inner, deadline), bytes(range(256)) * 400
    deadline.start(5.0)
    stream.write(body, 60.0)
    assert inner.written == body
    assert len(inner.timeouts) == 7
    assert all(timeout is not None and timeout <= 5.0 for timeout in inner.timeouts)
    deadline.start(0.0)
    with pytest.raises(httpcore.WriteTimeout):
        stream.write(body, 60.0)


def test_the_deadline_holds_inside_tls_too() -> None:
    deadline, inner = ExchangeDeadline(), RecordingStream()
    deadline.start(5.0)
    stream = _TimedStream(inner, deadline).start_tls(ssl.create_default_context(), "hub", 60.0)
    stream.write(b"x", 60.0)
    assert all(timeout is not None and timeout <= 5.0 for timeout in inner.timeouts)
    deadline.start(0.0)
    with pytest.raises(httpcore.WriteTimeout):
        stream.write(b"x", 60.0)
