"""A gate that serves several events, one at a time and without the hub."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hub_sync.client.sync.status import SyncStatus
from hub_sync.contract.enums import Direction, Passage, PassageCause, ReasonCode, ScanResult
from hub_sync.contract.passage import PassageRecord
from kiosk_app.core.assignment import current_assignment, serve_checkpoint
from kiosk_app.core.events import event_options
from kiosk_app.core.gate import Gate
from kiosk_app.core.gate_readiness import gate_readiness
from kiosk_app.core.occupancy import OccupancyCounter
from kiosk_app.core.person_card import person_card
from kiosk_app.core.scan_history import last_scans
from kiosk_app.messages import EventAnswer, EventOptions, EventSwitch, GateOutcome, ReadinessState, UndoResult
from tests.kiosk_app.core.passage.test_monitor import Room, with_sensor
from tests.support.builders.events import BOTH, EVENT, GALA, GALA_GATE, gala_page, load_gala
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import NOON, BuiltGate, build_gate, reopen_store
from tests.support.scripted_inputs import ScriptedInputs

ADA, BO = participant_row("ada"), participant_row("bo", "Bo Berg")
TICKET, GALA_TICKET = seal_ticket_for("ada"), seal_ticket_for("ada", event=GALA)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    """Build a gate of the assembly that has the gala's list, too. Both are in the same hall, and Ada is on both lists."""
    built = build_gate(tmp_path, [ADA, BO])
    load_gala(built.store, [ADA])
    yield built
    built.store.close()


def serve(here: BuiltGate | Room, event_id: str) -> None:
    gate = here.gate
    assert gate.serve_event(event_id).result is EventSwitch.SERVED
    if event_id == GALA and current_assignment(gate.store) is None:
        serve_checkpoint(gate.store, GALA_GATE)


def scan(gate: Gate, ticket: str) -> GateOutcome:
    outcome = gate.decide_scan(ticket)
    assert isinstance(outcome, GateOutcome)
    return outcome


def test_one_person_in_the_same_hall_of_two_events_is_inside_each_by_itself(here: BuiltGate) -> None:
    assert scan(here.gate, TICKET).is_green
    serve(here, GALA)
    assert scan(here.gate, GALA_TICKET).is_green, "the assembly's entry is none of the gala's"
    assert scan(here.gate, GALA_TICKET).decision.reason is ReasonCode.ALREADY_INSIDE
    assert [row.record.event_id for row in here.store.journal.rows()] == [EVENT, GALA, GALA]


def test_there_and_back_while_the_hub_is_away_admits_nobody_twice(here: BuiltGate) -> None:
    assert scan(here.gate, TICKET).is_green
    serve(here, GALA)
    serve(here, EVENT)
    again = scan(here.gate, TICKET)
    assert (again.decision.result, here.turnstile.pulses) == (ScanResult.ALREADY_SCANNED, 1)
    here.store.close()
    with reopen_store(here.folder) as store:
        assert store.presence.get("ada", "hall-a", EVENT).inside


def test_a_ticket_of_another_event_of_the_station_is_named(here: BuiltGate) -> None:
    refused = scan(here.gate, GALA_TICKET)
    assert refused.decision.reason is ReasonCode.WRONG_EVENT
    assert (refused.other_event, refused.event_name) == ("Gala", "Assembly")
    unknown = scan(here.gate, seal_ticket_for("ada", event="fair"))
    assert (unknown.decision.reason, unknown.other_event) == (ReasonCode.WRONG_EVENT, "")
    serve(here, GALA)
    back = scan(here.gate, TICKET)
    assert (back.other_event, back.event_name) == ("Assembly", "Gala")


def test_each_event_keeps_the_direction_that_was_chosen_there(here: BuiltGate) -> None:
    here.gate.choose_direction(Direction.EXIT)
    serve(here, GALA)
    gala = current_assignment(here.store)
    assert gala is not None
    assert here.gate.direction_at(gala.checkpoint) is Direction.ENTRY, "another event never begins as an exit"
    here.gate.choose_direction(Direction.ENTRY)
    serve(here, EVENT)
    assembly = current_assignment(here.store)
    assert assembly is not None
    assert here.gate.direction_at(assembly.checkpoint) is Direction.EXIT


