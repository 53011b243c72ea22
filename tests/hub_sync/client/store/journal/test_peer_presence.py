"""What other stations told is bounded: a stolen one may make people up."""

import pytest

from hub_sync.client.store import Store
from hub_sync.client.store.journal import peer_presence
from hub_sync.client.store.journal.peer_presence import StationClocks
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import Direction
from hub_sync.contract.lan import PeerPerson
from tests.hub_sync.client.fake_hub import NOON, page, person


def told(participant_id: str, sequence: int = 1, direction: Direction = Direction.ENTRY) -> PeerPerson:
    passage = ("hall", direction, 1_000, sequence, 1, 1_000, None, (sequence,))
    return participant_id, "gate", (passage,), sequence, ()


def tell(store: Store, device_id: str, *people: PeerPerson, minute: int = 0) -> None:
    clocks = StationClocks(epoch_ms(NOON) + minute * 60_000, minute * 60_000, "boot")
    store.peer_presence.store("event", [(device_id, ("j", minute + 1), people)], clocks)


def people_told(store: Store) -> int:
    return len(store.presence.people_of_peers("event", "", 1_000))


def test_a_station_that_makes_people_up_fills_no_disk_and_keeps_nobody_else_from_telling(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_presence, "MAX_ROWS", 8)
    last = page(person("p1"))
    snapshot = store.feed.begin_snapshot()
    snapshot.add(last)
    store.feed.publish_snapshot(snapshot, last)
    for number in range(30):
        tell(store, "stolen", *(told(f"invented-{number}-{n}") for n in range(5)), minute=number)
    assert people_told(store) <= 8 + 2 * 1 + 5
    tell(store, "stolen", told("invented-0-0", 99, Direction.EXIT), minute=31)
    (entry,) = store.presence.peer_entries(["invented-0-0"], "event")["invented-0-0"]
    assert entry.direction is Direction.EXIT, "who is known already is followed"
    tell(store, "honest", told("p1"))
    assert store.presence.get("p1", "hall", "event").inside


def test_a_station_may_tell_again_once_the_hub_has_what_it_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_presence, "MAX_ROWS", 3)
    tell(store, "gate-b", *(told(f"p{n}") for n in range(3)))
    tell(store, "gate-b", told("p4"))
    assert people_told(store) == 3
    store.peer_presence.forget()
    tell(store, "gate-b", told("p4"), minute=2)
    assert people_told(store) == 1


def test_who_is_in_a_row_that_the_hub_quarantined_is_inside_as_the_neighbour_says(store: Store) -> None:
    """The hub has the neighbour's journal beyond both rows, and one of them in quarantine."""
    tell(store, "gate-b", told("p1", 3), told("p2", 4))
    head = {"device_id": "gate-b", "journal_id": "j", "sequence": 9, "missing": [3]}
    last = page(person("p1"), person("p2"), journals=[head])
    snapshot = store.feed.begin_snapshot()
    snapshot.add(last)
    store.feed.publish_snapshot(snapshot, last)
    for _ in range(2):
        inside = {each: store.presence.get(each, "hall", "event").inside for each in ("p1", "p2")}
        assert inside == {"p1": True, "p2": False}, "the hub knows better of the row that it has"
        assert store.presence.get("p1", "hall", "event").entries == 1
        store.peer_presence.remove_covered("event")
    assert people_told(store) == 1
