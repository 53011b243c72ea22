"""Admissions that were given back stay so after a recovery, whatever an older backup remembers of the people."""

from pathlib import Path

from hub_sync.client.store import Store
from hub_sync.contract.clock import ManualClock
from tests.hub_sync.client.fake_hub import scan
from tests.hub_sync.client.store.journal.test_journal_passages import admit, give_back, passage
from tests.hub_sync.client.store.recovery.test_opening import harm, kill, reopen


def test_an_entry_that_was_given_back_after_the_backup_holds_nobody_inside(
    store: Store, folder: Path, tmp_path: Path, clock: ManualClock
) -> None:
    record = admit(store)
    store.backups.rotate()
    give_back(store, record)
    killed = kill(store, folder, tmp_path)
    harm(killed / "store.db", "garbage")
    with reopen(killed, clock) as again:
        presence = again.presence.get("p1", "hall")
        assert (presence.inside, presence.entries) == (False, 0)
        assert again.journal.verify() is None


def test_an_entry_that_was_counted_again_after_the_backup_counts_once(
    store: Store, folder: Path, tmp_path: Path, clock: ManualClock
) -> None:
    record = admit(store)
    give_back(store, record)
    store.backups.rotate()
    store.journal.append_passage(passage(record, "late_turn", "PASSED", 7))
    store.journal.append(scan("p2"))
    killed = kill(store, folder, tmp_path)
    harm(killed / "store.db", "garbage")
    with reopen(killed, clock) as again:
        presence = again.presence.get("p1", "hall")
        assert (presence.inside, presence.entries) == (True, 1)
        assert again.presence.annulled_ids("p1") == frozenset()


def test_an_entry_that_stays_is_counted_once_beside_the_one_that_was_given_back(
    store: Store, folder: Path, tmp_path: Path, clock: ManualClock
) -> None:
    first, second = admit(store), admit(store, monotonic_ms=2000)
    store.backups.rotate()
    give_back(store, second)
    killed = kill(store, folder, tmp_path)
    harm(killed / "store.db", "garbage")
    with reopen(killed, clock) as again:
        assert again.journal.find_scan(first.id) is not None
        presence = again.presence.get("p1", "hall")
        assert (presence.inside, presence.entries) == (True, 1)
