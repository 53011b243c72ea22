"""From a set minute on, two gates without the hub give seats of people who did not come to the waitlist, each seat once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.client.store.station.door import NOTHING
from hub_sync.contract.enums import ParticipantStatus, ReasonCode, ScanResult, WaitlistStatus
from hub_sync.contract.sync import SEAT_GIVEN
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.jobs import DoorJob
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.domains.waitlist.tables import WaitlistDoorSeat
from hub_sync.hub.kit.events.change_feed import FeedKey
from kiosk_app.messages import DoorWaitlist, GateOutcome, Notice
from tests.faults.killable_station import KillableStation
from tests.support.two_gates import OVERRIDE, TwoGates, two_gates

MINUTE = 250
"""Ten minutes after noon, when the gates of `two_gates` begin; the event has begun at eight."""


@dataclass
class Door:
    """The waitlist of an event with three seats, of which nobody has come yet."""

    gates: TwoGates

    @property
    def key(self) -> FeedKey:
        venue = self.gates.template.venue
        return FeedKey(venue.tenant_id, venue.event_id)

    def join(self, name: str, party_size: int = 1) -> str:
        new = participants.NewParticipant(id=name, first_name=name.capitalize(), last_name="Waits")
        with self.gates.hub.context.uow.begin() as work:
            entry = waitlist.register_and_join(work, self.key, new, party_size=party_size)
            assert entry is not None
            id_ = entry.id
        self.gates.wait(seconds=1)
        return id_

    def lease(self) -> int:
        """Let the stations report what they can do, and the job of the hub look."""
        context = self.gates.hub.context
        with context.uow.begin() as work:
            for device in work.session.scalars(select(KioskDevice)):
                device.report, device.last_seen_at = {"gives_door_seats": True}, work.now()
        return DoorJob(context).run_once()

    def seats(self, **where: Any) -> list[WaitlistDoorSeat]:
        with self.gates.hub.context.uow.read() as work:
            rows = list(work.session.scalars(select(WaitlistDoorSeat).filter_by(**where)))
            work.session.expunge_all()
            return rows

    def status(self, entry_id: str) -> WaitlistStatus:
        with self.gates.hub.context.uow.read() as work:
            return waitlist.get(work, self.key, entry_id).status

    def person(self, id_: str) -> participants.Participant:
        with self.gates.hub.context.uow.read() as work:
            person = participants.get(work, *self.key, id_)
            work.session.expunge(person)
            return person

    def used(self) -> int:
        with self.gates.hub.context.uow.read() as work:
            state = waitlist.read_state(work, self.key)
            assert state is not None
            return state.free.used

    def admit(self, station: KillableStation, entry_id: str) -> GateOutcome:
        outcome = station.scan(lambda gate: gate.admit_at_door(entry_id))
        assert isinstance(outcome, GateOutcome)
        return outcome


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with two_gates(tmp_path) as gates:
        door = Door(gates)
        with gates.hub.context.uow.begin() as work:
            feature_flags.switch(work, door.key.tenant_id, FF_WAITLIST, enabled=True)
            events.update(work, *door.key, events.EventChanges.model_validate({"capacity": 3}))
            settings = {"is_active": True, "door_minute": MINUTE}
            changes = waitlist.WaitlistSettingsChanges.model_validate(settings)
            waitlist.update_settings(work, door.key, changes)
        yield door


def shown(station: KillableStation) -> DoorWaitlist:
    return station.gate.door_waitlist()


def test_two_gates_without_the_hub_give_each_seat_once_and_the_hub_settles_it(door: Door) -> None:
    gates = door.gates
    dora, eve = door.join("dora"), door.join("eve")
    assert door.lease() == 3, "all three have not come yet"
    gates.sync(gates.a, gates.b)
    assert shown(gates.a) == DoorWaitlist(), "it is not time yet"
    gates.scan(gates.b, "ada")  # comes in time
    gates.sync(gates.b, gates.a)
    door.lease()
    gates.sync(gates.a, gates.b)
    gates.offline(gates.a, gates.b)
    gates.wait(minutes=11)

    at_a, at_b = shown(gates.a), shown(gates.b)
    assert at_a.seats + at_b.seats == 2
    assert [place.name for place in at_a.places] == ["Dora Waits", "Eve Waits"]
    assert door.admit(gates.a, dora).is_green
    assert [place.name for place in shown(gates.a).places] == ["Eve Waits"]
    again = gates.a.gate.admit_at_door(dora)
    assert again is Notice.DOOR_CHANGED
    gates.wait(seconds=5)
    assert door.admit(gates.b, dora).is_green, "the other gate can't know"
    assert shown(gates.a).seats == shown(gates.b).seats == 0
    assert gates.b.gate.admit_at_door(eve) is Notice.DOOR_CHANGED, "no gate gives what it does not have"

    gates.online(gates.b)  # the later one comes first
    gates.sync(gates.b)
    assert door.status(dora) is WaitlistStatus.ACCEPTED
    gates.online(gates.a)
    gates.sync(gates.a, gates.b)
    (counted,) = door.seats(entry_id=dora)
    assert counted.device_id == gates.template.devices["A"], "the earlier row counts"
    assert door.person("dora").status is ParticipantStatus.APPROVED
    assert door.used() == 3
    no_show = str(counted.holder_id)
    assert door.person(no_show).standing == SEAT_GIVEN
    assert {entry.flag for entry in gates.log()} == {None}

    assert door.lease() == 1, "the other seat is leased anew"
    gates.sync(gates.a, gates.b)
    (gate,) = [each for each in (gates.a, gates.b) if shown(each).seats]
    assert door.admit(gate, eve).is_green
    gates.sync(gates.a, gates.b)
    assert door.status(eve) is WaitlistStatus.ACCEPTED
    assert door.used() == 3
    assert shown(gates.a) == shown(gates.b) == DoorWaitlist()


def test_whoever_comes_late_is_told_and_a_supervisor_may_let_them_in(door: Door) -> None:
    gates = door.gates
    dora = door.join("dora")
    assert door.lease() == 2, "as many as somebody waits for, at each gate"
    gates.sync(gates.a, gates.b)
    gates.wait(minutes=11)
    gates.offline(gates.a)
    assert door.admit(gates.a, dora).is_green
    (no_show,) = gates.a.store.door.read(door.key.event_id).holders

    late = gates.scan(gates.a, no_show)  # at the gate itself, without the hub
    assert (late.decision.reason, late.decision.overridable) == (ReasonCode.SEAT_GIVEN_AWAY, True)
    gates.online(gates.a)
    gates.sync(gates.a, gates.b)
    late = gates.scan(gates.b, no_show)
    assert late.decision.reason is ReasonCode.SEAT_GIVEN_AWAY
    let_in = gates.b.scan(lambda gate: gate.decide_again(late.subject, OVERRIDE))
    assert let_in.decision.result is ScanResult.MANUAL_OVERRIDE
    gates.sync(gates.a, gates.b)
    assert door.used() == 3, "one seat is one person's in the books"


def test_whoever_gets_their_seat_back_is_let_in_by_the_gate_that_gave_it(door: Door) -> None:
    gates = door.gates
    dora = door.join("dora")
    door.lease()
    gates.sync(gates.a, gates.b)
    gates.wait(minutes=11)
    gates.offline(gates.a, gates.b)
    assert door.admit(gates.a, dora).is_green
    gates.wait(seconds=5)
    assert door.admit(gates.b, dora).is_green
    (no_show,) = gates.b.store.door.read(door.key.event_id).holders
    assert gates.scan(gates.b, no_show).decision.reason is ReasonCode.SEAT_GIVEN_AWAY

    gates.online(gates.b)  # its row counts until the earlier one comes
    gates.sync(gates.b)
    assert gates.scan(gates.b, no_show).decision.reason is ReasonCode.SEAT_GIVEN_AWAY
    gates.online(gates.a)
    gates.sync(gates.a, gates.b)
    assert door.person(no_show).standing == ""
    assert gates.scan(gates.b, no_show).is_green
    assert door.used() == 3


def test_what_a_gate_does_not_give_comes_back(door: Door) -> None:
    gates = door.gates
    door.join("dora")
    assert door.lease() == 2
    gates.sync(gates.a, gates.b)
    with gates.hub.context.uow.begin() as work:
        off = waitlist.WaitlistSettingsChanges(is_paused=True)
        waitlist.update_settings(work, door.key, off)
    gates.sync(gates.a)
    assert gates.a.store.door.read(door.key.event_id).door == NOTHING
    with gates.hub.context.uow.begin() as work:
        waitlist.update_settings(work, door.key, waitlist.WaitlistSettingsChanges(is_paused=False))
    assert door.lease() == 0, "it was on again before the job looked"
    gates.wait(days=1, hours=7)
    assert DoorJob(gates.hub.context).run_once() == 2
    assert door.seats(returned_at=None) == []


def test_a_party_gets_its_seats_together_or_is_passed_by(door: Door) -> None:
    gates = door.gates
    party, alone = door.join("pat", 3), door.join("dora")
    door.lease()
    gates.sync(gates.a, gates.b)
    gates.wait(minutes=11)
    assert [place.fits for place in shown(gates.a).places] == [False, True]
    assert gates.a.gate.admit_at_door(party) is Notice.DOOR_CHANGED
    assert door.admit(gates.a, alone).is_green
    gates.wait(minutes=int(timedelta(hours=31).total_seconds() // 60))
    assert shown(gates.a) == DoorWaitlist(), "the event is over"
