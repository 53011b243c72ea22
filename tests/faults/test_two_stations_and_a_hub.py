"""A stateful machine of two stations and a hub: scans, outages, kills, late and repeated deliveries, wrong clocks.

All parts are real: encrypted stores, gates, sync loops, the hub's HTTP layer and its database. Only the network, the clocks
and the kills are simulated. Numbers are those of the invariants in the specification of faults: 1, 5, 6, 7, 8, 10.

`packaging/run thorough` runs for minutes, not seconds.
"""

import contextlib
import random
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Direction, ParticipantStatus, ReasonCode, ScanResult
from hub_sync.contract.sync import Override
from kiosk_app.core.assignment import serve_checkpoint
from kiosk_app.core.gate import Gate
from tests.faults import invariants
from tests.faults.crash_injection import CrashPoint, crash_at_statements
from tests.faults.faulty_network import FaultyNetwork, NetworkCondition, ReceivedRows
from tests.faults.hub_template import PEOPLE, STRANGERS, HubTemplate
from tests.faults.invariants import ZONES
from tests.faults.killable_station import KillableStation
from tests.faults.lan_rules import LocalNetwork
from tests.support.builders.event import NOON
from tests.support.builders.hub import HubInProcess
from tests.support.builders.people import CANCELLED
from tests.support.builders.station import presence_here
from tests.support.thorough import THOROUGH, sized

OVERRIDE = Override(reason="known to the organisers", operator="Kim")
NOISE = ("https://festival.example/line-up", "4006381333931", "WIFI:T:WPA;S=x;P:y;;", "")

who = st.sampled_from((*PEOPLE, *STRANGERS))
known = st.sampled_from(tuple(PEOPLE))
gates = st.sampled_from("AB")
ways = st.sampled_from(Direction)
steps = st.integers(0, 50)


