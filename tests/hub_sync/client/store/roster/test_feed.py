import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_sync.client.store import SnapshotIncomplete, Store, StoreError, StoreFault
from hub_sync.client.store.roster.files import VENUE_COPY, RosterFiles
from tests.hub_sync.client.fake_hub import page, person, scan
from tests.hub_sync.client.store.roster.test_roster import pull
from tests.support.builders.station import CHECKPOINT_ROW, EVENT_ROW


def roster_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("roster-*.db"))


def test_readers_see_the_old_roster_until_the_new_one_is_whole(store: Store) -> None:
    pull(store, person("1"))
    snapshot = store.feed.begin_snapshot()
    snapshot.add(page(person("2"), more=True, total=2))
    assert (store.roster.find("1") is not None, store.roster.find("2")) == (True, None)
    last = page(person("3"), total=2, cursor="9", epoch="epoch-2")
    snapshot.add(last)
    store.feed.publish_snapshot(snapshot, last)
    assert store.roster.find("1") is None
    assert store.roster.count == 2
    assert store.feed.position() == ("epoch-2", "9")


def test_a_truncated_snapshot_is_not_used(store: Store, folder: Path) -> None:
    pull(store, person("1"))
    snapshot = store.feed.begin_snapshot()
    last = page(person("2"), total=3)
    snapshot.add(last)
    with pytest.raises(SnapshotIncomplete, match="announced 3 participants and sent 1"):
        store.feed.publish_snapshot(snapshot, last)
    assert store.roster.find("1") is not None
    assert len(roster_files(folder)) == 1


def test_another_thread_moves_over_and_the_old_file_goes_when_nobody_reads_it(
    store: Store, folder: Path
) -> None:
    pull(store, person("1"))
    assert store.roster.find("1") is not None
    swapped, read_before, done = threading.Event(), threading.Event(), threading.Event()
    results: list[bool] = []

    def gate() -> None:
        with store.open_session() as mine:
            results.append(mine.roster.find("1") is not None)
            read_before.set()
            swapped.wait(5)
            results.append(mine.roster.find("2") is not None)
            done.wait(5)

    thread = threading.Thread(target=gate)
    thread.start()
    read_before.wait(5)
    pull(store, person("2"))
    assert store.roster.find("2") is not None
    store.run_maintenance()
    assert len(roster_files(folder)) == 2, "the other thread still reads the old file"
    swapped.set()
    while len(results) < 2 and thread.is_alive():
        thread.join(0.01)
    assert results == [True, True]
    done.set()
    thread.join(5)
    store.run_maintenance()
    assert roster_files(folder) == ["roster-2.db"]


def test_what_a_killed_snapshot_left_is_removed_at_the_next_start(
    store: Store, folder: Path, opened: Callable[[], Store]
) -> None:
    pull(store, person("1"))
    unfinished = store.feed.begin_snapshot()
    unfinished.add(page(person("2"), more=True, total=9))
    unfinished._file.close()
    store.close()
    assert len(roster_files(folder)) == 2
    again = opened()
    assert again.roster.find("1") is not None
    assert roster_files(folder) == ["roster-1.db"]
    pull(again, person("3"))
    assert again.roster.find("3") is not None


@pytest.mark.parametrize("harm", ["garbage", "cut short", "gone"])
def test_a_damaged_roster_is_dropped_and_pulled_again_while_the_journal_stays(
    store: Store, folder: Path, opened: Callable[[], Store], harm: str
) -> None:
    store.journal.append(scan("1"))
    pull(store, *[person(str(number)) for number in range(500)])
    store.close()
    (path,) = folder.glob("roster-*.db")
    content = bytearray(path.read_bytes())
    content[5000:60000] = b"\xa5" * 55000
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(content if harm == "garbage" else content[:20000])
    again = opened()
    assert again.recovery is not None
    assert "The list of participants on this station was damaged or missing." in again.recovery.sentence
    assert "No scan was lost." in again.recovery.sentence
    assert (again.recovery.damaged is not None and again.recovery.damaged.exists()) is (harm != "gone")
    assert again.roster.find("1") is None
    assert again.venue.age(again._place.clock.now()) is None
    assert again.feed.position() is None, "so a snapshot is pulled"
    assert again.presence.get("1", "hall", "event").inside
    pull(again, person("1"))
    assert again.roster.find("1") is not None


