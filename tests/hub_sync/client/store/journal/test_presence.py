from collections.abc import Callable
from datetime import timedelta

import pytest

from hub_sync.client.store import Store
from hub_sync.client.store.journal.peer_presence import StationClocks
from hub_sync.contract.clock import ManualClock, epoch_ms, from_epoch_ms
from hub_sync.contract.enums import Direction, ReasonCode, ScanResult
from hub_sync.contract.sync import PRESENCE_FIELDS
from hub_sync.rules.admission import Presence
from tests.hub_sync.client.fake_hub import NOON, page, person, scan

T = epoch_ms(NOON)


def inside_since(at_ms: int, *, entries: int = 1) -> Presence:
    at = from_epoch_ms(at_ms)
    return Presence(inside=True, entries=entries, last_at=at, entered_at=at, in_venue=True)


def roster(store: Store, *presence: list[object], people: list[list[object]] | None = None) -> None:
    """Give the store a roster with the hub's presences; members that are left out at the end are 0."""
    whole = [[*row, 0, 0][: len(PRESENCE_FIELDS)] for row in presence]
    last = page(*(people or [person("p1")]), presence=whole)
    snapshot = store.feed.begin_snapshot()
    snapshot.add(last)
    store.feed.publish_snapshot(snapshot, last)


def test_nobody_has_been_anywhere_at_first(store: Store) -> None:
    assert store.presence.get("p1", "hall", "event") == Presence()


def test_who_came_in_is_inside_after_everything_was_uploaded(store: Store) -> None:
    row = store.journal.append(scan("p1"))
    store.outbox.acknowledge(1, row.hash)
    assert store.presence.get("p1", "hall", "event") == inside_since(T, entries=1)


def test_memory_survives_a_restart(store: Store, opened: Callable[[], Store]) -> None:
    store.journal.append(scan("p1"))
    store.close()
    assert opened().presence.get("p1", "hall", "event").inside


@pytest.mark.parametrize("result", [r for r in ScanResult if not r.admits])
def test_a_refusal_is_written_and_not_remembered_as_an_entry(store: Store, result: ScanResult) -> None:
    store.journal.append(scan("p1", result=result, reason=ReasonCode.BLACKLISTED))
    assert store.presence.get("p1", "hall", "event") == Presence()


def test_an_override_is_remembered(store: Store) -> None:
    store.journal.append(scan("p1", result=ScanResult.MANUAL_OVERRIDE))
    assert store.presence.get("p1", "hall", "event").inside


def test_zones_are_apart_and_no_zone_is_the_event(store: Store) -> None:
    store.journal.append(scan("p1", zone=None))
    assert store.presence.get("p1", "", "event").inside
    assert store.presence.get("p1", None, "event").inside
    assert not store.presence.get("p1", "hall", "event").inside


def test_entry_exit_entry_is_two_entries(store: Store) -> None:
    for direction in (Direction.ENTRY, Direction.EXIT, Direction.ENTRY):
        store.journal.append(scan("p1", direction=direction))
    assert store.presence.get("p1", "hall", "event") == inside_since(T, entries=2)


def test_another_gates_entry_counts_here(store: Store) -> None:
    roster(store, ["hall", "p1", "entry", T, "gate-b", 4, 1, T])
    assert store.presence.get("p1", "hall", "event") == inside_since(T, entries=1)


@pytest.mark.parametrize(("other_at", "inside"), [(T - 1, True), (T + 1, False)])
def test_the_later_of_own_entry_and_anothers_exit_tells(store: Store, other_at: int, inside: bool) -> None:
    store.journal.append(scan("p1"))
    roster(store, ["hall", "p1", "exit", other_at, "gate-b", 1, 0, 0])
    assert store.presence.get("p1", "hall", "event").inside is inside


def test_at_the_same_millisecond_the_device_decides_on_every_station_alike(store: Store) -> None:
    store.journal.append(scan("p1", device_id="gate-a"))
    roster(store, ["hall", "p1", "exit", T, "gate-b", 1, 1, 0])
    assert not store.presence.get("p1", "hall", "event").inside


def test_own_entries_that_come_back_from_the_hub_are_not_counted_twice(store: Store) -> None:
    row = store.journal.append(scan("p1"))
    roster(store, ["hall", "p1", "entry", T, "gate-a", row.sequence, 1, T])
    assert store.presence.get("p1", "hall", "event").entries == 1


