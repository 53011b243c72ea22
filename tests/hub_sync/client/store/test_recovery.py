import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_sync.client.store import (
    FileKeyStore,
    StationEnrolment,
    Store,
    StoreError,
    StoreFault,
    open_store,
    restore_store,
)
from hub_sync.client.store.backups import MAX_BACKUPS
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.ids import new_id
from tests.hub_sync.client.fake_hub import person, scan
from tests.hub_sync.client.store.roster.test_roster import pull

ENROLMENT = StationEnrolment("http://hub", "d", "t", "e", None, "North", "gate", "secret")


def harm(path: Path, how: str) -> None:
    content = path.read_bytes()
    middle = bytearray(content)
    middle[4096 * 3 : 4096 * 4] = secrets.token_bytes(4096)
    changed = {
        "garbage": secrets.token_bytes(len(content)),
        "cut": content[:5000],
        "page": bytes(middle),
        "empty": b"",
    }
    path.write_bytes(changed[how])


@pytest.mark.parametrize("how", ["garbage", "cut", "page", "empty"])
def test_the_newest_backup_takes_the_place_of_a_damaged_store(
    store: Store, folder: Path, opened: Callable[[], Store], how: str
) -> None:
    store.settings.save_enrolment(ENROLMENT)
    rows = [store.journal.append(scan(f"p{number}")) for number in range(20)]
    store.outbox.acknowledge(5, rows[4].hash)
    backup = store.backups.rotate()
    store.journal.append(scan("after the backup"))
    store.close()
    harm(folder / "store.db", how)

    again = opened()
    assert again.recovery is not None
    assert again.recovery.restored_from == backup
    assert "newest backup" in again.recovery.sentence
    assert again.recovery.damaged is not None
    assert again.recovery.damaged.exists()
    assert again.settings.enrolment() == ENROLMENT
    assert again.presence.get("p19", "hall").inside
    prefix = again.outbox.acknowledged()
    assert prefix.journal_id != rows[0].journal_id, "a new incarnation: the old one went on without this copy"
    assert prefix.sequence == 0
    assert [row.sequence for row in again.outbox.pending(100)] == list(range(1, 16))
    assert again.journal.verify() is None


def test_an_older_backup_is_used_if_the_newest_is_damaged_too(
    store: Store, folder: Path, opened: Callable[[], Store]
) -> None:
    store.journal.append(scan("p1"))
    old = store.backups.rotate()
    harm(store.backups.rotate(), "page")
    store.close()
    harm(folder / "store.db", "garbage")
    recovery = opened().recovery
    assert recovery is not None
    assert recovery.restored_from == old


@pytest.mark.parametrize("how", ["garbage", "empty", "gone"])
def test_without_a_backup_it_starts_empty_and_says_that(
    store: Store, folder: Path, opened: Callable[[], Store], how: str
) -> None:
    store.journal.append(scan("p1"))
    store.close()
    if how == "gone":
        (folder / "store.db").unlink()
    else:
        harm(folder / "store.db", how)
    again = opened()
    assert again.recovery is not None
    assert again.recovery.restored_from is None
    assert "no usable backup" in again.recovery.sentence
    assert how == "gone" or (again.recovery.damaged is not None and again.recovery.damaged.exists())
    again.journal.append(scan("p2"))


def test_a_store_that_vanished_is_restored_from_its_backup(
    store: Store, folder: Path, opened: Callable[[], Store]
) -> None:
    store.journal.append(scan("p1"))
    store.backups.rotate()
    store.close()
    (folder / "store.db").unlink()
    again = opened()
    assert again.recovery is not None
    assert again.presence.get("p1", "hall").inside


def test_a_healthy_store_needs_no_recovery(store: Store, opened: Callable[[], Store]) -> None:
    row = store.journal.append(scan())
    store.close()
    again = opened()
    assert again.recovery is None
    assert again.outbox.acknowledged().journal_id == row.journal_id


def test_another_key_touches_nothing_and_the_right_one_opens_it_again(
    store: Store, folder: Path, opened: Callable[[], Store]
) -> None:
    store.journal.append(scan("p1"))
    store.close()
    keystore, before = FileKeyStore(folder), (folder / "store.db").read_bytes()
    right = keystore.load()
    assert right is not None
    keystore.save(b"x" * 32)
    with pytest.raises(StoreError, match="not the key of this station's store") as refused:
        opened()
    assert refused.value.fault is StoreFault.KEY
    assert (folder / "store.db").read_bytes() == before
    keystore.save(right)
    assert opened().presence.get("p1", "hall").inside


def test_a_missing_key_is_said_and_no_new_one_is_made(
    store: Store, folder: Path, opened: Callable[[], Store]
) -> None:
    store.close()
    (folder / "store.key").unlink()
    with pytest.raises(StoreError, match="its key is not"):
        opened()
    assert not (folder / "store.key").exists()


def test_a_restored_backup_is_a_new_incarnation_and_the_roster_is_kept_or_pulled_again(
    store: Store, folder: Path, opened: Callable[[], Store], clock: ManualClock, tmp_path: Path
) -> None:
    row = store.journal.append(scan("p1"))
    pull(store, person("p1"))
    copy = tmp_path / "copy.db"
    store.backups.save(copy)
    pull(store, person("p1"), person("p2"))
    store.journal.append(scan("p2"))
    store.close()
    recovery = restore_store(folder, FileKeyStore(folder), clock, new_id, copy)
    assert "copy.db was restored" in recovery.sentence
    again = opened()
    assert again.outbox.acknowledged().journal_id != row.journal_id
    assert again.presence.get("p1", "hall").inside
    assert not again.presence.get("p2", "hall").inside
    assert again.feed.position() is None, (
        "its roster is gone: a snapshot follows, with whom the hub saw since"
    )
    assert list(folder.glob("replaced-*.db"))


@pytest.mark.parametrize("what", ["garbage", "foreign", "no store"])
def test_what_is_no_backup_of_this_station_is_not_restored(
    store: Store, folder: Path, opened: Callable[[], Store], clock: ManualClock, tmp_path: Path, what: str
) -> None:
    store.journal.append(scan("p1"))
    store.close()
    backup = tmp_path / "backup.db"
    if what == "garbage":
        backup.write_bytes(secrets.token_bytes(20000))
    elif what == "no store":
        sqlite3.connect(backup).close()
    else:
        other = tmp_path / "other"
        with open_store(other, FileKeyStore(other), clock, new_id) as foreign:
            foreign.backups.save(backup)
    with pytest.raises(StoreError, match="damaged, or it belongs to another station"):
        restore_store(folder, FileKeyStore(folder), clock, new_id, backup)
    assert opened().presence.get("p1", "hall").inside


def test_backups_rotate_and_keep_the_newest(store: Store, folder: Path) -> None:
    backups = []
    for _ in range(MAX_BACKUPS + 3):
        store.journal.append(scan())
        backups.append(store.backups.rotate())
    assert sorted((folder / "backups").iterdir()) == backups[-MAX_BACKUPS:]


def test_a_backup_can_be_made_while_the_gate_commits(store: Store, tmp_path: Path) -> None:
    for _ in range(50):
        store.journal.append(scan())
    with store.open_session() as sync:
        sync.backups.save(tmp_path / "one.db")
        store.journal.append(scan())
        sync.backups.save(tmp_path / "two.db")
    assert not list(tmp_path.glob(".*"))
