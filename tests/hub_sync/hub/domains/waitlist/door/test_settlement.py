"""Gates that hear of nothing for a time give seats by the list that they pulled last; the hub settles it in any order."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.door import NO_DOOR, DoorList, DoorRecord
from hub_sync.contract.enums import DeviceStatus, ParticipantStatus, WaitlistStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.waitlist.door import DoorFill, changed_door_list, lock_people, settle_fills
from hub_sync.hub.domains.waitlist.jobs import DoorJob
from hub_sync.hub.domains.waitlist.tables import WaitlistDoorSeat, WaitlistEntry
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.rules.waitlist.door import next_at_door, seats_left, waiting
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.hub_sync.hub.domains.waitlist.conftest import Waitlist
from tests.support.thorough import sized

MOST_PEOPLE = 40


@dataclass
class OfflineGate:
    """A gate by its rules alone: the list that it pulled, what it gave, and the rows that the hub does not have."""

    device_id: str
    door: DoorList = field(default_factory=lambda: DoorList(stamp=NO_DOOR))
    given: set[str] = field(default_factory=set)
    served: set[str] = field(default_factory=set)
    unsent: list[DoorFill] = field(default_factory=list)

    def give(self, at_ms: int) -> bool:
        """Give seats to whoever is next; return False if nobody is, or no seat is left."""
        seats = seats_left(self.door.seats, self.given, ())
        turn = next_at_door(waiting(self.door.entries, self.served), seats)
        if turn is None:
            return False
        ids = tuple(seat.id for seat in turn.seats)
        record = DoorRecord(
            id=new_id(),
            device_id=self.device_id,
            event_id="e",
            checkpoint_id="c",
            entry_id=turn.entry.id,
            participant_id=turn.entry.participant_id,
            seat_ids=ids,
            observed_at_ms=at_ms,
            monotonic_ms=0,
            boot_id="b",
            clock_sure=True,
        )
        self.given.update(ids)
        self.served.add(turn.entry.id)
        self.unsent.append(DoorFill(record, at_ms))
        return True


@dataclass
class DoorStage:
    """The waitlist of all examples on the evening of its event, and two gates."""

    waitlist: Waitlist
    gates: list[OfflineGate]
    joined: int = 0

    @classmethod
    def of(cls, waitlist: Waitlist, seats: int) -> "DoorStage":
        """Fill the event, switch the door on, and let the evening begin."""
        waitlist.capacity(seats)
        for number in range(len(waitlist.seated), seats):
            waitlist.register(f"guest-{number}")
        waitlist.configure(door_minute=0)
        gates = []
        with waitlist.hub.uow.begin() as work:
            for name in "AB":
                new = devices.NewDevice(name=name, event_id=waitlist.key.event_id)
                device, _ = devices.create(work, waitlist.key.tenant_id, new, UNBOUNDED)
                row = work.session.get(KioskDevice, (waitlist.key.tenant_id, device.id))
                assert row is not None
                row.status, row.report = DeviceStatus.ACTIVE, {"gives_door_seats": True}
                gates.append(OfflineGate(device.id))
        waitlist.clock.advance(timedelta(days=30))
        return cls(waitlist, gates)

    def join(self, seats: int) -> None:
        """Let somebody join the list."""
        if self.joined < MOST_PEOPLE:
            self.joined += 1
            self.waitlist.join(f"person-{self.joined}", seats)

    def lease(self) -> int:
        """Let the gates be heard of, and the job look."""
        with self.waitlist.hub.uow.begin() as work:
            for gate in self.gates:
                row = work.session.get(KioskDevice, (self.waitlist.key.tenant_id, gate.device_id))
                assert row is not None
                row.last_seen_at = work.now()
        return DoorJob(self.waitlist.hub).run_once()

    def pull(self, gate: OfflineGate) -> None:
        """Let a gate pull, which does so after its push."""
        self.push(gate)
        with self.waitlist.hub.uow.read() as work:
            changed = changed_door_list(work, self.waitlist.key, gate.device_id, gate.door.stamp)
        gate.door = changed or gate.door

    def push(self, gate: OfflineGate) -> None:
        """Let a gate send its rows, the last one twice."""
        fills, gate.unsent = gate.unsent, []
        for part in (fills, fills[-1:]):
            with self.waitlist.hub.uow.begin("device:gate") as work:
                lock_people(work, self.waitlist.key, [fill.record for fill in part])
                settle_fills(work, self.waitlist.key, part)

    def give(self, gate: OfflineGate) -> bool:
        """Let a gate give seats, if it can."""
        self.waitlist.clock.advance(timedelta(milliseconds=5))
        return gate.give(epoch_ms(self.waitlist.clock.now()))

    def seats(self) -> list[WaitlistDoorSeat]:
        """Return all seats that were ever leased."""
        return list(everything(self.waitlist.hub, WaitlistDoorSeat))


class DoorMachine(RuleBasedStateMachine):
    """Two gates and a hub, in any order."""

    stage: ClassVar[DoorStage]

    @rule(seats=st.integers(1, 3))
    def join(self, seats: int) -> None:
        self.stage.join(seats)

    @rule()
    def lease(self) -> None:
        self.stage.lease()

    @rule(number=st.integers(0, 1))
    def pull(self, number: int) -> None:
        self.stage.pull(self.stage.gates[number])

    @rule(number=st.integers(0, 1))
    def push(self, number: int) -> None:
        self.stage.push(self.stage.gates[number])

    @rule(number=st.integers(0, 1))
    def give(self, number: int) -> None:
        self.stage.give(self.stage.gates[number])

    @rule(number=st.integers(0, 20))
    def cancel(self, number: int) -> None:
        seated = self.stage.waitlist.seated
        if len(seated) > 4:
            self.stage.waitlist.cancel(seated.pop(number % len(seated)))

    @rule(is_paused=st.booleans())
    def pause(self, is_paused: bool) -> None:
        self.stage.waitlist.configure(is_paused=is_paused)

    def teardown(self) -> None:
        self.pause(is_paused=False)

    @invariant()
    def nobody_has_a_seat_that_is_not_there(self) -> None:
        stage = self.stage
        seats = stage.seats()
        given = [seat for seat in seats if seat.entry_id is not None]
        assert stage.waitlist.used() <= 8
        counts: dict[str, int] = {}
        for seat in given:
            assert seat.entry_id is not None
            assert seat.returned_at is None
            counts[seat.entry_id] = counts.get(seat.entry_id, 0) + 1
        entries: list[Any] = everything(stage.waitlist.hub, WaitlistEntry)
        assert all(counts.get(entry.id, 0) <= entry.party_size for entry in entries)
        a, b = (set(gate.given) for gate in stage.gates)
        assert not a & b, "one seat was given at both gates"


@pytest.mark.timeout(sized(300, 3600))
def test_gates_that_hear_of_nothing_give_no_more_seats_than_there_are(waitlist: Waitlist) -> None:
    DoorMachine.stage = DoorStage.of(waitlist, 8)
    run_state_machine_as_test(
        DoorMachine,
        settings=settings(
            max_examples=sized(2, 40),
            stateful_step_count=sized(15, 50),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_earlier_of_two_rows_counts_whichever_comes_first(waitlist: Waitlist) -> None:
    stage = DoorStage.of(waitlist, 2)
    entry_id = waitlist.join("dora")
    assert stage.lease() == 2
    first, second = stage.gates
    for gate in stage.gates:
        stage.pull(gate)
        assert stage.give(gate)
    stage.push(second)
    (seat,) = [each for each in stage.seats() if each.entry_id == entry_id]
    assert seat.device_id == second.device_id
    stage.push(first)
    (seat,) = [each for each in stage.seats() if each.entry_id == entry_id]
    assert seat.device_id == first.device_id
    entry = waitlist.entry(entry_id)
    assert (entry.status, entry.seats_accepted) == (WaitlistStatus.ACCEPTED, 1)
    assert waitlist.used() == 2
    with waitlist.hub.uow.read() as work:
        person = participants.get(work, *waitlist.key, "dora")
        assert person.status is ParticipantStatus.APPROVED
