"""A group at a turnstile with a sensor: one turn a person, and who of it does not pass gets the entry back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.contract.enums import Passage, PassageCause, ScanResult
from kiosk_app.core.group_admission import GroupRelease
from kiosk_app.messages import GroupOutcome, UndoResult
from tests.kiosk_app.core.passage.test_monitor import Room, settled, with_sensor
from tests.support.builders.people import EVENT, participant_row
from tests.support.builders.station import build_gate
from tests.support.scripted_inputs import ScriptedInputs

FAMILY = [f"p{n}" for n in range(6)]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    here = build_gate(tmp_path, [participant_row(id_, f"Guest {id_}", group_ref="4711") for id_ in FAMILY])
    yield with_sensor(here, ScriptedInputs())
    here.store.close()


def admit(room: Room, *ids: str) -> GroupOutcome:
    leader = room.scan("p0")
    room.inputs.turn()
    room.wait(1)
    group = room.gate.admit_group(leader.subject, ids)
    assert isinstance(group, GroupOutcome)
    return group


def release(room: Room, group: GroupOutcome, turns_at: tuple[float, ...]) -> list[int]:
    """Release a group whose members turn the arm so many seconds after its begin; return the pulses at each turn."""
    began, due, pulses = room.inputs.now, list(turns_at), list[int]()

    def pause(seconds: float) -> bool:
        room.wait(seconds)
        while due and room.inputs.now >= began + due[0]:
            due.pop(0)
            pulses.append(room.here.turnstile.pulses)
            room.inputs.turn()
        return True

    room.gate.release_group(group, pause)
    for at in due:
        room.wait(began + at - room.inputs.now)
        pulses.append(room.here.turnstile.pulses)
        room.inputs.turn()
    room.wait(0.1)
    room.wait(30)
    return pulses


def inside(room: Room) -> list[str]:
    return [id_ for id_ in FAMILY if room.here.store.presence.get(id_, "hall-a", EVENT).inside]


def test_each_pulse_waits_until_the_person_before_has_passed(room: Room) -> None:
    group = admit(room, "p1", "p2", "p3", "p4", "p5")
    pulses = release(room, group, (3, 6, 9, 12, 15))
    assert pulses == [2, 3, 4, 5, 6], "a release that comes during another one is lost at a turnstile"
    assert [row.outcome for row in room.passages()] == [Passage.PASSED] * 6
    assert len(inside(room)) == 6


def test_who_of_a_group_stays_away_gets_the_entry_back_and_the_others_do_not_wait_for_ever(
    room: Room,
) -> None:
    group = admit(room, "p1", "p2", "p3")
    release(room, group, (2, 9))
    assert [row.outcome for row in room.passages()[1:]] == [
        Passage.PASSED,
        Passage.NO_PASSAGE,
        Passage.PASSED,
    ]
    assert inside(room) == ["p0", "p1", "p3"]
    assert room.scan("p2").decision.result is ScanResult.VALID


def test_a_door_that_opens_once_gives_each_of_them_a_time_to_walk(room: Room) -> None:
    room.gate._group_release = GroupRelease.ONCE
    group = admit(room, "p1", "p2", "p3", "p4")
    release(room, group, (3, 6, 9, 12))
    assert [row.cause for row in room.passages()] == [PassageCause.TURN] * 5
    assert len(inside(room)) == 5


def test_members_who_are_still_to_be_let_through_are_not_taken_for_those_of_a_crash(room: Room) -> None:
    leader = room.scan("p0")
    room.inputs.turn()
    group = room.gate.admit_group(leader.subject, ("p1", "p2"))
    assert isinstance(group, GroupOutcome)
    release(room, group, (1, 2))
    assert PassageCause.RESTARTED not in [row.cause for row in room.passages()]


def test_who_waited_too_long_for_the_entry_to_be_given_back_counts_and_is_doubted(room: Room) -> None:
    group = admit(room, "p1")
    room.wait(120)
    release(room, group, ())
    assert [(row.cause, row.outcome) for row in room.passages()[1:]] == [
        (PassageCause.TIMED_OUT, Passage.UNKNOWN)
    ]
    assert inside(room) == ["p0", "p1"]


def test_a_stop_lets_nobody_else_through(room: Room) -> None:
    group = admit(room, "p1", "p2")
    released = room.gate.release_group(group, lambda _seconds: False)
    assert [each.pulsed for each in released.outcomes] == [True, False]
    assert room.here.turnstile.pulses == 2


def test_the_last_of_a_group_is_taken_back_like_anybody(room: Room) -> None:
    group = admit(room, "p1", "p2")
    assert room.gate.take_back(group.outcomes[0], "Grace")[0] is UndoResult.NOT_LAST
    assert room.gate.take_back(group.outcomes[-1], "Grace")[0] is UndoResult.DONE
    assert inside(room) == ["p0", "p1"]
    assert settled(room.wait(9)) == []


def test_a_board_that_is_lost_within_a_group_is_told_at_once_and_lets_nobody_through_later(
    room: Room,
) -> None:
    group, waited = admit(room, "p1", "p2", "p3"), []

    def pause(seconds: float) -> bool:
        room.wait(seconds)
        waited.append(seconds)
        room.here.turnstile.broken = "unplugged" if len(waited) <= 3 else ""  # and plugged in again
        return True

    released = room.gate.release_group(group, pause)
    assert sum(waited) <= 2, "the operator waits for nobody: a board that is gone lets nobody through"
    assert [each.pulsed for each in released.outcomes] == [True, False, False]
    assert room.here.turnstile.pulses == 2, "no pulse for somebody who has passed by hand"
    assert [member.name for member in room.gate.unreleased_members()] == ["Guest p2", "Guest p3"]
    room.here.turnstile.broken = ""
    room.inputs.turn()
    room.wait(0.1)
    room.wait(30)
    assert [row.outcome for row in room.passages()] == [
        Passage.PASSED,
        Passage.PASSED,
        Passage.UNKNOWN,
        Passage.UNKNOWN,
    ]
    assert {row.cause for row in room.passages()[2:]} == {PassageCause.RELAY_FAILED}