def test_a_clock_a_year_slow_does_not_make_the_gate_forget_an_entry(store: Store) -> None:
    roster(store, ["hall", "p1", "exit", T, "gate-b", 9, 1, 0])
    store.journal.append(scan("p1", scanned_at_ms=T - 365 * 86_400_000, clock_sure=False))
    assert store.presence.get("p1", "hall", "event").inside


def test_of_own_rows_the_last_written_counts_when_the_clock_jumped_back(store: Store) -> None:
    store.journal.append(scan("p1", direction=Direction.ENTRY))
    store.journal.append(scan("p1", direction=Direction.EXIT, scanned_at_ms=T - 86_400_000))
    assert not store.presence.get("p1", "hall", "event").inside


def test_times_are_corrected_once_the_boot_has_an_anchor(store: Store, clock: ManualClock) -> None:
    day = int(timedelta(days=1).total_seconds() * 1000)
    store.boots.get_or_create("boot-1", T + day, 0)
    store.journal.append(scan("p1", scanned_at_ms=T + day, monotonic_ms=5000))  # the wall clock is a day fast
    roster(store, ["hall", "p1", "exit", T + 60_000, "gate-b", 1, 1, 0])
    assert store.presence.get("p1", "hall", "event").inside
    store.boots.set_anchor("boot-1", T - 5000, 0)
    assert store.presence.get("p1", "hall", "event") == Presence(
        inside=False, entries=1, last_at=from_epoch_ms(T + 60_000), entered_at=from_epoch_ms(T)
    )


def test_the_measured_offset_corrects_a_row_without_an_anchor(store: Store) -> None:
    store.journal.append(scan("p1", clock_offset_ms=-3000))
    assert store.presence.get("p1", "hall", "event").last_at == from_epoch_ms(T - 3000)


def test_who_came_in_under_a_registration_that_was_merged_away_is_inside(store: Store) -> None:
    store.journal.append(scan("old"))
    people = [person("old", standing="merged:middle"), person("middle", standing="merged:new"), person("new")]
    roster(store, people=people)
    assert store.presence.get("new", "hall", "event").inside


def test_what_the_hub_said_before_a_merge_is_not_taken_for_now(store: Store) -> None:
    roster(store)
    assert not store.presence.get("p1", "hall", "event").inside
    left = ["hall", "p1", "exit", T + 60_000, "gate-b", 9, 1, 0, 0]
    merged = page(person("old", standing="merged:p1"), snapshot=False, cursor="2", presence=[left])
    store.feed.apply(merged)
    assert not store.presence.get("p1", "hall", "event").inside
    store.journal.append(scan("p1"))  # by a clock that is slow
    assert store.presence.get("p1", "hall", "event").inside


EXIT = Direction.EXIT


def test_who_leaves_the_venue_here_has_left_its_zones(store: Store) -> None:
    store.journal.append(scan("p1"))
    store.journal.append(scan("p1", direction=EXIT, zone=None, scanned_at_ms=T + 1))
    assert store.presence.get("p1", "hall", "event") == Presence(
        inside=False, entries=1, last_at=from_epoch_ms(T + 1), entered_at=from_epoch_ms(T)
    )
    store.journal.append(scan("p1", scanned_at_ms=T + 2))
    assert store.presence.get("p1", "hall", "event").inside
    assert store.presence.get("p1", "", "event").in_venue


def test_who_leaves_the_venue_here_has_left_a_zone_that_another_gate_let_them_into(store: Store) -> None:
    roster(store, ["hall", "p1", "entry", T, "gate-b", 4, 1])
    store.journal.append(scan("p1", direction=EXIT, zone=None, scanned_at_ms=T + 1))
    store.journal.append(scan("p1", zone=None, scanned_at_ms=T + 2))
    assert not store.presence.get("p1", "hall", "event").inside
    assert store.presence.whereabouts(["p1"], "event") == {"p1": (frozenset({"hall"}), frozenset({""}))}
    roster(store, ["hall", "p1", "entry", T + 3, "gate-b", 5, 2])
    assert store.presence.get("p1", "hall", "event").inside


def test_who_left_the_venue_by_another_gate_has_left_a_zone_though_they_are_back(store: Store) -> None:
    store.journal.append(scan("p1"))
    roster(store, ["", "p1", "entry", T + 20, "gate-b", 6, 1, T + 20, T + 10])
    assert not store.presence.get("p1", "hall", "event").inside
    assert store.presence.get("p1", "hall", "event").in_venue
    store.journal.append(scan("p1", scanned_at_ms=T + 30))
    assert store.presence.get("p1", "hall", "event").inside


