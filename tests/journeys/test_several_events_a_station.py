"""A machine at one door with a fair by day and a dinner at night: a real hub, two stations, outages between."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub_sync.contract.enums import ReasonCode, ScanResult
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from kiosk_app.core.assignment import checkpoints_to_choose, serve_checkpoint
from kiosk_app.core.events import event_options
from kiosk_app.messages import EventSwitch, GateOutcome
from tests.faults.killable_station import KillableStation
from tests.support.builders.event import NOON, new_checkpoint, new_participant
from tests.support.builders.people import APPROVED
from tests.support.two_gates import TwoGates, two_gates

GUEST = "guest"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[TwoGates]:
    with two_gates(tmp_path) as built:
        yield built


@pytest.fixture
def dinner(here: TwoGates) -> str:
    """Create a dinner in the same hall, with a guest who is at the fair, too, and assign both stations to both events."""
    venue = here.template.venue
    with here.hub.context.uow.begin() as work:
        new = events.NewEvent(
            slug="dinner", name="Dinner", starts_at=NOON, ends_at=NOON + timedelta(days=1), time_zone="UTC"
        )
        event_id = events.create(work, venue.tenant_id, new).id
        events.update(
            work, venue.tenant_id, event_id, events.EventChanges.model_validate({"status": "PUBLISHED"})
        )
        door = new_checkpoint("Dining hall", "hall")
        check_in.create_checkpoint(work, venue.tenant_id, event_id, door)
        participants.create(work, venue.tenant_id, event_id, new_participant(GUEST, APPROVED))
    assign(here, venue.event_id, event_id)
    here.sync(here.a, here.b)
    return event_id


def assign(here: TwoGates, *event_ids: str) -> None:
    venue = here.template.venue
    with here.hub.context.uow.begin() as work:
        for device_id in venue.device_ids.values():
            changes = devices.DeviceChanges(events=list(event_ids))
            devices.update(work, venue.tenant_id, device_id, changes, UNBOUNDED)


def serve(station: KillableStation, event_id: str) -> None:
    assert station.gate.serve_event(event_id).result is EventSwitch.SERVED
    if (choice := checkpoints_to_choose(station.store)) and len(choice) == 1:
        serve_checkpoint(station.store, choice[0].id)


def scan(here: TwoGates, station: KillableStation, person: str, event_id: str = "") -> GateOutcome:
    text = here.template.printer.ticket(person, event=event_id)
    return station.scan(lambda gate: gate.decide_scan(text))


def test_a_day_of_two_events_at_one_door(here: TwoGates, dinner: str) -> None:
    fair = here.template.venue.event_id
    assert [option.name for option in event_options(here.a.store).options][1:] == ["Dinner"]
    assert all(option.roster_at for option in event_options(here.a.store).options)
    assert here.scan(here.a, "ada").is_green
    here.offline(here.a, here.b)
    serve(here.a, dinner)
    pointed = scan(here, here.a, "bo")
    assert (pointed.decision.reason, pointed.other_event) == (ReasonCode.WRONG_EVENT, pointed.other_event)
    assert (pointed.event_name, bool(pointed.other_event)) == ("Dinner", True)
    assert scan(here, here.a, GUEST, dinner).is_green
    here.wait(minutes=1)
    serve(here.a, fair)
    assert here.scan(here.a, "ada").decision.result is ScanResult.ALREADY_SCANNED, "there and back, offline"
    here.online(here.a, here.b)
    here.sync(here.a, here.b)
    log = [(row.event_id, row.participant_id, row.result) for row in here.log()]
    assert sorted(log, key=str) == sorted(
        [
            (fair, "ada", ScanResult.VALID),
            (dinner, None, ScanResult.INVALID),
            (dinner, GUEST, ScanResult.VALID),
            (fair, "ada", ScanResult.ALREADY_SCANNED),
        ],
        key=str,
    )
    assert here.scan(here.b, "ada").decision.reason is ReasonCode.ALREADY_INSIDE
    here.wait(minutes=6)
    here.sync(here.b)
    here.offline(here.b)
    serve(here.b, dinner)
    assert scan(here, here.b, GUEST, dinner).decision.reason is ReasonCode.ALREADY_INSIDE, "told by the hub"


def test_an_event_that_is_taken_away_delivers_its_scans(here: TwoGates, dinner: str) -> None:
    fair = here.template.venue.event_id
    here.offline(here.a)
    serve(here.a, dinner)
    assert scan(here, here.a, GUEST, dinner).is_green
    assign(here, fair)
    here.online(here.a)
    here.sync(here.a)
    assert here.a.store.venue.event() is None, "its list is gone"
    assert [(row.event_id, row.participant_id) for row in here.log()] == [(dinner, GUEST)]
    serve(here.a, fair)
    assert here.scan(here.a, "ada").is_green
