"""Undo of the last admission, over a real store."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub_sync.contract.door import DoorEntry, DoorList, DoorSeat
from hub_sync.contract.enums import Direction, Passage, PassageCause, ReasonCode
from hub_sync.contract.ids import new_id
from hub_sync.contract.passage import PassageRecord
from kiosk_app.messages import UNDO_MS, GateOutcome, UndoResult
from tests.support.builders.people import EVENT, participant_row
from tests.support.builders.station import BuiltGate, build_gate


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    people = [participant_row("ada", code="REG-0012"), participant_row("bo", code="REG-0013")]
    built = build_gate(tmp_path, people)
    yield built
    built.store.close()


def scan(here: BuiltGate, code: str = "REG-0012") -> GateOutcome:
    outcome = here.gate.decide_typed(code)
    assert isinstance(outcome, GateOutcome)
    return outcome


def test_the_entry_is_given_back_by_a_row_and_the_ticket_admits_again(here: BuiltGate) -> None:
    first = scan(here)
    assert scan(here).decision.reason is ReasonCode.ALREADY_INSIDE
    result, sequence = here.gate.take_back(first, "Kim")
    assert (result, sequence, here.store.journal.end()[1]) == (UndoResult.DONE, 3, 3)
    assert here.store.journal.passage_of(first.row_id) is Passage.NO_PASSAGE
    assert here.store.journal.verify() is None
    assert scan(here).is_green


def test_an_exit_is_given_back_too(here: BuiltGate) -> None:
    scan(here)
    inside = here.store.presence.get("ada", "hall-a", EVENT)
    here.gate.choose_direction(Direction.EXIT)
    gone = scan(here)
    assert not here.store.presence.get("ada", "hall-a", EVENT).inside
    assert here.gate.take_back(gone, "Kim")[0] is UndoResult.DONE
    assert here.store.presence.get("ada", "hall-a", EVENT) == inside


def test_nothing_is_taken_back_twice_or_after_a_minute_or_after_the_next_person(here: BuiltGate) -> None:
    first = scan(here)
    here.wait(milliseconds=UNDO_MS)
    assert here.gate.take_back(first, "Kim")[0] is UndoResult.DONE
    assert here.gate.take_back(first, "Kim") == (UndoResult.PASSED, 0)
    second = scan(here)
    here.wait(milliseconds=UNDO_MS + 1)
    assert here.gate.take_back(second, "Kim") == (UndoResult.TOO_LATE, 0)
    third = scan(here, "REG-0013")
    assert here.gate.take_back(second, "Kim") == (UndoResult.NOT_LAST, 0)
    assert here.gate.take_back(third, "Kim")[0] is UndoResult.DONE


def test_an_admission_with_a_seat_of_the_waitlist_stays_and_the_next_one_of_that_person_does_not(
    here: BuiltGate,
) -> None:
    seats, entries = (DoorSeat(id="seat"),), (DoorEntry(id="entry", participant_id="ada"),)
    here.store.door.replace(DoorList(stamp="one", until_ms=2**50, seats=seats, entries=entries))
    admitted = here.gate.admit_at_door("entry")
    assert isinstance(admitted, GateOutcome)
    assert here.gate.take_back(admitted, "Kim") == (UndoResult.SEATED, 0)
    assert here.store.presence.get("ada", "hall-a", EVENT).inside
    here.wait(milliseconds=2_000)
    here.gate.choose_direction(Direction.EXIT)
    assert here.gate.take_back(scan(here), "Kim")[0] is UndoResult.DONE


def test_whoever_the_turnstile_has_seen_stays_inside(here: BuiltGate) -> None:
    first = scan(here)
    row = here.store.journal.last()
    assert row is not None
    passed = PassageRecord(
        id=new_id(),
        device_id=row.record.device_id,
        event_id=row.record.event_id,
        checkpoint_id=row.record.checkpoint_id,
        scan_id=row.record.id,
        outcome=Passage.PASSED,
        cause=PassageCause.TURN,
        observed_at_ms=row.record.scanned_at_ms,
        monotonic_ms=row.record.monotonic_ms,
        boot_id=row.record.boot_id,
        clock_sure=True,
    )
    here.store.journal.append_passage(passed)
    assert here.gate.take_back(first, "Kim") == (UndoResult.PASSED, 0)
    assert here.store.presence.get("ada", "hall-a", EVENT).inside


def test_a_row_of_another_station_or_program_is_not_taken_back(here: BuiltGate) -> None:
    stranger = replace(scan(here), row_id=new_id())
    assert here.gate.take_back(stranger, "Kim") == (UndoResult.NOT_LAST, 0)