def test_an_entry_that_leaves_the_zone_before_leaves_it_here(store: Store) -> None:
    roster(store, ["hall", "p1", "entry", T, "gate-b", 4, 1], ["", "p1", "entry", T, "gate-b", 3, 1])
    store.journal.append(scan("p1", zone="vip", leaves_zones=True, scanned_at_ms=T + 1))
    assert store.presence.whereabouts(["p1"], "event")["p1"][1] == {"", "vip"}
    assert not store.presence.get("p1", "hall", "event").inside


def test_a_clock_that_jumped_back_does_not_undo_leaving_the_venue(store: Store) -> None:
    store.journal.append(scan("p1"))
    store.journal.append(scan("p1", direction=EXIT, zone=None, scanned_at_ms=T - 86_400_000))
    assert not store.presence.get("p1", "hall", "event").inside


def test_a_new_incarnation_forgets_nobody(store: Store) -> None:
    store.journal.append(scan("p1"))
    store.outbox.start_new_incarnation("test")
    assert store.presence.get("p1", "hall", "event") == inside_since(T, entries=1)


def test_an_exit_keeps_the_time_of_the_entry(store: Store) -> None:
    store.journal.append(scan("p1"))
    store.journal.append(scan("p1", direction=Direction.EXIT, scanned_at_ms=T + 60_000))
    assert store.presence.get("p1", "hall", "event") == Presence(
        inside=False, entries=1, last_at=from_epoch_ms(T + 60_000), entered_at=from_epoch_ms(T)
    )


def test_an_exit_alone_is_no_entry(store: Store) -> None:
    store.journal.append(scan("p1", direction=Direction.EXIT))
    assert store.presence.get("p1", "hall", "event").entered_at is None


def test_the_last_entry_of_all_gates_counts(store: Store) -> None:
    store.journal.append(scan("p1"))
    roster(store, ["hall", "p1", "exit", T + 90_000, "gate-b", 4, 2, T + 60_000])
    assert store.presence.get("p1", "hall", "event").entered_at == from_epoch_ms(T + 60_000)


def test_the_time_of_an_entry_is_corrected_by_its_own_boot(store: Store) -> None:
    day = int(timedelta(days=1).total_seconds() * 1000)
    store.boots.get_or_create("boot-1", T + day, 0)
    store.boots.get_or_create("boot-2", T, 0)
    store.journal.append(scan("p1", scanned_at_ms=T + day, monotonic_ms=5000))  # the wall clock is a day fast
    store.journal.append(scan("p1", direction=Direction.EXIT, scanned_at_ms=T + 9000, boot_id="boot-2"))
    store.boots.set_anchor("boot-1", T - 5000, 9000)
    assert store.presence.get("p1", "hall", "event").entered_at == from_epoch_ms(T)


def test_a_clock_of_the_year_2100_holds_nobody_inside_once_a_later_boot_knows_the_time(store: Store) -> None:
    y2100 = 4_102_444_800_000
    store.boots.get_or_create("b-wrong", y2100, 0)
    store.journal.append(scan("p1", scanned_at_ms=y2100, boot_id="b-wrong", clock_sure=False))
    roster(store, ["hall", "p1", "exit", T + 60_000, "gate-b", 1, 0, 0])
    assert store.presence.get("p1", "hall", "event").inside
    store.boots.get_or_create("b-right", y2100, 5_000)
    store.boots.set_anchor("b-right", T - 5_000, 6_000)
    presence = store.presence.get("p1", "hall", "event")
    assert not presence.inside
    assert presence.entered_at == from_epoch_ms(T)


def test_an_earlier_boot_bounds_no_row_of_a_later_one(store: Store) -> None:
    store.boots.get_or_create("b-0", T - 60_000, 0)
    store.boots.set_anchor("b-0", T - 60_000, 0)
    store.boots.get_or_create("b-1", T, 0)
    store.journal.append(scan("p1", scanned_at_ms=T + 5_000, boot_id="b-1"))
    assert store.presence.get("p1", "hall", "event") == inside_since(T + 5_000)


