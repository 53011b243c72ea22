"""A gate with a passage sensor: who does not pass gets the entry back, at once and honestly."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from hardware.inputs import InputEdge, InputRole, InputSnapshot, InputState
from hardware.tones import Tone
from hub_sync.client.store import StoreError, StoreFault
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.enums import Direction, Passage, PassageCause, ScanResult
from hub_sync.contract.ids import new_id
from hub_sync.contract.passage import PassageRecord
from hub_sync.contract.station_report import AlarmCode
from hub_sync.rules.passage import PassageRefusal
from kiosk_app.core.gate import Gate
from kiosk_app.core.occupancy import OccupancyCounter
from kiosk_app.core.passage.monitor import PassageMonitor
from kiosk_app.core.scan_history import last_scans
from kiosk_app.messages import GateOutcome, Notice, PassageUpdate, UndoResult
from tests.support.builders.people import EVENT, participant_row, seal_ticket_for
from tests.support.builders.station import BuiltGate, build_gate, reopen_store
from tests.support.scripted_inputs import ScriptedInputs


@dataclass
class Room:
    """A gate with a sensor."""

    here: BuiltGate
    inputs: ScriptedInputs
    monitor: PassageMonitor
    gate: Gate

    def scan(self, who: str = "ada") -> GateOutcome:
        outcome = self.gate.decide_scan(seal_ticket_for(who))
        assert not isinstance(outcome, Notice)
        assert isinstance(outcome, GateOutcome)
        return outcome

    def wait(self, seconds: float) -> tuple[PassageUpdate, ...]:
        self.inputs.now += seconds
        self.here.wait(seconds=seconds)
        return self.monitor.update(self.gate)

    def passages(self) -> list[PassageRecord]:
        rows = self.here.store.journal.all_rows()
        return [row.record for row in rows if isinstance(row.record, PassageRecord)]


def with_sensor(here: BuiltGate, inputs: ScriptedInputs) -> Room:
    monitor = PassageMonitor(inputs, monotonic=lambda: inputs.now)
    gate = Gate(
        store=here.store,
        timekeeper=Timekeeper(here.clock, here.store),
        clock=here.clock,
        new_id=new_id,
        turnstile=here.turnstile,
        speaker=here.speaker,
        passages=monitor,
    )
    return Room(here, inputs, monitor, gate)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    here = build_gate(tmp_path, [participant_row("ada"), participant_row("bo", "Bo Berg")])
    yield with_sensor(here, ScriptedInputs())
    here.store.close()


def settled(updates: tuple[PassageUpdate, ...]) -> list[tuple[str, str | None]]:
    return [(update.cause.value, update.outcome) for update in updates]


def test_a_turn_is_written_with_its_own_time(room: Room) -> None:
    scan = room.scan()
    assert (scan.passage, scan.passage_window_s) == (Passage.GRANTED, 5.0)
    room.inputs.turn()
    assert settled(room.wait(2)) == [("turn", "PASSED")]
    (record,) = room.passages()
    row = room.here.store.journal.last()
    assert row is not None
    assert row.record.passage_sensor
    assert (record.scan_id, record.outcome) == (row.record.id, Passage.PASSED)
    assert record.monotonic_ms == row.record.monotonic_ms, "when the arm turned, not when it was told"


def test_who_does_not_pass_may_come_again_at_once(room: Room) -> None:
    room.scan()
    assert settled(room.wait(5.5)) == [("timed_out", "NO_PASSAGE")]
    again = room.scan()
    assert (again.decision.result, again.is_green) == (ScanResult.VALID, True)
    room.inputs.turn()
    room.wait(1)
    assert room.scan().decision.result is ScanResult.ALREADY_SCANNED
    assert room.here.turnstile.pulses == 2


def test_the_grant_is_open_before_the_relay_moves(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    open_at_pulse: list[bool] = []
    pulse = room.here.turnstile.pulse

    def observed(duration_ms: int) -> Any:
        open_at_pulse.append(room.monitor.has_open_grants)
        return pulse(duration_ms)

    monkeypatch.setattr(room.here.turnstile, "pulse", observed)
    room.scan()
    assert open_at_pulse == [True]


def test_two_people_have_windows_of_their_own(room: Room) -> None:
    room.scan("ada")
    assert room.wait(3) == ()
    room.scan("bo")
    assert [update.name for update in room.wait(2.5)] == ["Ada Lovelace"]
    room.inputs.turn()
    (update,) = room.wait(0.2)
    assert (update.name, update.outcome) == ("Bo Berg", Passage.PASSED)


def test_a_refused_person_waits_for_no_turn(room: Room) -> None:
    scan = room.gate.decide_scan("https://festival.example")
    assert isinstance(scan, GateOutcome)
    assert scan.passage is None
    assert not room.monitor.has_open_grants


def test_without_a_sensor_the_admission_counts_at_once_and_says_so(room: Room) -> None:
    room.inputs.snapshot = InputSnapshot(InputState.LOST, problem="silent")
    scan = room.scan()
    assert (scan.passage, scan.passage_window_s) == (Passage.WITHOUT_SENSOR, 0)
    assert room.wait(9) == ()
    assert room.monitor.alarms() == (AlarmCode.SENSOR_LOST,)
    assert room.here.turnstile.pulses == 1, "a lost sensor closes no gate"


def test_a_relay_that_fails_gives_nothing_back(room: Room) -> None:
    room.here.turnstile.broken = "unplugged"
    room.scan()
    assert settled(room.wait(6)) == [("relay_failed", "UNKNOWN")]
    room.here.turnstile.broken = ""
    assert room.scan().decision.result is ScanResult.ALREADY_SCANNED


def test_after_a_crash_the_passage_is_unknown_and_counts(room: Room) -> None:
    scan = room.scan()
    room.here.store.close()
    store = reopen_store(room.here.folder, room.here.clock)
    after = with_sensor(replace(room.here, store=store), ScriptedInputs())
    after.monitor.update(after.gate)
    (record,) = after.passages()
    assert (record.scan_id, record.cause, record.outcome) == (
        scan.row_id,
        PassageCause.RESTARTED,
        Passage.UNKNOWN,
    )
    after.monitor.update(after.gate)
    assert len(after.passages()) == 1
    assert after.scan().decision.result is ScanResult.ALREADY_SCANNED
    assert last_scans(store, EVENT)[-1].passage is Passage.UNKNOWN
    store.close()


def test_a_scan_of_the_first_turn_is_not_taken_for_one_before_a_crash(room: Room) -> None:
    room.scan()
    room.monitor.update(room.gate)
    assert room.passages() == []


def test_what_could_not_be_written_is_written_later(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.scan()
    with monkeypatch.context() as patch:

        def full(_: object) -> None:
            raise StoreError(StoreFault.FULL)

        patch.setattr(room.here.store.journal, "append_passage", full)
        assert room.wait(6) == ()
    assert settled(room.wait(1)) == [("timed_out", "NO_PASSAGE")]


def test_turns_that_belong_to_nobody_are_written(room: Room) -> None:
    room.inputs.turn(InputRole.REVERSE)
    room.inputs.turn()
    assert settled(room.wait(1)) == [("reverse_turn", None), ("ungranted_turn", None)]
    assert [record.scan_id for record in room.passages()] == [None, None]


def test_an_exit_at_a_checkpoint_for_both_directions_waits_for_the_reverse_input(room: Room) -> None:
    room.scan()
    room.inputs.turn()
    room.wait(1)
    room.gate.choose_direction(Direction.EXIT)
    room.scan()
    room.inputs.turn()
    assert settled(room.wait(1)) == [("double_turn", None)]
    room.inputs.turn(InputRole.REVERSE)
    assert settled(room.wait(1)) == [("turn", "PASSED")]


def test_who_was_let_out_and_stayed_is_still_inside(room: Room) -> None:
    room.scan()
    room.inputs.turn()
    room.wait(1)
    room.gate.choose_direction(Direction.EXIT)
    room.scan()
    room.wait(6)
    assert room.here.store.presence.get("ada", "hall-a", EVENT).inside


def test_a_jam_and_fire_are_alarms_and_stop_nobody(room: Room) -> None:
    room.inputs.snapshot = InputSnapshot(InputState.READY, (InputRole.JAM, InputRole.FIRE))
    assert room.scan().pulsed
    assert settled(room.wait(6)) == [("jammed", "NO_PASSAGE")]
    assert room.monitor.alarms() == (AlarmCode.TURNSTILE_JAMMED, AlarmCode.FIRE_INPUT)
    assert room.scan("bo").pulsed
    room.inputs.snapshot = InputSnapshot(InputState.READY)
    room.wait(1)
    assert room.monitor.alarms() == ()


def test_an_operator_takes_back_what_did_not_pass_and_no_more(room: Room) -> None:
    scan = room.scan()
    assert room.gate.take_back(scan, "Grace")[0] is UndoResult.DONE
    assert not room.monitor.has_open_grants, "a turn is not for this admission any more"
    assert not room.here.store.presence.get("ada", "hall-a", EVENT).inside
    passed = room.scan("bo")
    room.inputs.turn()
    room.wait(1)
    assert room.gate.take_back(passed, "Grace")[0] is UndoResult.PASSED
    assert room.here.store.presence.get("bo", "hall-a", EVENT).inside


def test_a_row_of_a_scan_that_is_not_here_is_refused(room: Room) -> None:
    refusal = room.gate.write_passage(PassageCause.TURN, new_id(), Passage.PASSED)
    assert refusal is PassageRefusal.UNKNOWN_SCAN


def test_the_count_of_people_inside_goes_down(room: Room) -> None:
    counter = OccupancyCounter()
    scan = room.scan()
    counter.add(room.here.store, scan)
    assert {zone.zone: zone.current for zone in counter.zones(room.here.store)} == {"": 1, "hall-a": 1}
    room.wait(6)
    counter.add_passage(room.here.store, "ada")
    assert {zone.current for zone in counter.zones(room.here.store)} <= {0}


def test_whoever_is_admitted_within_the_time_of_a_test_pulse_has_turned_for_themselves(room: Room) -> None:
    room.monitor.begin_test(15)
    room.inputs.turn()
    room.wait(1)
    room.scan()
    room.inputs.now += 1
    room.inputs.turn()
    assert settled(room.wait(1)) == [("turn", "PASSED")]
    assert room.monitor.test_turns == 1
    room.wait(6)
    assert room.scan().decision.result is ScanResult.ALREADY_SCANNED


def test_a_tamper_input_that_flaps_writes_no_rows_and_is_one_alarm(room: Room) -> None:
    opened = InputSnapshot(InputState.READY, (InputRole.TAMPER,))
    with capture_logs() as lines:
        for number in range(300):
            room.inputs.snapshot = InputSnapshot(InputState.READY) if number % 2 else opened
            room.inputs.edges.append(InputEdge(InputRole.TAMPER, number % 2 == 0, room.inputs.now))
            assert room.wait(0.1) == ()
    assert len([line for line in lines if line["event"].startswith("input_")]) <= 6
    assert room.passages() == []
    room.inputs.snapshot = opened
    assert room.monitor.alarms() == (AlarmCode.TAMPER_INPUT,)
    assert room.scan().pulsed


def test_who_did_not_pass_is_heard_and_not_over_the_tone_of_the_next_person(room: Room) -> None:
    room.scan()
    room.wait(5.5)
    assert room.here.speaker.tones == [Tone.SUCCESS, Tone.NO_PASSAGE]
    room.scan()
    room.here.wait(seconds=5.2)
    room.inputs.now += 5.2
    room.scan("bo")
    assert settled(room.wait(0.2)) == [("timed_out", "NO_PASSAGE")]
    assert room.here.speaker.tones[2:] == [Tone.SUCCESS, Tone.SUCCESS]
