"""Whose turn it is at the door, and which seats they get."""

import pytest

from hub_sync.contract.door import DoorEntry, DoorList, DoorSeat
from hub_sync.rules.waitlist.door import fill_order, is_open, next_at_door, seats_left, waiting


def seat(id_: str, holder: str = "", category: str = "") -> DoorSeat:
    return DoorSeat(id=id_, holder_id=holder, category=category)


def entry(id_: str, seats: int = 1, categories: tuple[str, ...] = ("",)) -> DoorEntry:
    return DoorEntry(id=id_, participant_id=f"of-{id_}", seats=seats, categories=categories)


@pytest.mark.parametrize(
    ("now_ms", "sure", "expected"),
    [(99, True, False), (100, True, True), (199, True, True), (200, True, False), (150, False, False)],
)
def test_seats_are_given_from_the_minute_to_the_end_by_a_sure_clock(
    now_ms: int, sure: bool, expected: bool
) -> None:
    assert is_open(DoorList(stamp="s", from_ms=100, until_ms=200), now_ms, sure=sure) is expected


def test_a_seat_is_left_unless_it_was_given_or_its_person_has_come() -> None:
    block = [seat("a", "ada"), seat("b", "bo"), seat("c")]
    assert [each.id for each in seats_left(block, {"c"}, {"ada"})] == ["b"]


def test_the_first_who_is_there_and_fits_is_next() -> None:
    entries, seats = [entry("party", 3), entry("late"), entry("dora")], [seat("a"), seat("b")]
    turn = next_at_door(entries, seats, {"late"})
    assert turn is not None
    assert (turn.entry.id, [each.id for each in turn.seats]) == ("dora", ["a"])
    assert next_at_door(entries, [*seats, seat("c")]) is not None
    assert next_at_door(waiting(entries, {"dora", "late"}), seats) is None
    assert next_at_door(entries, []) is None


def test_an_entry_gets_seats_of_its_own_list_first_and_none_of_another() -> None:
    seats = [seat("child", category="Child"), seat("any")]
    turn = next_at_door([entry("dora", categories=("", "Child"))], seats)
    assert turn is not None
    assert turn.seats[0].id == "any"
    assert next_at_door([entry("vip", categories=("VIP",))], seats) is None


def test_the_earlier_row_counts_and_of_two_at_once_the_lower_id() -> None:
    assert fill_order(1, "z") < fill_order(2, "a")
    assert fill_order(1, "a") < fill_order(1, "b")