def test_zones_of_the_same_name_of_two_events_are_apart(store: Store) -> None:
    entered = scan("p1", event_id="fair")
    store.journal.append(entered)
    assert store.presence.get("p1", "hall", "fair").inside
    assert store.presence.get("p1", "hall", "gala") == Presence()
    assert store.presence.whereabouts(["p1"], "gala")["p1"][1] == frozenset()
    store.journal.append(scan("p1", event_id="gala", zone=None, direction=Direction.EXIT))
    assert store.presence.get("p1", "hall", "fair").inside, "who leaves the gala's venue stays at the fair"
    store.journal.append(scan("p1", event_id="gala", zone="bar", leaves_zones=True))
    assert store.presence.get("p1", "hall", "fair") == inside_since(T)
    assert store.journal.people_since(None, "gala") == {"p1": 3}
    assert [row.record.id for row in store.journal.scans_of("p1", "fair", 9)] == [entered.id]


def test_what_another_gate_told_between_decision_and_commit_is_not_overlooked(
    store: Store, clock: ManualClock
) -> None:
    clocks = StationClocks(T, clock.monotonic_ms(), clock.boot_id)
    future = ("hall", Direction.ENTRY, -5_000, 1, 1, None, None, ())  # by a clock that is ahead
    with store.open_session() as neighbours, store.steady_reads():
        assert not store.presence.get("p1", "hall", "event").inside
        neighbours.peer_presence.store(
            "event", [("gate-b", ("journal-b", 1), [("p1", "c", (future,), 1, ())])], clocks
        )
        store.journal.append(scan("p1", direction=Direction.EXIT))
    assert not store.presence.get("p1", "hall", "event").inside, (
        "the own exit was after what the neighbour had told"
    )


def test_the_numbers_of_a_neighbours_former_journal_are_not_counted_as_those_of_its_new_one(
    store: Store, clock: ManualClock
) -> None:
    """Its store was set back: its rows begin at 1 again. The hub has the entry, which counts once."""
    clocks = StationClocks(T, clock.monotonic_ms(), clock.boot_id)
    entered = ("hall", Direction.ENTRY, 60_000, 5, 1, None, None, (5,))
    store.peer_presence.store("event", [("gate-b", ("before", 5), [("p1", "c", (entered,), 5, ())])], clocks)
    store.peer_presence.store("event", [("gate-b", ("after", 1), [])], clocks)
    roster(store, ["hall", "p1", "exit", T, "gate-c", 1, 1, 0])
    heads = [
        {"device_id": "gate-b", "journal_id": journal, "sequence": end}
        for journal, end in (("before", 5), ("after", 1))
    ]
    store.feed.apply(page(snapshot=False, cursor="2", journals=heads))
    assert store.presence.get("p1", "hall", "event").entries == 1


def test_what_a_neighbour_gave_back_in_its_former_journal_takes_back_no_row_of_its_new_one(
    store: Store, clock: ManualClock
) -> None:
    clocks = StationClocks(T, clock.monotonic_ms(), clock.boot_id)
    given_back = (5, 6, "hall", Direction.ENTRY, ())
    store.peer_presence.store(
        "event", [("gate-b", ("before", 6), [("p1", "c", (), 6, (given_back,))])], clocks
    )
    store.peer_presence.store("event", [("gate-b", ("after", 1), [])], clocks)
    roster(store, ["hall", "p1", "entry", T, "gate-b", 5, 1, T])
    heads = [{"device_id": "gate-b", "journal_id": "after", "sequence": 5}]
    store.feed.apply(page(snapshot=False, cursor="2", journals=heads))
    assert store.presence.get("p1", "hall", "event") == inside_since(T)


def test_a_row_of_a_neighbours_former_journal_is_not_taken_for_one_that_the_hub_has_of_its_new_one(
    store: Store, clock: ManualClock
) -> None:
    """The hub has five rows of the new journal, and the entry of the former one is still to be sent."""
    clocks = StationClocks(T, clock.monotonic_ms(), clock.boot_id)
    entered = ("hall", Direction.ENTRY, 60_000, 3, 1, None, None, (3,))
    store.peer_presence.store("event", [("gate-b", ("before", 3), [("p1", "c", (entered,), 3, ())])], clocks)
    store.peer_presence.store("event", [("gate-b", ("after", 5), [])], clocks)
    roster(store)
    heads = [{"device_id": "gate-b", "journal_id": "after", "sequence": 5}]
    store.feed.apply(page(snapshot=False, cursor="2", journals=heads))
    store.peer_presence.remove_covered("event")
    assert store.presence.get("p1", "hall", "event").inside
