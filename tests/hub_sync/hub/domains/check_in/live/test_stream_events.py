"""An event's live stream over a real socket: what is, what happens, exactly what was missed."""

import time

import httpx
import pytest
from fastapi import FastAPI
from httpx_sse import connect_sse

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.app import create_app
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.live import stream_events
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import EventApiClient, register
from tests.hub_sync.hub.domains.check_in.live.stream_client import open_stream, parse, take
from tests.hub_sync.hub.station_client import Journal, enrol
from tests.support.hub_server import SOON_S, serving


def test_counts_come_at_once_and_then_what_happens_without_names(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    with open_stream(gate) as stream:
        assert parse(take(stream, 2)) == [
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
        happened = take(stream, 3)
        assert time.monotonic() - began < 1
        counts = {data["zone_id"]: data["current_count"] for name, data in parse(happened[:2])}
        assert counts == {None: 1, "hall-a": 1}
        (name, scan) = parse(happened)[2]
        assert (name, scan["access_log_id"], scan["result"]) == ("scan", verdict["access_log_id"], "VALID")
        assert (scan["checkpoint_id"], scan["zone"]) == (seeded.gate_id, "hall-a")
        text = "".join(event.data for event in happened)
        assert not [name for name in ("Ada", "Lovelace", '"ada"') if name in text]
        assert "participant" not in text


def test_a_refused_scan_is_told_and_moves_no_stations_feed(
    hub: HubContext, gate: EventApiClient, seeded: Seeded
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with open_stream(gate) as stream:
        take(stream, 2)
        with hub.uow.read() as work:
            before = change_feed.feed_position(work.session, key)
        gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody")
        assert parse(take(stream, 1))[0][1]["reason_code"] == "unknown_code"
        with hub.uow.read() as work:
            after = change_feed.feed_position(work.session, key)
    assert (after.head, after.log_head) == (before.head, before.log_head + 1)


def test_after_any_event_the_rest_is_told_again_exactly(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any event, and for any page size, nothing comes twice and nothing is left out."""
    monkeypatch.setattr(stream_events, "PAGE", 3)
    with open_stream(gate) as stream:
        last = take(stream, 2)[-1].id
    for number in range(5):
        ticket = register(hub, seeded, f"p-{number}")
        gate.scan(checkpoint_id=seeded.gate_id, ticket=ticket)
        gate.scan(checkpoint_id=seeded.gate_id, ticket=ticket)
    gate.data("POST", f"/checkpoints/{seeded.gate_id}/toggle", json={"active": False})
    with open_stream(gate, last) as stream:
        missed = take(stream, 13)
    names = [name for name, _ in parse(missed)]
    assert sorted(names) == ["checkpoint:updated"] + ["occupancy:updated"] * 2 + ["scan"] * 10
    assert len({event.id for event in missed}) == 13
    for number, event in enumerate(missed[:-1]):
        with open_stream(gate, event.id) as stream:
            rest = take(stream, 12 - number)
        assert [(each.id, each.data) for each in rest] == [
            (each.id, each.data) for each in missed[number + 1 :]
        ]


def test_a_position_is_good_at_another_process(
    hub: HubContext, app: FastAPI, gate: EventApiClient, seeded: Seeded, ada: str, clock: ManualClock
) -> None:
    with open_stream(gate) as stream:
        last = take(stream, 2)[-1].id
    gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody")
    with serving(create_app(hub.settings, clock)) as other:
        assert isinstance(gate.client, httpx.Client)
        with httpx.Client(base_url=other.url, timeout=SOON_S, trust_env=False) as client:
            there = EventApiClient(client, gate.raw, gate.key_id, gate.event_id)
            with open_stream(there, last) as stream:
                assert parse(take(stream, 1))[0][1]["result"] == "INVALID"
                gate.scan(checkpoint_id=seeded.gate_id, registration_code="again nobody")
                assert parse(take(stream, 1))[0][0] == "scan", "committed by the other process"


def test_a_position_that_can_not_be_gone_on_from_is_reset(
    hub: HubContext, gate: EventApiClient, seeded: Seeded
) -> None:
    with hub.uow.read() as work:
        epoch = change_feed.feed_position(work.session, FeedKey(seeded.tenant_id, seeded.event_id)).epoch
    path = f"/api/v1/events/{gate.event_id}/live"
    assert isinstance(gate.client, httpx.Client)
    for strange in ("nonsense", f"{epoch}.999999.0", "other.0.0", f"{epoch}.-1.0", f"{epoch}.0.٣"):
        headers = {b"Last-Event-ID": strange.encode(), b"X-API-Key": gate.raw.encode()}
        with connect_sse(gate.client, "GET", path, headers=headers) as source:
            names = [name for name, _ in parse(take(source.iter_sse(), 3))]
        assert names == ["reset", "occupancy:updated", "occupancy:updated"], strange


def test_who_missed_too_much_is_reset(
    gate: EventApiClient, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_stream(gate) as stream:
        last = take(stream, 2)[-1].id
    for _ in range(3):
        gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody")
    with open_stream(gate, last) as stream:
        assert parse(take(stream, 1))[0][0] == "scan"
    monkeypatch.setattr(stream_events, "LONGEST_REPLAY", 2)
    with open_stream(gate, last) as stream:
        assert parse(take(stream, 1))[0][0] == "reset"


def test_two_stations_conflict_is_told(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    station = enrol(gate.client, seeded.enrol_code)  # type: ignore[arg-type]
    journal = Journal(station.device_id, seeded.event_id, seeded.gate_id)
    journal.scan(participant_id="ada")
    with open_stream(gate) as stream:
        take(stream, 2)
        gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)
        take(stream, 3)
        assert station.push(journal.request()).status_code == 200
        (name, conflict), (other, scan) = parse(take(stream, 2))
    assert (name, other, scan["device_id"]) == ("conflict:updated", "scan", station.device_id)
    assert {conflict["device_id"], conflict["other_device_id"]} == {station.device_id, gate.key_id}
    assert "participant_id" not in conflict


def test_a_zones_capacity_is_told(hub: HubContext, gate: EventApiClient, seeded: Seeded) -> None:
    with open_stream(gate) as stream:
        take(stream, 2)
        with hub.uow.begin() as work:
            check_in.set_capacity(work, seeded.tenant_id, seeded.event_id, "hall-a", 7)
        (name, count) = parse(take(stream, 1))[0]
    assert (name, count["zone_id"], count["max_capacity"]) == ("occupancy:updated", "hall-a", 7)
