"""Admissions that were given back stay so after a recovery, whatever an older backup remembers of the people."""

import contextlib
from pathlib import Path

import pytest

from hub_sync.client.store import FileKeyStore, Store
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.journal.journal_copy import COPY_FILE
from hub_sync.client.store.recovery.contents import read_store
from hub_sync.client.store.recovery.rebuild import plan_journal, write_store
from hub_sync.contract.clock import ManualClock
from tests.hub_sync.client.fake_hub import scan
from tests.hub_sync.client.store.journal.test_journal_passages import admit, give_back, passage
from tests.hub_sync.client.store.recovery.test_opening import harm, kill, reopen
from tests.support.builders.lan import enrol_as


def test_an_entry_that_was_given_back_after_the_backup_holds_nobody_inside(
    store: Store, folder: Path, tmp_path: Path, clock: ManualClock
) -> None:
    record = admit(store)
    store.backups.rotate()
    give_back(store, record)
    killed = kill(store, folder, tmp_path)
    harm(killed / "store.db", "garbage")
    with reopen(killed, clock) as again:
        presence = again.presence.get("p1", "hall", "event")
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
        presence = again.presence.get("p1", "hall", "event")
        assert (presence.inside, presence.entries) == (True, 1)
        assert again.presence.annulled_ids("p1", "event") == frozenset()


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
        presence = again.presence.get("p1", "hall", "event")
        assert (presence.inside, presence.entries) == (True, 1)


@pytest.mark.parametrize("has_journal", [True, False], ids=["from its rows", "from a backup's register"])
def test_a_rebuilt_store_knows_of_which_event_each_scan_was(
    store: Store, folder: Path, tmp_path: Path, clock: ManualClock, has_journal: bool
) -> None:
    store.journal.append(scan("p1", event_id="fair"))
    annulled = admit(store, event_id="gala")
    store.journal.append(scan("p2", event_id="gala", leaves_zones=True))
    give_back(store, annulled)
    store.backups.rotate()
    killed = kill(store, folder, tmp_path)
    harm(killed / "store.db", "garbage")
    if not has_journal:
        (killed / COPY_FILE).unlink()
    with reopen(killed, clock) as again:
        inside = {
            (event_id, person): again.presence.get(person, "hall", event_id).entries
            for event_id in ("fair", "gala")
            for person in ("p1", "p2")
        }
        assert inside == {("fair", "p1"): 1, ("fair", "p2"): 0, ("gala", "p1"): 0, ("gala", "p2"): 1}
        assert again.presence.annulled_ids("p1", "gala") == {annulled.id}
        assert again.presence.annulled_ids("p1", "fair") == frozenset()


def test_a_register_from_before_events_is_of_the_event_of_the_enrolment(
    store: Store, folder: Path, tmp_path: Path, clock: ManualClock
) -> None:
    enrol_as(store, 1, event_id="fair")
    store.journal.append(scan("p1", event_id="fair"))
    store._file.run("DROP TRIGGER memory_of_a_new_incarnation")
    store._file.run("CREATE TABLE old AS SELECT * FROM memory")
    store._file.run("DROP TABLE memory")
    store._file.run("ALTER TABLE old DROP COLUMN event_id")
    store._file.run("ALTER TABLE old RENAME TO memory")
    store._file.run("UPDATE memory SET entries = 7")
    killed = kill(store, folder, tmp_path)
    (killed / COPY_FILE).unlink()
    contents = read_store(killed / "store.db", FileKeyStore(killed).load() or b"")
    assert list(contents.tables["memory"]) == [("fair", "hall", "p1")]
    write_store(
        killed / "again.db", FileKeyStore(killed).load() or b"", contents, plan_journal(contents), None
    )
    with contextlib.closing(EncryptedFile(killed / "again.db", FileKeyStore(killed).load() or b"")) as file:
        assert file.rows("SELECT event_id, participant_id, entries FROM memory") == [("fair", "p1", 7)]
