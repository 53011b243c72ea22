"""When a journal is sealed, and how seals get to the hub."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from hub_sync.client.http.errors import HubServerError
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import StationEnrolment, Store, StoreError, StoreFault
from hub_sync.client.sync.sealing import SEAL_AFTER_MS, SEAL_ROWS, SHIFT_SETTING, JournalSealer, SealPush
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.seals import SealReason, SealStatement
from hub_sync.rules.evidence.verification import seal_hash
from tests.hub_sync.client.fake_hub import refused, scan


@pytest.fixture
def enrolled(store: Store) -> Store:
    """Return a store that is enrolled."""
    store.settings.save_enrolment(
        StationEnrolment("http://hub", "gate-a", "t", "event", "checkpoint", "Gate", "gate", "secret")
    )
    return store


def reasons(store: Store) -> list[str]:
    return [SealStatement.model_validate_json(item.statement).reason for item in store.seals.items()]


def test_a_row_is_sealed_after_a_minute_and_not_before(enrolled: Store, clock: ManualClock) -> None:
    sealer = JournalSealer(enrolled, clock)
    sealer.run_once()
    enrolled.journal.append(scan())
    sealer.run_once()
    clock.advance(timedelta(milliseconds=SEAL_AFTER_MS - 1))
    sealer.run_once()
    assert reasons(enrolled) == []
    clock.advance(timedelta(milliseconds=1))
    sealer.run_once()
    sealer.run_once()
    assert reasons(enrolled) == ["time"]


def test_many_rows_are_sealed_at_once(enrolled: Store, clock: ManualClock, monkeypatch: Any) -> None:
    sealer = JournalSealer(enrolled, clock)
    monkeypatch.setattr(enrolled.seals, "unsealed", lambda: SEAL_ROWS)
    enrolled.journal.append(scan())
    sealer.run_once()
    assert reasons(enrolled) == ["rows"]


def test_a_hand_over_seals_the_shift(enrolled: Store, clock: ManualClock) -> None:
    enrolled.settings.put(SHIFT_SETTING, {"operator_id": "ada"})
    sealer = JournalSealer(enrolled, clock)
    enrolled.journal.append(scan())
    sealer.run_once()
    assert reasons(enrolled) == []
    enrolled.settings.put(SHIFT_SETTING, None)
    sealer.run_once()
    assert reasons(enrolled) == ["hand-over"]


def test_a_stop_seals_what_is_left_and_a_full_disk_does_not_prevent_it(
    enrolled: Store, clock: ManualClock, monkeypatch: Any
) -> None:
    enrolled.journal.append(scan())
    JournalSealer(enrolled, clock).stop()
    assert reasons(enrolled) == ["stop"]

    def fail(*_: Any, **__: Any) -> None:
        raise StoreError(StoreFault.FULL)

    monkeypatch.setattr(enrolled.seals, "seal", fail)
    JournalSealer(enrolled, clock).stop()


def api_of(answer: Callable[[Any], httpx.Response]) -> tuple[HubApi, list[Any]]:
    calls: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        calls.append(orjson.loads(request.content))
        return answer(calls[-1])

    return HubApi("http://hub", transport=httpx.MockTransport(handle)), calls


def anchored(payload: Any) -> httpx.Response:
    anchors = []
    for item in payload["items"]:
        statement = orjson.loads(item["statement"])
        names = ("chain", "number", "journal_id", "sequence", "head")
        anchors.append(
            {name: statement[name] for name in names}
            | {"seal": seal_hash(**item), "received_at_ms": 5, "state": "AGREES"}
        )
    return httpx.Response(200, json={"anchors": anchors, "server_time_ms": 5})


@pytest.fixture
def sealed(enrolled: Store) -> Store:
    """Return a store with one seal, whose row the hub has."""
    row = enrolled.journal.append(scan())
    enrolled.seals.seal(SealReason.TIME)
    enrolled.outbox.acknowledge(1, row.hash)
    return enrolled


def test_seals_are_sent_once_and_their_anchors_are_stored(sealed: Store, clock: ManualClock) -> None:
    api, calls = api_of(anchored)
    push = SealPush(sealed, api, clock)
    assert not push.run_once()
    assert not push.run_once()
    assert len(calls) == 1
    assert [line["by"] for line in sealed.seals.anchors()] == ["hub"]


def test_an_older_hub_is_left_alone_for_a_while(sealed: Store, clock: ManualClock) -> None:
    api, calls = api_of(lambda _: refused(404, "NotFound"))
    push = SealPush(sealed, api, clock)
    push.run_once()
    push.run_once()
    assert len(calls) == 1
    clock.advance(timedelta(seconds=601))
    push.run_once()
    assert len(calls) == 2


def test_a_hub_that_fails_gets_the_same_seals_again(sealed: Store, clock: ManualClock) -> None:
    api, calls = api_of(lambda _: httpx.Response(500))
    push = SealPush(sealed, api, clock)
    for _ in range(2):
        with pytest.raises(HubServerError):
            push.run_once()
    assert calls[0] == calls[1]