def test_the_list_of_events_says_how_old_each_list_is(here: BuiltGate, tmp_path: Path) -> None:
    options = event_options(here.store)
    assert [(each.name, each.roster_at) for each in options.options] == [("Assembly", NOON), ("Gala", NOON)]
    assert options.current_id == EVENT
    assert str(options.options[0].time_zone) == "Europe/Berlin"
    alone = build_gate(tmp_path / "alone", [ADA])
    assert event_options(alone.store) == EventOptions(), "an older hub lists no events"
    alone.store.events.assign(BOTH[:1])
    assert event_options(alone.store) == EventOptions(), "there is no choice"
    alone.store.events.assign(BOTH)
    assert alone.gate.serve_event(GALA) == EventAnswer(EventSwitch.NO_LIST, "Gala")
    assert alone.gate.serve_event("fair") == EventAnswer(EventSwitch.NOT_ASSIGNED)
    assert scan(alone.gate, TICKET).is_green
    alone.store.close()


def test_a_gate_whose_event_was_taken_away_asks_for_another(here: BuiltGate) -> None:
    here.store.events.assign(BOTH[1:])
    here.store.feed.reset()

    def state() -> ReadinessState:
        assignment = current_assignment(here.store)
        return gate_readiness(here.store, assignment, SyncStatus(), just_started=False).state

    assert state() is ReadinessState.EVENT_REMOVED
    assert event_options(here.store).options[0].id == GALA
    here.gate.serve_event(GALA)
    assert state() is ReadinessState.CHOOSE_CHECKPOINT
    serve_checkpoint(here.store, GALA_GATE)
    assert scan(here.gate, GALA_TICKET).is_green


def test_a_passage_that_waits_at_the_switch_settles_under_its_own_event(here: BuiltGate) -> None:
    room = with_sensor(here, ScriptedInputs())
    first = room.scan()
    assert first.passage is Passage.GRANTED
    serve(room, GALA)
    second = scan(room.gate, GALA_TICKET)
    room.wait(6)
    written = {record.scan_id: record for record in room.passages()}
    assert [written[each.row_id].event_id for each in (first, second)] == [EVENT, GALA]
    assert {record.outcome for record in written.values()} == {Passage.NO_PASSAGE}
    for event_id in (EVENT, GALA):
        assert not here.store.presence.get("ada", "hall-a", event_id).inside
    serve(room, EVENT)
    assert room.scan().is_green, "the entry was given back"


def test_after_a_crash_a_passage_of_the_other_event_counts_there(here: BuiltGate) -> None:
    room = with_sensor(here, ScriptedInputs())
    scanned = room.scan()
    serve(room, GALA)
    after = with_sensor(here, ScriptedInputs())
    after.monitor.update(after.gate)
    (record,) = after.passages()
    assert (record.scan_id, record.event_id) == (scanned.row_id, EVENT)
    assert (record.cause, record.outcome) == (PassageCause.RESTARTED, Passage.UNKNOWN)


def test_an_undo_that_comes_after_the_switch_is_of_the_event_of_its_scan(here: BuiltGate) -> None:
    admitted = scan(here.gate, TICKET)
    serve(here, GALA)
    assert here.gate.take_back(admitted, "Kim")[0] is UndoResult.DONE
    (record,) = [row.record for row in here.store.journal.all_rows() if isinstance(row.record, PassageRecord)]
    assert record.event_id == EVENT
    assert not here.store.presence.get("ada", "hall-a", EVENT).inside


def test_counts_scans_and_cards_are_those_of_the_served_event(here: BuiltGate) -> None:
    counter = OccupancyCounter()

    def inside() -> dict[str, int]:
        return {zone.zone: zone.current for zone in counter.zones(here.store)}

    counter.add(here.store, scan(here.gate, TICKET))
    counter.add(here.store, scan(here.gate, seal_ticket_for("bo")))
    assert inside() == {"": 2, "hall-a": 2}
    serve(here, GALA)
    assert inside() == {}
    counter.add(here.store, scan(here.gate, GALA_TICKET))
    assert inside() == {"": 1, "hall-a": 1}
    assert len(last_scans(here.store, GALA)) == 1
    assert len(person_card(here.store, current_assignment(here.store), "ada").scans) == 1
    serve(here, EVENT)
    assert inside() == {"": 2, "hall-a": 2}
    assert [each.name for each in last_scans(here.store, EVENT)] == ["Bo Berg", "Ada Lovelace"]


def test_a_list_that_gets_younger_in_the_background_is_used_at_the_next_switch(here: BuiltGate) -> None:
    with closing(here.store.feed_of(GALA)) as feed:
        cancelled = participant_row("ada", status="CANCELLED")
        feed.apply(gala_page([cancelled], snapshot=False, cursor="2", at=NOON))
    assert scan(here.gate, TICKET).is_green
    serve(here, GALA)
    assert scan(here.gate, GALA_TICKET).decision.reason is ReasonCode.PARTICIPANT_CANCELLED
