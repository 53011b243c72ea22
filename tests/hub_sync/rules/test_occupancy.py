"""Occupancy, presence and conflicts do not depend on order or repetition."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub_sync.contract.enums import Direction
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.occupancy import (
    OccupancyLevel,
    PersonInZone,
    count_inside,
    occupancy_level,
    person_in_zones,
)

IN, OUT = Direction.ENTRY, Direction.EXIT


def passed(
    at: int,
    device: str = "a",
    way: Direction = IN,
    override: bool = False,
    zone: str = "hall",
    leaves: bool = False,
) -> AdmittedScan:
    return AdmittedScan(at, device, at, way, zone, "ada", override=override, leaves_zones=leaves)


def in_hall(*scans: AdmittedScan) -> PersonInZone:
    return person_in_zones(scans)["hall"]


passages = st.lists(
    st.builds(
        AdmittedScan,
        at_ms=st.integers(0, 5),
        device_id=st.sampled_from("ab"),
        sequence=st.integers(1, 20),
        direction=st.sampled_from(Direction),
        zone=st.sampled_from(["", "hall", "vip"]),
        participant_id=st.sampled_from(["ada", "bo"]),
        leaves_zones=st.booleans(),
    ),
    max_size=12,
)


@given(passages, st.randoms())
def test_any_order_and_repetition_gives_the_same(log: list[AdmittedScan], random: Random) -> None:
    again = [*log, *random.sample(log, len(log) // 2)]
    random.shuffle(again)
    assert count_inside(again) == count_inside(log)
    assert person_in_zones(again) == person_in_zones(log)


def test_same_person_at_two_gates_is_two_rows_one_conflict_one_person() -> None:
    first, second = passed(1, "a"), passed(2, "b")
    result = in_hall(second, first)
    assert result.conflicts == ((first, second),)
    assert result.entries == 2
    assert count_inside([first, second]) == {"": 1, "hall": 1}


def test_late_arrival_moves_the_flag_to_the_later_scan() -> None:
    early, late = passed(1, "b"), passed(2, "a")
    assert in_hall(late).conflicts == ()
    assert in_hall(late, early).conflicts == ((early, late),)


def test_exit_between_two_gates_is_no_conflict() -> None:
    assert in_hall(passed(1, "a"), passed(2, "b", OUT), passed(3, "b")).conflicts == ()


def test_override_is_no_conflict() -> None:
    assert in_hall(passed(1, "a"), passed(2, "b", override=True)).conflicts == ()


def test_same_gate_twice_is_no_conflict_between_gates() -> None:
    assert in_hall(passed(1), passed(2)).conflicts == ()


def test_exit_before_any_entry_counts_nobody_below_zero() -> None:
    assert count_inside([passed(1, way=OUT), passed(2, way=OUT)]) == {"": 0, "hall": 0}


def test_nobody_seen_is_not_inside() -> None:
    assert person_in_zones([]) == {}
    assert count_inside([]) == {"": 0}


def test_an_exit_from_the_venue_leaves_every_zone() -> None:
    came = [passed(1, zone=""), passed(2, "b"), passed(3, "c", zone="vip")]
    assert count_inside(came) == {"": 1, "hall": 1, "vip": 1}
    left = [*came, passed(4, "d", OUT, zone="")]
    assert count_inside(left) == {"": 0, "hall": 0, "vip": 0}
    hall = person_in_zones(left)["hall"]
    assert hall.last is not None
    assert (hall.inside, hall.last.at_ms, hall.last.device_id, hall.entries) == (False, 4, "d", 1)
    assert count_inside([*left, passed(5, "b")]) == {"": 1, "hall": 1, "vip": 0}


def test_who_came_in_by_a_zones_own_door_and_leaves_by_the_venues_is_out() -> None:
    assert count_inside([passed(1), passed(2, "d", OUT, zone="")]) == {"": 0, "hall": 0}


def test_who_leaves_a_zone_is_in_the_venue_still() -> None:
    assert count_inside([passed(1, zone=""), passed(2), passed(3, way=OUT)]) == {"": 1, "hall": 0}


def test_an_exit_from_the_venue_does_not_move_an_earlier_exit_from_a_zone() -> None:
    hall = in_hall(passed(1), passed(2, way=OUT), passed(3, "d", OUT, zone=""))
    assert hall.last is not None
    assert hall.last.at_ms == 2


def test_a_checkpoint_may_say_that_entering_leaves_the_zone_before() -> None:
    moved = [passed(1, zone=""), passed(2), passed(3, "b", zone="vip", leaves=True)]
    assert count_inside(moved) == {"": 1, "hall": 0, "vip": 1}
    assert person_in_zones(moved)["vip"].left_others_at_ms == 3
    assert person_in_zones(moved)["hall"].left_others_at_ms == 0
    assert count_inside([*moved, passed(4, "b", OUT, zone="vip", leaves=True)]) == {
        "": 1,
        "hall": 0,
        "vip": 0,
    }


def test_an_exit_elsewhere_between_two_gates_is_no_conflict() -> None:
    assert in_hall(passed(1, "a"), passed(2, "d", OUT, zone=""), passed(3, "b")).conflicts == ()
    assert in_hall(passed(1, "a"), passed(2, "c", zone="vip", leaves=True), passed(3, "b")).conflicts == ()


def test_levels() -> None:
    assert occupancy_level(0, None) is OccupancyLevel.UNKNOWN
    assert occupancy_level(5, 0) is OccupancyLevel.UNKNOWN
    assert occupancy_level(749, 1000) is OccupancyLevel.GREEN
    assert occupancy_level(750, 1000) is OccupancyLevel.YELLOW
    assert occupancy_level(900, 1000) is OccupancyLevel.YELLOW
    assert occupancy_level(901, 1000) is OccupancyLevel.RED
    assert occupancy_level(1200, 1000) is OccupancyLevel.RED


def test_entering_again_with_the_gates_knowledge_is_no_conflict() -> None:
    first, second = passed(1, "a"), replace(passed(2, "b"), entered_again=True)
    assert in_hall(first, second).conflicts == ()


def test_the_last_entry_is_remembered_after_the_exit() -> None:
    assert in_hall(passed(1), passed(2, "a", OUT)).entered_at_ms == 1
    assert in_hall(passed(1, "a", OUT)).entered_at_ms == 0