class TwoStationsAndAHub(RuleBasedStateMachine):
    """The rules and invariants of two gates at one hall."""

    def __init__(self) -> None:
        super().__init__()
        self._closing = contextlib.ExitStack()
        folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="doorward-faults-")))
        self.crash, self.received = CrashPoint(), ReceivedRows()
        self.template = HubTemplate.of_this_process()
        self.hub_clock = ManualClock(NOON)
        self.hub = HubInProcess(self.template.hub_in(folder), self.hub_clock, self.template.ids("hub"))
        self._closing.callback(self.hub.close)
        self._closing.enter_context(crash_at_statements(self.crash))
        self.stations = {name: self._station(name, folder) for name in "AB"}
        for station in self.stations.values():
            self._closing.callback(station.close)
        self.cancelled = {name for name, status in PEOPLE.items() if status is CANCELLED}
        self.revoked = {name: set(self.cancelled) for name in "AB"}
        """Participants whose cancellation a station has pulled."""
        self.boots = 1
        self.last_checked_request = -1
        self.clocks_changed = False
        self.random_source = random.Random(0)
        self.folder = folder
        self.lan = LocalNetwork(self.stations)
        self._closing.callback(self.lan.close)

    def _station(self, name: str, folder: Path) -> KillableStation:
        device_id = self.template.devices[name]
        network = FaultyNetwork(lambda: self.hub, device_id, self.crash, self.received)
        return KillableStation(
            name,
            self.template.station_in(folder, name),
            ManualClock(NOON, monotonic=1_000, boot_id=f"{name}-1"),
            network,
            crash=self.crash,
            new_id=self.template.ids(name),
            true_time=self.hub_clock,
            has_sensor=name == "B",
        )

    @initialize(seed=st.integers(0, 999))
    def order_of_the_other_deliveries(self, seed: int) -> None:
        self.random_source = random.Random(seed)

    # --- at the gates ---------------------------------------------------------------------------

    @rule(gate=gates, pid=who, way=ways)
    def scan(self, gate: str, pid: str, way: Direction) -> None:
        self._scan(gate, pid, way, lambda at: at.decide_scan(self.template.printer.ticket(pid)))

    @rule(gate=gates, pid=known, way=ways)
    def type_a_code(self, gate: str, pid: str, way: Direction) -> None:
        self._scan(gate, pid, way, lambda at: at.decide_typed(f" reg {pid} "))

    @rule(gate=gates, pid=who, way=ways)
    def override(self, gate: str, pid: str, way: Direction) -> None:
        refused = self._scan(gate, pid, way, lambda at: at.decide_scan(self.template.printer.ticket(pid)))
        if not refused.decision.admits:
            self.stations[gate].scan(lambda at: at.decide_again(refused.subject, OVERRIDE))

    @rule(gate=gates, pid=who, noise=st.sampled_from(NOISE), kind=st.integers(0, 4))
    def scan_what_never_opens(self, gate: str, pid: str, noise: str, kind: int) -> None:
        printer = self.template.printer
        texts = (
            noise,
            printer.ticket(pid, tenant="other"),
            printer.ticket(pid, event="other"),
            printer.forged(pid),
            printer.ticket(pid)[:-4],
        )
        station = self.stations[gate]
        refused = station.scan(lambda at: at.decide_scan(texts[kind]))
        assert refused.decision.result is ScanResult.INVALID
        overridden = station.scan(lambda at: at.decide_again(refused.subject, OVERRIDE))
        assert overridden.decision.result is ScanResult.INVALID

    @rule(gate=gates, place=st.sampled_from(("main", "side", "lounge", "exit")))
    def serve_another_checkpoint(self, gate: str, place: str) -> None:
        serve_checkpoint(self.stations[gate].store, self.template.venue.checkpoints[place])

    def _scan(self, gate: str, pid: str, way: Direction, act: Callable[[Gate], object]) -> Any:
        station = self.stations[gate]
        station.gate.choose_direction(way)
        station.watch()
        inside = {zone for zone in ZONES if presence_here(station.store, pid, zone).inside}
        outcome = station.scan(act)
        decision = outcome.decision
        if way is Direction.ENTRY and decision.result is ScanResult.VALID:
            last = station.store.journal.last()
            assert last is not None
            assert (last.record.zone or "") not in inside, "admitted by the rules while inside"
        if way is Direction.ENTRY and pid in self.revoked[gate]:  # 10
            assert decision.reason is ReasonCode.PARTICIPANT_CANCELLED, decision
        return outcome

    @rule(gate=gates, pid=known)
    def scan_and_admit_the_group(self, gate: str, pid: str) -> None:
        leading = self._scan(
            gate, pid, Direction.ENTRY, lambda at: at.decide_scan(self.template.printer.ticket(pid))
        )
        if leading.group is not None and leading.group.may_enter:
            self.stations[gate].admit_group(leading)

    @rule(gate=gates)
    def somebody_turns_the_arm(self, gate: str) -> None:
        station = self.stations[gate]
        station.watch()
        station.inputs.turn()
        station.watch()

    @rule(gate=gates)
    def take_the_last_admission_back(self, gate: str) -> None:
        station = self.stations[gate]
        station.watch()
        if station.last_shown is not None:
            station.gate.take_back(station.last_shown, "Kim")

    @rule(gate=gates, after=steps)
    def station_is_killed_while_an_admission_is_taken_back(self, gate: str, after: int) -> None:
        station, last = self.stations[gate], self.stations[gate].last_shown
        if last is not None:
            station.killed_within(after, lambda: station.gate.take_back(last, "Kim"))

    # --- between them ---------------------------------------------------------------------------

    @rule()
    def gates_talk(self) -> None:
        self.lan.talk()
        if self.lan.talks and not self.clocks_changed:
            invariants.check_gates_agree(self.stations, PEOPLE)

    @rule(is_cut=st.booleans())
    def local_network_is_cut_or_healed(self, is_cut: bool) -> None:
        self.lan.network.is_cut = is_cut

    @rule(gate=gates)
    def push(self, gate: str) -> None:
        self.stations[gate].push()

    @rule(gate=gates)
    def pull(self, gate: str) -> None:
        cancelled = set(self.cancelled)
        if self.stations[gate].pull():
            self.revoked[gate] = cancelled
            invariants.check_statuses(self.hub.context, self.template.venue, self.stations[gate], PEOPLE)

    @rule(gate=gates)
    def ask_time(self, gate: str) -> None:
        self.stations[gate].ask_time()

    @rule(gate=gates, condition=st.sampled_from(NetworkCondition))
    def network_condition_changes(self, gate: str, condition: NetworkCondition) -> None:
        self.stations[gate].network.condition = condition

    @rule(gate=gates, which=st.integers(0, 99))
    def deliver_an_old_push_again(self, gate: str, which: int) -> None:
        network = self.stations[gate].network
        if network.sent:
            network.deliver(network.sent[which % len(network.sent)])

    @rule(gate=gates)
    def deliver_what_was_delayed(self, gate: str) -> None:
        self.stations[gate].network.deliver_delayed()

    @rule(gate=gates)
    def poison_the_newest_row(self, gate: str) -> None:
        last = self.stations[gate].store.journal.last()
        if last is not None:
            self.stations[gate].network.poisoned.add(last.record.id)

    # --- at the hub -----------------------------------------------------------------------------

    @rule(pid=known)
    def cancel(self, pid: str) -> None:
        self.template.venue.set_status(self.hub.context, pid, ParticipantStatus.CANCELLED)
        self.cancelled.add(pid)

    @rule(pid=known)
    def approve(self, pid: str) -> None:
        self.template.venue.set_status(self.hub.context, pid, ParticipantStatus.APPROVED)
        self.cancelled.discard(pid)
        for revoked in self.revoked.values():
            revoked.discard(pid)  # a part of a pull may already have brought the approval

    @rule()
    def hub_is_killed(self) -> None:
        self.hub.restart()

    @rule(number=st.integers(0, 2))
    def hub_dies_at_a_commit(self, number: int) -> None:
        self.hub.die_at_commit(number)

    @rule()
    def feed_starts_over(self) -> None:
        invariants.start_new_epoch(self.hub.context, self.template.venue, self.template.ids("epoch")())

    # --- kills and time -------------------------------------------------------------------------

    @rule(gate=gates, after=steps, pid=who, way=ways)
    def station_is_killed_during_a_scan_and_the_person_tries_again(
        self, gate: str, after: int, pid: str, way: Direction
    ) -> None:
        station = self.stations[gate]
        station.gate.choose_direction(way)
        ticket = self.template.printer.ticket(pid)
        if station.killed_within(after, lambda: station.scan(lambda at: at.decide_scan(ticket))):
            self.scan(gate, pid, way)

    @rule(gate=gates, act=st.sampled_from(("push", "pull", "pull", "time", "maintenance")), after=steps)
    def station_is_killed_while_it_syncs(self, gate: str, act: str, after: int) -> None:
        station = self.stations[gate]
        do: dict[str, Callable[[], object]] = {
            "push": station.push,
            "pull": station.pull,
            "time": station.ask_time,
            "maintenance": station.maintenance_loop.run_once,
        }
        station.killed_within(after, do[act])

    @rule(gate=gates)
    def station_is_killed(self, gate: str) -> None:
        self.stations[gate].kill()

    @rule(gate=gates, after=steps)
    def station_is_killed_while_it_starts(self, gate: str, after: int) -> None:
        station = self.stations[gate]
        station.close()
        if not station.killed_within(after, station.start):
            return
        assert station.store.recovery is None

    @rule(gate=gates, hours=st.sampled_from((0, 0, -24, 2)))
    def machine_boots(self, gate: str, hours: int) -> None:
        station = self.stations[gate]
        self.boots += 1
        self.clocks_changed = True
        station.clock.boot_id, station.clock.monotonic = f"{gate}-{self.boots}", 5_000
        station.clock.jump(timedelta(hours=hours))
        station.kill()

    @rule(seconds=st.one_of(st.sampled_from((1, 20, 600)), st.integers(1, 600)))
    def time_passes(self, seconds: int) -> None:
        for clock in (self.hub_clock, *(station.clock for station in self.stations.values())):
            clock.advance(timedelta(seconds=seconds))
        for station in self.stations.values():
            station.watch()

    @rule(gate=gates, minutes=st.sampled_from((-1440, -60, -7, 3, 60, 1440)))
    def wall_clock_jumps(self, gate: str, minutes: int) -> None:
        self.clocks_changed = True
        self.stations[gate].clock.jump(timedelta(minutes=minutes))

    @rule(gate=gates)
    def station_restarts_in_good_order(self, gate: str) -> None:
        self.stations[gate].restart()

    @rule(gate=gates)
    def maintenance(self, gate: str) -> None:
        self.stations[gate].maintenance_loop.run_once()

    # --- invariants -----------------------------------------------------------------------------

    @invariant()
    def every_scan_left_one_row_and_admitted_ones_one_pulse(self) -> None:
        for station in self.stations.values():
            invariants.check_journal(station)
        invariants.check_nobody_came_in_twice(self.stations)
        invariants.check_own_entries_are_counted(self.stations)

    @invariant()
    def hub_holds_a_true_prefix_and_counts_by_the_log(self) -> None:
        if self.hub.answered != self.last_checked_request:
            invariants.check_hub(self.hub.context, self.template, self.stations)
            self.last_checked_request = self.hub.answered

    def teardown(self) -> None:
        with self._closing:
            if sys.exc_info()[0] is None:
                self._restore_service()
                self._all_agree()

    def _restore_service(self) -> None:
        self.hub.restart()
        self.time_passes_for_open_windows()
        for station in self.stations.values():
            station.network.condition = NetworkCondition.CLEAR
            station.network.deliver_delayed()
            assert station.ask_time()
        for station in self.stations.values():
            invariants.drain(station)
        for station in self.stations.values():
            assert station.pull()

    def time_passes_for_open_windows(self) -> None:
        """Let the windows of people who may still pass end."""
        for clock in (self.hub_clock, *(station.clock for station in self.stations.values())):
            clock.advance(timedelta(seconds=10))
        for station in self.stations.values():
            station.watch()

    def _all_agree(self) -> None:
        self.every_scan_left_one_row_and_admitted_ones_one_pulse()
        invariants.check_hub(self.hub.context, self.template, self.stations)
        invariants.check_everything_arrived(self.hub.context, self.template, self.stations)
        invariants.check_times(self.hub.context, self.template, self.stations)
        invariants.check_stations_know(self.hub.context, self.template, self.stations)
        invariants.check_no_alarm(self.stations)
        invariants.check_presence_agrees(self.hub.context, self.stations)
        for station in self.stations.values():
            invariants.check_statuses(self.hub.context, self.template.venue, station, PEOPLE)
        other = invariants.replay_to_another_hub(
            self.template, self.folder / "other", self.received, self.random_source, self.hub_clock.now()
        )
        mine = invariants.state_of(self.hub.context, self.template.venue)
        if invariants.has_impossible_times(self.hub.context, self.template.venue):
            # Such a row has the time of its arrival, by which alone the two hubs may differ: compare the rest of it.
            other, mine = ({"log": invariants.without_times(state["log"])} for state in (other, mine))
        assert other == mine


pytestmark = pytest.mark.timeout(0 if THOROUGH else 600)
TestTwoStationsAndAHub = TwoStationsAndAHub.TestCase
TestTwoStationsAndAHub.settings = settings(
    max_examples=sized(6, thorough=400),
    stateful_step_count=sized(30, thorough=50),
    deadline=None,
    derandomize=not THOROUGH,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
