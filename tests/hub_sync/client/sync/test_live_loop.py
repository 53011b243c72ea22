"""The live loop: what comes by the stream is passed on, and what can't be believed is pulled."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest
import zstandard

from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.live_changes import LiveNudge, LivePosition, PulledChanges
from hub_sync.client.sync.live_loop import LiveLoop
from hub_sync.contract.clock import ManualClock
from hub_sync.rules.answer_proof import (
    NONCE_HEADER,
    PROOF_HEADER,
    STATUS_HEADER,
    compute_changes_proof,
    compute_proof,
)
from tests.hub_sync.client.fake_hub import FakeHub, page, person

CREDENTIAL = "dw_device_secret"
KEY = sha256(b"secret").hexdigest()


class ProvingHub(FakeHub):
    """A hub whose live stream is proven; it sends `messages`, of which a callable gets the nonce."""

    messages: list[Any] = []  # noqa: RUF012 - each test sets its own

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.opened: list[dict[str, str]] = []
        """The queries of its streams."""

    def live(self, payload: Any) -> httpx.Response:
        self.opened.append(payload)
        nonce = self.headers[NONCE_HEADER]
        proof = compute_proof(KEY, nonce, "ACTIVE", 200, b"")
        headers = {"content-type": "text/event-stream", STATUS_HEADER: "ACTIVE", PROOF_HEADER: proof}

        def stream() -> Iterator[bytes]:
            for message in self.messages:
                yield message if isinstance(message, bytes) else message(nonce)

        return httpx.Response(200, headers=headers, content=stream())


def changes(nonce: str, key: str = KEY, **members: Any) -> bytes:
    """Return changes as the hub sends them; `members` are changed after the proof."""
    plain = orjson.dumps(
        page(person("1"), snapshot=False, cursor="2", upto=2, total=None).model_dump(mode="json")
    )
    proof = compute_changes_proof(key, nonce, ("event", "epoch-1"), (1, "1"), 2, sha256(plain).hexdigest())
    body = {
        "proof": proof,
        "event_id": "event",
        "epoch": "epoch-1",
        "after": 1,
        "since": "1",
        "upto": 2,
        "page": b64encode(zstandard.compress(plain)).decode(),
    }
    return b"event: changes\r\ndata: " + orjson.dumps(body | members) + b"\r\n\r\n"


@pytest.fixture
def hub(clock: ManualClock) -> ProvingHub:
    return ProvingHub(clock)


class Received:
    """What the loop has passed on."""

    def __init__(self, hub: ProvingHub) -> None:
        self.nudges: list[LiveNudge] = []
        self.changes: list[PulledChanges] = []
        self.commands = 0
        api = HubApi("http://hub", credential=CREDENTIAL, transport=httpx.MockTransport(hub))
        LiveLoop(
            api,
            on_nudge=self.nudges.append,
            on_open=lambda: None,
            on_command=self._count,
            on_changes=self.changes.append,
        ).run_once()
        api.close()

    def _count(self) -> None:
        self.commands += 1


def test_changes_nudges_and_commands_are_passed_on(hub: ProvingHub) -> None:
    hub.messages = [
        b'event: nudge\r\ndata: {"event_id":"event","cursor":"7"}\r\n\r\n: ping\r\n\r\n',
        changes,
        b"event: command\r\ndata: {}\r\n\r\nevent: news\r\ndata: x\r\n\r\n",
    ]
    received = Received(hub)
    assert received.nudges == [LiveNudge("event", "7")]
    assert [(each.after, each.since, each.upto) for each in received.changes] == [(1, "1", 2)]
    assert received.changes[0].pulled.page.participants[0][0] == "1"
    assert received.commands == 1


@pytest.mark.parametrize(
    "members",
    [
        {"after": 0},
        {"since": "0"},
        {"upto": 3},
        {"event_id": "other"},
        {"epoch": "other"},
        {"proof": "0" * 64},
        {"page": b64encode(zstandard.compress(b'{"participants":[]}')).decode()},
        {"page": "%"},
        {"page": "AAAA"},
        {"page": b64encode(zstandard.compress(b"x" * 2**21)).decode()},
        {"after": None},
    ],
)
def test_changes_that_are_not_the_hubs_or_not_understood_are_pulled(
    hub: ProvingHub, members: dict[str, Any]
) -> None:
    hub.messages = [lambda nonce: changes(nonce, **members)]
    received = Received(hub)
    assert (received.changes, received.nudges) == ([], [LiveNudge()])


def test_changes_of_another_stream_are_not_believed(hub: ProvingHub) -> None:
    hub.messages = [changes("another nonce")]
    assert Received(hub).changes == []


@pytest.mark.parametrize("data", ["", "{", "[]", "{}", '{"event_id":1}'])
def test_a_nudge_of_an_older_hub_is_a_reason_to_pull(hub: ProvingHub, data: str) -> None:
    hub.messages = [f"event: nudge\r\ndata: {data}\r\n\r\n".encode()]
    assert Received(hub).nudges == [LiveNudge()]


def test_a_stream_is_opened_with_the_place_where_the_roster_is(hub: ProvingHub) -> None:
    api = HubApi("http://hub", credential=CREDENTIAL, transport=httpx.MockTransport(hub))
    places = [LivePosition("event", "7"), None]
    loop = LiveLoop(api, lambda _: None, on_open=lambda: None, position=places.pop)
    loop.run_once()
    loop.run_once()
    assert hub.opened == [{"changes": "true"}, {"changes": "true", "event": "event", "cursor": "7"}]
    api.close()
