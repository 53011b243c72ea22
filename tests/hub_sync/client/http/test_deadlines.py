"""An exchange ends at its deadline, however slowly its bytes come."""

import threading
import time

import httpcore
import pytest

from hub_sync.client.http.deadlines import ExchangeDeadline
from hub_sync.client.http.errors import HubTimeout
from hub_sync.client.http.hub_api import HubApi
from tests.support.hostile_hub import HostileHub, dripped, http

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
            assert next(live.nudges()) is None
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
