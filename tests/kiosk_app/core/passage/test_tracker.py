"""Turns and grants: each grant has its own window, and no turn settles another's."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware.inputs import InputEdge, InputRole, InputSnapshot, InputState
from hub_sync.contract.enums import Passage, PassageCause
from kiosk_app.core.passage.tracker import (
    DOUBTED_AFTER,
    SETTLE_DELAY_S,
    STUCK_AFTER_S,
    Grant,
    PassageEvent,
    PassageTracker,
)

PASSAGE, REVERSE, JAM = InputRole.PASSAGE, InputRole.REVERSE, InputRole.JAM
READY, LOST = InputSnapshot(InputState.READY), InputSnapshot(InputState.LOST)
WINDOW = 5.0


def grant(scan_id: str, at: float, role: InputRole = PASSAGE) -> Grant:
    return Grant(scan_id, scan_id.title(), role, at, at + WINDOW)


def turn(at: float, role: InputRole = PASSAGE) -> tuple[InputEdge, InputEdge]:
    return InputEdge(role, True, at), InputEdge(role, False, at + 0.1)


def settled(events: tuple[PassageEvent, ...]) -> list[tuple[str, str, str]]:
    return [
        (event.grant.scan_id if event.grant else "", event.cause.value, event.outcome or "")
        for event in events
    ]


def test_a_turn_in_its_window_is_a_passage() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    assert settled(tracker.take(turn(11), READY, 11.2)) == [("ada", "turn", "PASSED")]
    assert tracker.open_grants == ()
    assert tracker.take((), READY, 99) == ()


def test_without_a_turn_the_entry_is_given_back_when_the_window_is_over() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    assert tracker.take((), READY, 15.1) == (), "a turn at the end may be on its way"
    assert settled(tracker.take((), READY, 15 + SETTLE_DELAY_S + 0.01)) == [
        ("ada", "timed_out", "NO_PASSAGE")
    ]


def test_a_turn_that_is_reported_after_the_window_belongs_to_its_time() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    assert settled(tracker.take(turn(14.99), READY, 16)) == [("ada", "turn", "PASSED")]


def test_the_late_result_of_the_first_grant_never_settles_times_out_or_resets_the_second() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    tracker.arm(grant("bo", 14))
    assert settled(tracker.take((), READY, 15.5)) == [("ada", "timed_out", "NO_PASSAGE")]
    assert [each.scan_id for each in tracker.open_grants] == ["bo"]
    assert settled(tracker.take(turn(14.5), READY, 16)) == [("bo", "turn", "PASSED")]
    assert settled(tracker.take(turn(16.5), READY, 17)) == [("ada", "late_turn", "PASSED")]
    assert tracker.take((), READY, 30) == ()


def test_two_people_pass_in_the_order_of_their_grants() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    tracker.arm(grant("bo", 10.5))
    assert settled(tracker.take((*turn(11), *turn(12)), READY, 12.5)) == [
        ("ada", "turn", "PASSED"),
        ("bo", "turn", "PASSED"),
    ]


def test_a_turn_before_the_grant_is_not_for_it() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    assert settled(tracker.take(turn(9.9), READY, 10.1)) == [("", "ungranted_turn", "")]
    assert len(tracker.open_grants) == 1


@pytest.mark.parametrize(("at", "is_late"), [(16.0, True), (19.9, True), (20.5, False)])
def test_a_late_turn_counts_within_another_window(at: float, is_late: bool) -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    tracker.take((), READY, 15.9)
    expected = ("ada", "late_turn", "PASSED") if is_late else ("", "ungranted_turn", "")
    assert settled(tracker.take(turn(at), READY, at + 0.2)) == [expected]


def test_a_turn_right_after_its_window_is_late_and_gives_nothing_back() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    assert settled(tracker.take(turn(15.1), READY, 15.2)) == [("ada", "late_turn", "PASSED")]


def test_a_second_turn_right_after_a_passage_is_double_and_any_other_nobodys() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    tracker.take(turn(11), READY, 11.2)
    assert settled(tracker.take((*turn(12), *turn(20)), READY, 20.2)) == [
        ("", "double_turn", ""),
        ("", "ungranted_turn", ""),
    ]


def test_a_reverse_turn_settles_no_entry_and_settles_an_exit_that_waits_for_it() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    assert settled(tracker.take(turn(11, REVERSE), READY, 11.2)) == [("", "reverse_turn", "")]
    tracker.arm(grant("bo", 12, REVERSE))
    assert settled(tracker.take(turn(13, REVERSE), READY, 13.2)) == [("bo", "turn", "PASSED")]
    assert [each.scan_id for each in tracker.open_grants] == ["ada"]


def test_a_jam_marks_this_passage_and_the_next_one_is_served() -> None:
    tracker, jammed = PassageTracker(), InputSnapshot(InputState.READY, (JAM,))
    tracker.arm(grant("ada", 10))
    assert settled(tracker.take([InputEdge(JAM, True, 11)], jammed, 16)) == [("ada", "jammed", "NO_PASSAGE")]
    tracker.arm(grant("bo", 17))
    assert settled(tracker.take(turn(18), jammed, 18.2)) == [("bo", "turn", "PASSED")]


@pytest.mark.parametrize(
    ("disturbed_at", "cause", "outcome"),
    [(12.0, "sensor_lost", "UNKNOWN"), (16.0, "timed_out", "NO_PASSAGE")],
)
def test_a_board_that_is_unplugged_in_a_window_gives_nothing_back(
    disturbed_at: float, cause: str, outcome: str
) -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    events = tracker.take((), LOST if disturbed_at < 15 else READY, disturbed_at)
    events += tracker.take((), READY, 16)
    assert settled(events) == [("ada", cause, outcome)]


def test_a_sensor_that_is_stuck_gives_nothing_back_and_is_an_alarm() -> None:
    tracker, active = PassageTracker(), InputSnapshot(InputState.READY, (PASSAGE,))
    tracker.take([InputEdge(PASSAGE, True, 5, is_first=True)], active, 5)
    tracker.arm(grant("ada", 10))
    assert settled(tracker.take((), active, 16)) == [("ada", "sensor_stuck", "UNKNOWN")]
    assert tracker.is_stuck(16)
    tracker.take([InputEdge(PASSAGE, False, 17)], READY, 17)
    assert not tracker.is_stuck(17)
    tracker.take([InputEdge(PASSAGE, True, 18)], active, 18)
    assert not tracker.is_stuck(18 + STUCK_AFTER_S - 1)
    assert tracker.is_stuck(18 + STUCK_AFTER_S)


def test_what_is_active_when_the_board_is_opened_is_no_turn() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    edge = InputEdge(PASSAGE, True, 11, is_first=True)
    assert tracker.take([edge], READY, 11) == ()


def test_a_sensor_that_reports_nobody_for_several_people_is_doubted_until_it_turns() -> None:
    tracker, causes = PassageTracker(), Counter[str]()
    for number in range(DOUBTED_AFTER + 2):
        tracker.arm(grant(f"p{number}", number * 10))
        causes.update(event.cause for event in tracker.take((), READY, number * 10 + 6))
    assert causes == {PassageCause.TIMED_OUT: DOUBTED_AFTER, PassageCause.SENSOR_SILENT: 2}
    assert tracker.is_doubted
    tracker.arm(grant("last", 500))
    tracker.take(turn(501), READY, 501.2)
    assert not tracker.is_doubted


def test_who_is_let_through_by_hand_is_counted() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    tracker.mark_unreleased("ada")
    assert settled(tracker.take((), READY, 16)) == [("ada", "relay_failed", "UNKNOWN")]
    tracker.arm(grant("bo", 20))
    tracker.mark_unreleased("bo")
    assert settled(tracker.take(turn(21), READY, 22)) == [("bo", "turn", "PASSED")]


def test_a_turn_is_not_for_an_admission_that_was_taken_back() -> None:
    tracker = PassageTracker()
    tracker.arm(grant("ada", 10))
    tracker.forget("ada")
    assert settled(tracker.take(turn(11), READY, 16)) == [("", "ungranted_turn", "")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["grant", "turn", "wait", "lose", "reverse"]), st.floats(0.01, 7)),
        max_size=40,
    )
)
def test_every_grant_has_one_outcome_or_one_correction_and_every_turn_one_row(
    steps: list[tuple[str, float]],
) -> None:
    tracker, now, grants, turns = PassageTracker(), 100.0, list[str](), 0
    events: list[PassageEvent] = []
    for number, (step, seconds) in enumerate(steps):
        now += seconds
        if step == "grant":
            grants.append(f"p{number}")
            tracker.arm(grant(grants[-1], now))
        edges = turn(now, REVERSE if step == "reverse" else PASSAGE) if step in ("turn", "reverse") else ()
        turns += bool(edges)
        events += tracker.take(edges, LOST if step == "lose" else READY, now)
    events += tracker.take((), READY, now + 60)
    assert tracker.open_grants == ()
    outcomes: dict[str, list[Passage]] = {scan_id: [] for scan_id in grants}
    for event in events:
        if event.grant is not None and event.outcome is not None:
            outcomes[event.grant.scan_id].append(event.outcome)
    allowed = [
        [Passage.PASSED],
        [Passage.NO_PASSAGE],
        [Passage.UNKNOWN],
        [Passage.NO_PASSAGE, Passage.PASSED],
    ]
    assert all(outcome in allowed for outcome in outcomes.values())
    reported_turns = [event for event in events if event.outcome in (None, Passage.PASSED)]
    assert len(reported_turns) == turns
