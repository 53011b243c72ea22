"""Invariants 1, 5, 6, 7, 8 and 10 over stations and hub together, in any order of scans, faults, cuts and clock jumps."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hub_sync.contract.enums import Direction, ParticipantStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.participants import service as participants
from hub_sync.rules.occupancy import count_inside
from tests.hub_sync.client.faulty_world import FaultyStation, PowerSwitch, World

NOON = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
GATE = st.integers(0, 1)
WHO = st.integers(0, 2)
WAY = st.sampled_from(["ok", "ok", "ok", "lost", "answer lost", "twice", "held"])
CUT = st.one_of(st.none(), st.none(), st.integers(0, 6))


class Venue(RuleBasedStateMachine):
    """Two gates to one hall."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.world.begin(NOON)
        self.power = PowerSwitch()
        self.wires = self.power.wired()
        self.wires.__enter__()
        self.gates = [FaultyStation(self.world, name, self.power) for name in ("north", "south")]
        for gate in self.gates:
            gate.drain()

    @rule(gate=GATE, who=WHO, direction=st.sampled_from(Direction), cut=CUT)
    def scan(self, gate: int, who: int, direction: Direction, cut: int | None) -> None:
        self.gates[gate].scan(self.world.people[who], direction, cut)

    @rule(gate=GATE, way=WAY, cut=CUT)
    def push(self, gate: int, way: str, cut: int | None) -> None:
        self.gates[gate].lane("push", way, cut)

    @rule(gate=GATE, way=WAY, cut=CUT)
    def pull(self, gate: int, way: str, cut: int | None) -> None:
        if self.gates[gate].lane("pull", way, cut) and way == "ok":
            self.a_revocation_applies_once_received(self.gates[gate])

    @rule(gate=GATE, way=WAY, cut=CUT)
    def ask_the_time(self, gate: int, way: str, cut: int | None) -> None:
        self.gates[gate].lane("time", way, cut)

    @rule(gate=GATE)
    def deliver_what_was_held(self, gate: int) -> None:
        self.gates[gate].network.deliver_late()

    @rule(seconds=st.integers(1, 600))
    def time_passes(self, seconds: int) -> None:
        for clock in (self.world.clock, *(gate.clock for gate in self.gates)):
            clock.advance(timedelta(seconds=seconds))

    @rule(gate=GATE, minutes=st.sampled_from([-1440, -7, 3, 1440]))
    def a_clock_jumps(self, gate: int, minutes: int) -> None:
        self.gates[gate].clock.jump(timedelta(minutes=minutes))

    @rule(gate=GATE)
    def a_machine_boots_again(self, gate: int) -> None:
        station = self.gates[gate]
        station.clock.boot_id, station.clock.monotonic = new_id(), 100
        station.restart()

    @rule(who=WHO, status=st.sampled_from([ParticipantStatus.CANCELLED, ParticipantStatus.APPROVED]))
    def the_hub_changes_a_status(self, who: int, status: ParticipantStatus) -> None:
        self.world.set_status(self.world.people[who], status)

    def a_revocation_applies_once_received(self, gate: FaultyStation) -> None:
        while gate.pull.run_once():
            pass
        with self.world.hub.uow.read() as work:
            for person in self.world.people:
                found = gate.store.roster.find(person)
                assert found is not None
                assert found.status is participants.get(work, *self.world.key, person).status

    @invariant()
    def every_row_that_was_shown_is_in_an_unbroken_journal(self) -> None:
        for gate in self.gates:
            assert gate.store.journal.verify() is None
            ids = [row.record.id for row in gate.store.journal.rows()]
            assert set(gate.written) <= set(ids) <= gate.maybe
            assert len(set(ids)) == len(ids)

    @invariant()
    def nobody_whom_a_gate_let_in_last_is_forgotten_by_it(self) -> None:
        for gate in self.gates:
            for row in gate.store.journal.recent(1):
                record = row.record
                if record.result.admits and record.direction is Direction.ENTRY:
                    assert gate.store.presence.get(record.participant_id or "", "hall").entries >= 1

    def teardown(self) -> None:
        try:
            self.everything_comes_together()
        finally:
            for gate in self.gates:
                gate.close()
            self.wires.__exit__(None, None, None)

    def everything_comes_together(self) -> None:
        for gate in self.gates:
            gate.network.deliver_late()
            gate.drain()
        for gate in self.gates:
            gate.drain()
            assert gate.store.journal.backlog().rows == 0
            assert gate.store.journal.backlog().set_aside == 0
            assert gate.store.settings.get("journal_alarm") is None
        held = self.world.log()
        admitted = [
            (gate.me.device_id, row.sequence)
            for gate in self.gates
            for row in gate.store.journal.rows()
            if row.record.result.admits
        ]
        assert sorted((passed.device_id, passed.sequence) for passed in held) == sorted(admitted), (
            "each exactly once"
        )
        assert self.world.inside() == count_inside(held).get("hall", 0)
        for gate in self.gates:
            inside = sum(gate.store.presence.get(person, "hall").inside for person in self.world.people)
            assert inside == self.world.inside(), "both gates and the hub agree on who is inside"


TestVenueUnderAnyHistory = Venue.TestCase
TestVenueUnderAnyHistory.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


def setup_module() -> None:
    Venue.world = World(NOON)


def teardown_module() -> None:
    Venue.world.close()