@pytest.mark.parametrize("is_open", [True, False])
def test_event_and_checkpoints_survive_the_damage_of_the_roster_until_another_event_is_served(
    store: Store, folder: Path, opened: Callable[[], Store], is_open: bool
) -> None:
    pull(store, person("1"), events=[EVENT_ROW], checkpoints=[CHECKPOINT_ROW])
    store.feed.apply(page(snapshot=False, checkpoints=[CHECKPOINT_ROW | {"id": "side", "name": "Side door"}]))
    event, checkpoints = store.venue.event(), store.venue.checkpoints()
    assert event is not None
    assert len(checkpoints) == 2
    if is_open:
        store.venue._files.mark_damaged(store.venue._files.current)
        again = store
    else:
        store.close()
        (path,) = folder.glob("roster-*.db")
        content = bytearray(path.read_bytes())
        content[5000] ^= 1
        path.write_bytes(content)
        again = opened()
    assert (again.venue.event(), again.venue.checkpoints()) == (event, checkpoints)
    assert again.venue.checkpoint("side") == checkpoints[1]
    assert again.venue.checkpoint("other") is None
    assert again.feed.position() is None, "a snapshot is pulled"
    again.feed.reset()
    assert (again.venue.event(), again.venue.checkpoints()) == (None, ())


@pytest.mark.parametrize("fault", [StoreFault.FULL, StoreFault.IO, StoreFault.LOCKED, StoreFault.READ_ONLY])
def test_a_fault_of_the_disk_at_the_start_removes_no_roster(
    store: Store,
    folder: Path,
    opened: Callable[[], Store],
    monkeypatch: pytest.MonkeyPatch,
    fault: StoreFault,
) -> None:
    pull(store, person("1"))
    store.close()

    def fail(*_: object) -> None:
        raise StoreError(fault)

    with monkeypatch.context() as for_a_moment:
        for_a_moment.setattr(RosterFiles, "open", fail)
        opened().close()
    assert roster_files(folder) == ["roster-1.db"]
    assert opened().roster.find("1") is not None


def test_a_roster_that_turns_out_damaged_while_open_counts_as_none(store: Store, folder: Path) -> None:
    pull(store, *[person(str(number), "Ada", f"Name{number}") for number in range(2000)])
    store._reader.close()
    (path,) = folder.glob("roster-*.db")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))
    assert store.roster.find("1999") is None
    assert store.roster.count == 0
    assert store.feed.position() is None
    store.journal.append(scan("1999"))


def test_the_gate_commits_while_a_snapshot_is_being_built(store: Store) -> None:
    snapshot = store.feed.begin_snapshot()
    with snapshot._file.transaction(), store.open_session() as gate:
        assert gate.journal.append(scan()).sequence == 1
        gate.settings.put("x", 1)
    snapshot.discard()


def test_a_roster_that_could_not_be_opened_for_a_moment_is_read_at_the_next_question(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(store, person("1"))

    def locked(*_: object) -> None:
        raise StoreError(StoreFault.LOCKED)

    with store.open_session() as session:
        with monkeypatch.context() as for_a_moment:
            for_a_moment.setattr(RosterFiles, "open", locked)
            with pytest.raises(StoreError):
                session.roster.find("1")
        assert session.roster.find("1") is not None


def test_an_old_roster_that_cannot_be_removed_does_not_make_the_new_one_fail(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: RosterFiles) -> None:
        raise StoreError(StoreFault.READ_ONLY)

    pull(store, person("1"))
    monkeypatch.setattr(RosterFiles, "remove_unused", denied)
    pull(store, person("2"))
    assert store.roster.find("2") is not None


def test_a_damaged_roster_does_not_empty_the_copy_of_event_and_checkpoints(store: Store) -> None:
    pull(store, person("1"), events=[EVENT_ROW], checkpoints=[CHECKPOINT_ROW])
    copied = store.settings.get(VENUE_COPY)
    assert copied["checkpoints"]
    store.feed._files.mark_damaged(store.feed._files.current)
    store.feed._copy_venue()
    assert store.settings.get(VENUE_COPY) == copied
    assert store.venue.checkpoint(CHECKPOINT_ROW["id"]) is not None


def test_a_position_that_cannot_be_read_ends_the_roster_for_every_reader(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def corrupt(*_: object) -> None:
        raise StoreError(StoreFault.CORRUPT)

    pull(store, person("1"))
    assert store.feed.position() is not None
    assert store.feed._reader._file is not None
    monkeypatch.setattr(store.feed._reader._file, "row", corrupt)
    assert store.feed.position() is None
    assert store.roster.find("1") is None, "an unknown person is held from now on"


def test_vanished_people_are_told_apart_by_their_digest(store: Store) -> None:
    pull(store, *[person(str(number)) for number in range(5)])
    digests = []
    for remaining in ("0123", "0124", "0123"):
        snapshot = store.feed.begin_snapshot()
        snapshot.add(page(*[person(number) for number in remaining]))
        vanished = store.feed.find_vanished(snapshot)
        assert (vanished.known, vanished.people) == (5, 1)
        digests.append(vanished.digest)
        snapshot.discard()
    assert digests[0] == digests[2] != digests[1]
