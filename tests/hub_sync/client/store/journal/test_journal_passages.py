"""Admissions that are given back: the person is as before, whatever the hub has counted meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from hub_sync.client.store import PassageRow, Store
from hub_sync.contract.enums import Direction, Passage, PassageCause
from hub_sync.contract.passage import PassageRecord
from hub_sync.contract.sync import ScanRecord
from hub_sync.rules.passage import PassageRefusal
from tests.hub_sync.client.fake_hub import page, scan
from tests.support.builders.station import apply_page
from tests.support.passage_vectors import PassageVector, load_passage_vectors, passage_members


def passage(record: ScanRecord, cause: str, outcome: str | None, seconds: float = 5) -> PassageRecord:
    return PassageRecord.model_validate(
        passage_members(record.model_dump(mode="json"), cause, outcome, seconds)
    )


def admit(store: Store, **changes: Any) -> ScanRecord:
    record = scan("p1", passage_sensor=True, **changes)
    store.journal.append(record)
    return record


def give_back(store: Store, record: ScanRecord) -> PassageRow | PassageRefusal:
    return store.journal.append_passage(passage(record, "timed_out", "NO_PASSAGE"))


@pytest.mark.parametrize("vector", load_passage_vectors(), ids=lambda vector: vector.name)
def test_the_journal_decides_the_shared_passage_vectors(store: Store, vector: PassageVector) -> None:
    record = ScanRecord.model_validate_json(scan("p1", **vector.scan_members()).model_dump_json())
    store.journal.append(record)
    written = [
        store.journal.append_passage(PassageRecord.model_validate(members))
        for members in vector.passage_members(record.model_dump(mode="json"))
    ]
    assert [row if isinstance(row, PassageRefusal) else None for row in written] == vector.refused
    assert store.journal.passage_of(record.id) == vector.expect
    assert store.presence.get("p1", "hall", "event").inside is vector.counts
    assert store.journal.verify() is None


def test_an_entry_that_is_given_back_leaves_nothing_but_its_rows(store: Store) -> None:
    before = store.presence.get("p1", "hall", "event")
    record = admit(store)
    row = give_back(store, record)
    assert isinstance(row, PassageRow)
    assert store.presence.get("p1", "hall", "event") == before
    assert [each.record.kind for each in store.journal.all_rows()] == ["scan", "passage"]
    assert store.journal.end()[1] == 2
    assert [each.record for each in store.journal.rows()] == [record], "the scan's own row stays"
    assert store.outbox.pending(9)[1].hash == row.hash


def test_the_person_may_enter_again_and_that_entry_is_the_first(store: Store) -> None:
    give_back(store, admit(store))
    admit(store, monotonic_ms=9000)
    presence = store.presence.get("p1", "hall", "event")
    assert (presence.inside, presence.entries) == (True, 1)


def test_an_exit_that_is_given_back_leaves_the_person_inside_every_zone(store: Store) -> None:
    admit(store)
    store.journal.append(scan("p1", zone=None))
    leaving = admit(store, zone=None, direction=Direction.EXIT, reason="exited")
    assert not store.presence.get("p1", "hall", "event").inside
    give_back(store, leaving)
    assert store.presence.get("p1", "hall", "event").inside
    assert store.presence.get("p1", None, "event").inside


def test_a_later_scan_of_the_same_person_stays_when_the_earlier_is_given_back(store: Store) -> None:
    first = admit(store)
    admit(store, monotonic_ms=2000, result="MANUAL_OVERRIDE", override={"reason": "x", "operator": "Ada"})
    assert store.presence.get("p1", "hall", "event").entries == 2
    give_back(store, first)
    presence = store.presence.get("p1", "hall", "event")
    assert (presence.inside, presence.entries) == (True, 1)


def test_both_scans_of_a_person_are_given_back_in_either_order(store: Store) -> None:
    first, second = admit(store), admit(store, monotonic_ms=2000)
    give_back(store, first)
    give_back(store, second)
    assert store.presence.get("p1", "hall", "event").entries == 0
    assert not store.presence.get("p1", "hall", "event").inside


def test_a_late_turn_lets_the_person_be_inside_again(store: Store) -> None:
    record = admit(store)
    give_back(store, record)
    assert isinstance(store.journal.append_passage(passage(record, "late_turn", "PASSED", 7)), PassageRow)
    presence = store.presence.get("p1", "hall", "event")
    assert (presence.inside, presence.entries) == (True, 1)
    assert store.journal.passage_of(record.id) is Passage.PASSED


def test_what_the_hub_counted_before_it_heard_of_it_holds_nobody_inside(store: Store) -> None:
    record = admit(store)
    at = record.scanned_at_ms
    apply_page(store, page(presence=[["hall", "p1", "entry", at, record.device_id, 1, 1, at, 0]]))
    assert store.presence.get("p1", "hall", "event").inside
    give_back(store, record)
    presence = store.presence.get("p1", "hall", "event")
    assert (presence.inside, presence.entries) == (False, 0)
    later = at + 60_000
    apply_page(store, page(presence=[["hall", "p1", "entry", later, "gate-b", 7, 1, later, 0]]))
    assert store.presence.get("p1", "hall", "event").inside, "another gate's entry counts"


def test_an_earlier_entry_at_another_gate_counts_again(store: Store) -> None:
    earlier = scan().scanned_at_ms - 600_000
    apply_page(store, page(presence=[["hall", "p1", "exit", earlier, "gate-b", 7, 1, earlier, 0]]))
    record = admit(store)
    at = record.scanned_at_ms
    apply_page(store, page(presence=[["hall", "p1", "entry", at, record.device_id, 1, 2, at, 0]]))
    give_back(store, record)
    presence = store.presence.get("p1", "hall", "event")
    assert (presence.inside, presence.entries) == (False, 1)


def test_after_a_restart_an_operator_still_gives_back(store: Store, opened: Callable[[], Store]) -> None:
    admit(store, direction=Direction.ENTRY)
    record = admit(store, direction=Direction.EXIT, reason="exited", monotonic_ms=2000)
    store.close()
    again = opened()
    row = again.journal.append_passage(passage(record, "operator", "NO_PASSAGE"))
    assert isinstance(row, PassageRow)
    presence = again.presence.get("p1", "hall", "event")
    assert (presence.inside, presence.entries) == (True, 1)


def test_admissions_without_an_outcome_are_found_after_a_restart(
    store: Store, opened: Callable[[], Store]
) -> None:
    settled, waiting = admit(store), admit(store)
    store.journal.append(scan("p2"))
    give_back(store, settled)
    store.close()
    assert opened().journal.unsettled() == (waiting,)


def test_a_turn_of_nobodys_admission_is_written_and_changes_nobody(store: Store) -> None:
    record = admit(store)
    turn = passage(record, PassageCause.UNGRANTED_TURN, None)
    assert isinstance(store.journal.append_passage(turn), PassageRow)
    assert store.journal.passage_of(record.id) is Passage.GRANTED


def test_a_row_that_is_written_twice_stands_once(store: Store) -> None:
    record = admit(store)
    row = passage(record, "timed_out", "NO_PASSAGE")
    assert store.journal.append_passage(row) == store.journal.append_passage(row)
    assert store.journal.end()[1] == 2


def test_people_whose_entry_was_given_back_are_compared_with_the_hubs_counts(store: Store) -> None:
    record = admit(store)
    row = give_back(store, record)
    assert isinstance(row, PassageRow)
    assert store.journal.people_since(None, "event") == {"p1": row.sequence}


def test_an_exit_from_the_venue_that_is_given_back_leaves_nobody_outside_by_the_hubs_row(
    store: Store,
) -> None:
    inside_at = scan().scanned_at_ms - 600_000
    hall = ["hall", "p1", "entry", inside_at, "gate-b", 7, 1, inside_at, 0]
    apply_page(store, page(presence=[hall]))
    leaving = admit(store, zone=None, direction=Direction.EXIT, reason="exited")
    at = leaving.scanned_at_ms
    left = ["", "p1", "exit", at, leaving.device_id, 1, 0, 0, at]
    apply_page(store, page(presence=[hall, left]))
    assert not store.presence.get("p1", "hall", "event").inside
    give_back(store, leaving)
    assert store.presence.get("p1", "hall", "event").inside, (
        "else the next gate lets somebody in who is inside"
    )


def test_a_scan_that_stays_is_not_later_than_what_another_gate_did_after_it(store: Store) -> None:
    first = admit(store)
    second = admit(store, monotonic_ms=2000, scanned_at_ms=first.scanned_at_ms + 1000)
    left = second.scanned_at_ms + 2000
    apply_page(store, page(presence=[["hall", "p1", "exit", left, "gate-b", 7, 2, left - 3000, 0]]))
    assert not store.presence.get("p1", "hall", "event").inside
    give_back(store, first)
    assert not store.presence.get("p1", "hall", "event").inside
    assert isinstance(store.journal.append_passage(passage(first, "late_turn", "PASSED", 7)), PassageRow)
    assert not store.presence.get("p1", "hall", "event").inside


def test_an_admission_of_one_event_that_is_given_back_changes_nothing_at_another(store: Store) -> None:
    store.journal.append(scan("p1", event_id="gala"))
    annulled = admit(store, event_id="fair", monotonic_ms=2000)
    store.journal.append(scan("p1", event_id="gala", direction=Direction.EXIT))
    give_back(store, annulled)
    assert store.presence.get("p1", "hall", "fair").entries == 0
    gala = store.presence.get("p1", "hall", "gala")
    assert (gala.inside, gala.entries) == (False, 1)
    store.journal.append_passage(passage(annulled, "late_turn", "PASSED", 7))
    assert store.presence.get("p1", "hall", "fair").inside
    assert not store.presence.get("p1", "hall", "gala").inside
