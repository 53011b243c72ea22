"""Presence from several sources: what the hub does not know yet is added, and what was given back is taken out."""

from dataclasses import replace

import pytest

from hub_sync.contract.enums import Direction
from hub_sync.rules.presence import (
    GivenBackScan,
    IncludedRows,
    PresenceEntry,
    with_total_entries,
    without_given_back,
)

ENTRY, EXIT = Direction.ENTRY, Direction.EXIT
OF_B = PresenceEntry(100, "b", 3, "hall", EXIT, 1, 90)
BY_A = PresenceEntry(200, "a", 7, "hall", ENTRY, 2, 200)
GIVEN_BACK = GivenBackScan("a", 7, 8, "hall", ENTRY, (OF_B,))


@pytest.mark.parametrize(("upto", "pending"), [(None, True), (7, True), (8, False)])
def test_a_scan_is_given_back_until_the_hub_knows_of_it(upto: int | None, pending: bool) -> None:
    assert without_given_back(
        [BY_A], [GIVEN_BACK], lambda _: None if upto is None else IncludedRows(upto)
    ) == [OF_B if pending else BY_A]


def test_an_entry_that_was_given_back_is_not_counted_though_the_person_left_elsewhere_since() -> None:
    later = PresenceEntry(300, "c", 1, "hall", EXIT, 2, 200)
    assert without_given_back([later], [GIVEN_BACK], lambda _: IncludedRows(7)) == [replace(later, entries=1)]
    assert without_given_back([later], [GIVEN_BACK], lambda _: IncludedRows(6)) == [later], (
        "the hub has not counted it yet"
    )
    assert without_given_back([later], [GIVEN_BACK], lambda _: None) == [later], "nobody knows"


def test_two_scans_of_one_person_are_given_back_the_newest_first() -> None:
    entry_scan = replace(GIVEN_BACK, passage_sequence=10)
    exit_scan = GivenBackScan("a", 9, 11, "hall", EXIT, (BY_A,))
    left = PresenceEntry(300, "a", 9, "hall", EXIT, 2, 200)
    assert without_given_back([left], [entry_scan, exit_scan], lambda _: IncludedRows(9)) == [OF_B]


def test_without_a_row_from_before_the_person_is_nowhere_and_other_entries_count() -> None:
    unknown_before = replace(GIVEN_BACK, before=())
    assert without_given_back([replace(BY_A, entries=1)], [unknown_before], lambda _: IncludedRows(7)) == []
    (left,) = without_given_back([BY_A], [unknown_before], lambda _: IncludedRows(7))
    assert (left.direction, left.entries, left.at_ms) == (EXIT, 1, 0)


def test_a_scan_that_another_station_gave_back_changes_no_row_of_this() -> None:
    assert without_given_back([OF_B], [replace(GIVEN_BACK, sequence=3)], lambda _: IncludedRows(2)) == [OF_B]


@pytest.mark.parametrize(
    ("included", "total"),
    [
        ({"a": IncludedRows(4), "b": IncludedRows(0)}, 2 + 1 + 2),
        ({"a": IncludedRows(9), "b": IncludedRows(9)}, 3),
        ({"a": IncludedRows(9), "b": IncludedRows(5)}, 2 + 1),
        ({"a": IncludedRows(9), "b": IncludedRows(9, frozenset({2, 7}))}, 2 + 1),
        ({}, 3),
    ],
)
def test_entries_add_up_by_the_numbers_of_their_rows(included: dict[str, IncludedRows], total: int) -> None:
    stations = [
        PresenceEntry(10, "a", 5, "hall", EXIT, 1, 10, entry_sequences=(5,)),
        PresenceEntry(20, "b", 6, "hall", ENTRY, 2, 20, entry_sequences=(2, 6)),
        PresenceEntry(20, "b", 7, "vip", ENTRY, 1, 20, entry_sequences=(7,)),
    ]
    counted = with_total_entries([replace(BY_A, entries=2)], stations, included.get)
    assert {entry.entries for entry in counted if entry.zone == "hall"} == {total}
