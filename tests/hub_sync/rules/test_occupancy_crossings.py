"""Crossings: they add up to who is inside, whatever the order of the scans."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hub_sync.contract.enums import Direction
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.occupancy import count_inside, crossings, person_in_zones

IN, OUT = Direction.ENTRY, Direction.EXIT
scans = st.lists(
    st.builds(
        AdmittedScan,
        at_ms=st.integers(0, 9),
        device_id=st.sampled_from("ab"),
        sequence=st.integers(1, 9),
        direction=st.sampled_from([IN, OUT]),
        zone=st.sampled_from(["", "hall", "vip"]),
        participant_id=st.just("ada"),
        leaves_zones=st.booleans(),
    ),
    max_size=9,
)


def inside_after(crossed: Sequence[tuple[int, str, Direction, str]]) -> dict[str, int]:
    inside: Counter[str] = Counter()
    for _at, zone, direction, _checkpoint in crossed:
        inside[zone] += 1 if direction is IN else -1
    return {zone: count for zone, count in inside.items() if count}


def scan(at_ms: int, direction: Direction, zone: str = "", gate: str = "gate") -> AdmittedScan:
    return AdmittedScan(at_ms, "a", at_ms, direction, zone, "ada", checkpoint_id=gate)


@given(scans)
def test_crossings_add_up_to_who_is_inside(history: list[AdmittedScan]) -> None:
    counted = {zone: count for zone, count in count_inside(history).items() if count}
    assert inside_after(crossings(history)) == counted
    assert crossings(history[::-1]) == crossings(history)


@given(scans, st.integers(0, 9))
def test_crossings_go_on_where_earlier_ones_ended(history: list[AdmittedScan], cut: int) -> None:
    earlier = [each for each in history if each.at_ms < cut]
    later = [each for each in history if each.at_ms >= cut]
    zones = [zone for zone, result in person_in_zones(earlier).items() if result.inside]
    assert crossings(earlier) + crossings(later, zones) == crossings(history)


def test_who_walks_from_zone_to_zone_comes_to_the_venue_once() -> None:
    history = [
        scan(1, IN, "hall", "a"),
        scan(2, IN, "vip", "b"),
        scan(3, OUT, "hall", "c"),
        scan(4, OUT, "", "d"),
    ]
    assert crossings(history) == [
        (1, "hall", IN, "a"),
        (1, "", IN, "a"),
        (2, "vip", IN, "b"),
        (3, "hall", OUT, "c"),
        (4, "vip", OUT, "d"),
        (4, "", OUT, "d"),
    ]


def test_a_second_entry_and_an_exit_before_any_entry_cross_nothing() -> None:
    assert crossings([scan(1, OUT), scan(2, IN), scan(3, IN)]) == [(2, "", IN, "gate")]
