"""A client of an event's live stream."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from httpx_sse import ServerSentEvent, connect_sse

from tests.hub_sync.hub.domains.check_in.conftest import EventApiClient


@contextmanager
def open_stream(gate: EventApiClient, last_event_id: str = "") -> Iterator[Iterator[ServerSentEvent]]:
    headers = gate.headers | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    path = f"/api/v1/events/{gate.event_id}/live"
    assert isinstance(gate.client, httpx.Client)
    with connect_sse(gate.client, "GET", path, headers=headers) as source:
        assert source.response.status_code == 200, source.response.read()
        yield source.iter_sse()


def take(stream: Iterator[ServerSentEvent], count: int) -> list[ServerSentEvent]:
    return [next(stream) for _ in range(count)]


def parse(events: list[ServerSentEvent]) -> list[tuple[str, dict[str, Any]]]:
    return [(event.event, json.loads(event.data)) for event in events]
