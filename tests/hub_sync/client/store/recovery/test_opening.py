"""Recovery with real files: bits are flipped, files are deleted and cut, and programs are killed between all steps."""

import contextlib
import random
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_sync.client.store import (
    FileKeyStore,
    JournalRow,
    StationEnrolment,
    Store,
    StoreError,
    StoreFault,
    open_store,
    restore_store,
)
from hub_sync.client.store.backups import MAX_BACKUPS
from hub_sync.client.store.disk.encrypted_file import checkpoint
from hub_sync.client.store.journal.journal_copy import read_copy
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import QrKeyRow
from tests.hub_sync.client.fake_hub import person, scan
from tests.hub_sync.client.store.roster.test_roster import pull
from tests.support.thorough import sized

ENROLMENT = StationEnrolment("http://hub", "d", "t", "e", None, "North", "gate", "secret")
KEY = QrKeyRow(kid="k1", material="ab" * 32, not_before_ms=None, not_after_ms=None)
STORE_FILES = ("store.db", "store.db-wal", "store.db-shm")


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


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1 << (at % 8)
    path.write_bytes(content)


def write(store: Store, count: int, start: int = 0) -> list[JournalRow]:
    return [store.journal.append(scan(f"p{number}")) for number in range(start, start + count)]


def kill(store: Store, folder: Path, tmp_path: Path) -> Path:
    """Return a folder with the files as a SIGKILL leaves them: the WAL is not written back."""
    killed = tmp_path / "killed"
    shutil.copytree(folder, killed)
    (killed / "store.lock").unlink()
    store.close()
    return killed


def reopen(folder: Path, clock: ManualClock) -> Store:
    return open_store(folder, FileKeyStore(folder), clock, new_id)


def assert_whole(store: Store, rows: list[JournalRow]) -> None:
    """Assert that every row is in the journal under its number, that its chain holds, and that nobody is forgotten."""
    assert list(store.journal.rows()) == rows
    assert store.journal.verify() is None
    assert store.outbox.acknowledged().journal_id == rows[0].journal_id, "the same journal goes on"
    assert all(store.presence.get(row.record.participant_id or "", "hall", "event").inside for row in rows)
    following = store.journal.append(scan("next"))
    assert following.sequence == len(rows) + 1
    assert store.journal.verify() is None


@pytest.mark.parametrize("has_backup", [True, False])
@pytest.mark.parametrize("how", ["garbage", "cut", "page", "empty", "gone"])
def test_a_damaged_or_deleted_store_loses_no_scan(
    store: Store, folder: Path, clock: ManualClock, how: str, has_backup: bool
) -> None:
    store.settings.save_enrolment(ENROLMENT)
    store.keys.replace([KEY])
    rows = write(store, 20)
    pull(store, person("p1"))
    store.outbox.acknowledge(5, rows[4].hash)
    backup = store.backups.rotate() if has_backup else None
    rows += write(store, 18, start=20)
    store.close()
    if how == "gone":
        (folder / "store.db").unlink()
    else:
        harm(folder / "store.db", how)
    with reopen(folder, clock) as again:
        recovery = again.recovery
        assert recovery is not None
        assert recovery.restored_from == backup
        assert "38 scans were read back. Nothing was lost." in recovery.sentence
        assert ("was missing" in recovery.sentence) == (how == "gone")
        assert ("put aside" in recovery.sentence) == (how != "gone")
        assert (recovery.damaged is not None and recovery.damaged.exists()) == (how != "gone")
        assert again.settings.enrolment() == ENROLMENT
        assert again.keys._file.rows("SELECT kid FROM qr_keys") == [("k1",)]
        assert again.roster.count == 1
        assert_whole(again, rows)
        again.dismiss_recovery()
        assert again.recovery is not None, "shown as long as the program runs"
    with reopen(folder, clock) as once_more:
        assert once_more.recovery is None


def test_a_recovery_is_reported_until_a_station_has_shown_it(
    store: Store, folder: Path, clock: ManualClock
) -> None:
    write(store, 3)
    store.close()
    harm(folder / "store.db", "page")
    reports = []
    for _ in range(2):  # as `self-test` and `journal verify` open it
        with reopen(folder, clock) as looked_at:
            reports.append(looked_at.recovery)
    assert reports[0] is not None
    assert reports[1] == reports[0]


def test_a_bit_flipped_anywhere_in_the_store_loses_no_scan(
    store: Store, folder: Path, clock: ManualClock, tmp_path: Path
) -> None:
    rows = write(store, 38)
    store.close()
    size, rng = (folder / "store.db").stat().st_size, random.Random(20261128)
    for number, at in enumerate(
        [0, 20, 100, 4096 * 2 + 5, size - 1, *(rng.randrange(size) for _ in range(sized(3, 12)))]
    ):
        copy = tmp_path / str(number)
        shutil.copytree(folder, copy)
        flip(copy / "store.db", at)
        with reopen(copy, clock) as again:
            assert_whole(again, rows)


@pytest.mark.parametrize("how", ["gone", "empty", "cut", "flipped"])
def test_a_wal_that_is_lost_after_a_kill_loses_no_scan_and_is_reported(
    store: Store, folder: Path, clock: ManualClock, tmp_path: Path, how: str
) -> None:
    rows = write(store, 6)
    checkpoint(store._file)
    rows += write(store, 5, start=6)
    killed = kill(store, folder, tmp_path)
    wal = killed / "store.db-wal"
    if how == "gone":
        wal.unlink()
    elif how == "empty":
        wal.write_bytes(b"")
    elif how == "cut":
        wal.write_bytes(wal.read_bytes()[: 32 + 4120 * 2])
    else:
        flip(wal, 32 + 24 + 700)
    with reopen(killed, clock) as again:
        assert again.recovery is not None
        assert "The last scans were missing" in again.recovery.sentence
        assert "11 scans were read back. Nothing was lost." in again.recovery.sentence
        assert_whole(again, rows)


def test_an_earlier_image_of_the_store_gets_its_later_scans_back(
    store: Store, folder: Path, clock: ManualClock, tmp_path: Path
) -> None:
    rows = write(store, 3)
    store.backups.save(tmp_path / "image.db")
    rows += write(store, 3, start=3)
    store.close()
    for name in STORE_FILES:
        (folder / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "image.db", folder / "store.db")
    with reopen(folder, clock) as again:
        assert_whole(again, rows)


@pytest.mark.parametrize("how", ["gone", "empty", "flipped", "cut", "garbage"])
def test_a_damaged_copy_costs_nothing_and_is_written_anew(
    store: Store, folder: Path, clock: ManualClock, how: str
) -> None:
    rows = write(store, 20)
    store.close()
    copy = folder / "journal.copy"
    content = copy.read_bytes()
    if how == "gone":
        copy.unlink()
    elif how == "flipped":
        flip(copy, len(content.rstrip(b"\0")) // 2)
    else:
        copy.write_bytes({"empty": b"", "cut": content[:3000], "garbage": secrets.token_bytes(9000)}[how])
    with reopen(folder, clock) as again:
        assert again.recovery is not None
        assert "second copy" in again.recovery.sentence
        assert [row.hash for row in again.journal.rows()] == [row.hash for row in rows]
        is_end_known = how == "flipped"
        assert ("Nothing was lost" in again.recovery.sentence) is is_end_known
        assert ("Scans after number 20 may be missing" in again.recovery.sentence) is not is_end_known
        assert (again.outbox.acknowledged().journal_id == rows[0].journal_id) is is_end_known
        again.dismiss_recovery()
    with reopen(folder, clock) as once_more:
        assert once_more.recovery is None
    (folder / "store.db").unlink()
    with reopen(folder, clock) as from_copy:
        assert [row.hash for row in from_copy.journal.rows()] == [row.hash for row in rows]
        assert from_copy.journal.verify() is None


def test_scans_that_are_lost_with_the_copy_and_the_wal_are_doubtful_and_their_numbers_are_not_used_again(
    store: Store, folder: Path, clock: ManualClock, tmp_path: Path
) -> None:
    store.settings.save_enrolment(ENROLMENT)
    rows = write(store, 6)
    checkpoint(store._file)
    write(store, 5, start=6)
    killed = kill(store, folder, tmp_path)
    (killed / "journal.copy").unlink()
    (killed / "store.db-wal").unlink()
    (killed / "store.db-shm").unlink(missing_ok=True)
    for _ in range(2):  # the doubt is reported until a station has shown it, and starts one incarnation only
        with reopen(killed, clock) as again:
            assert again.recovery is not None
            assert "Nothing was lost" not in again.recovery.sentence
            assert "Scans after number 6 may be missing." in again.recovery.sentence
            assert [row.sequence for row in again.outbox.pending(100)] == [1, 2, 3, 4, 5, 6], (
                "under the old id"
            )
            assert again._file.row("SELECT count(*) FROM incarnations") == (2,)
    with reopen(killed, clock) as once_more:
        following = once_more.journal.append(scan("next"))
        assert (following.sequence, following.journal_id == rows[0].journal_id) == (1, False)
        assert once_more.journal.verify() is None


def test_a_copy_that_is_lost_before_a_recovery_was_shown_adds_its_doubt_to_the_report(
    store: Store, folder: Path, clock: ManualClock
) -> None:
    write(store, 20)
    store.close()
    harm(folder / "store.db", "page")
    reopen(folder, clock).close()
    (folder / "journal.copy").unlink()
    with reopen(folder, clock) as again:
        assert again.recovery is not None
        assert "was damaged and was put aside" in again.recovery.sentence
        assert "Scans after number 20 may be missing" in again.recovery.sentence


def test_a_bit_flipped_anywhere_in_the_copy_costs_its_record_only(
    store: Store, folder: Path, clock: ManualClock, tmp_path: Path
) -> None:
    rows = write(store, 20)
    backup = store.backups.rotate()
    del backup
    store.close()
    size, rng = len((folder / "journal.copy").read_bytes().rstrip(b"\0")), random.Random(7)
    for number, at in enumerate([0, 5, 9, size - 2, *(rng.randrange(size) for _ in range(sized(3, 12)))]):
        copy = tmp_path / str(number)
        shutil.copytree(folder, copy)
        flip(copy / "journal.copy", at)
        with reopen(copy, clock) as again:
            assert [row.hash for row in again.journal.rows()] == [row.hash for row in rows]
        shutil.rmtree(copy)
        shutil.copytree(folder, copy)
        flip(copy / "journal.copy", at)
        (copy / "store.db").unlink()
        with reopen(copy, clock) as from_copy:
            assert {row.record.id for row in from_copy.journal.rows()} == {row.record.id for row in rows}
            assert from_copy.journal.verify() is None


def test_rows_that_neither_file_has_are_named_and_the_rest_is_sent_in_a_new_journal(
    store: Store, folder: Path, clock: ManualClock
) -> None:
    rows = write(store, 60)
    store.outbox.acknowledge(10, rows[9].hash)
    store.close()
    content = (folder / "journal.copy").read_bytes()
    copied = read_copy(folder, FileKeyStore(folder).load() or b"")
    assert len(copied.rows) == 60
    spot = content.index(b"DWJ\x01", len(content.rstrip(b"\0")) // 2)  # somebody's record in the middle
    flip(folder / "journal.copy", spot + 30)
    damaged_copy = read_copy(folder, FileKeyStore(folder).load() or b"")
    (lost,) = {sequence for _, sequence in copied.rows} - {sequence for _, sequence in damaged_copy.rows}
    (folder / "store.db").unlink()
    with reopen(folder, clock) as again:
        assert again.recovery is not None
        assert f"Missing scans, by their numbers: {lost}." in again.recovery.sentence
        prefix = again.outbox.acknowledged()
        assert prefix.journal_id != rows[0].journal_id
        assert again.journal.verify() is None
        stored = [row.record.id for row in again.journal.rows()]
        assert stored == [row.record.id for row in rows if row.sequence != lost]
        assert [row.sequence for row in again.outbox.pending(100)] == list(range(1, lost)), "under the old id"
        assert again.journal.backlog().rows == 59
        assert again.journal.append(scan("next")).sequence == 60 - lost + 1


def test_both_files_damaged_in_different_places_lose_nothing(
    store: Store, folder: Path, clock: ManualClock
) -> None:
    rows = write(store, 100)
    store.close()
    flip(folder / "journal.copy", 3000)
    harm(folder / "store.db", "page")
    size = (folder / "store.db").stat().st_size
    flip(folder / "store.db", size - 4096 * 3 + 50)
    with reopen(folder, clock) as again:
        assert_whole(again, rows)


def test_without_copy_and_backup_it_starts_empty_and_says_that(
    store: Store, folder: Path, clock: ManualClock
) -> None:
    store.journal.append(scan("p1"))
    store.close()
    for name in (*STORE_FILES, "journal.copy"):
        (folder / name).unlink(missing_ok=True)
    with reopen(folder, clock) as again:
        assert again.recovery is not None
        assert again.recovery.damaged is None
        assert "was missing" in again.recovery.sentence
        assert "must be enrolled again" in again.recovery.sentence
        again.journal.append(scan("p2"))


@pytest.mark.parametrize("how", ["garbage", "empty", "gone"])
def test_a_backup_is_the_last_resort_and_later_scans_are_named_as_missing(
    store: Store, folder: Path, clock: ManualClock, how: str
) -> None:
    store.settings.save_enrolment(ENROLMENT)
    rows = write(store, 20)
    backup = store.backups.rotate()
    write(store, 1, start=20)
    store.close()
    (folder / "journal.copy").unlink()
    if how == "gone":
        (folder / "store.db").unlink()
    else:
        harm(folder / "store.db", how)
    with reopen(folder, clock) as again:
        assert again.recovery is not None
        assert again.recovery.restored_from == backup
        assert "Scans after number 20 may be missing." in again.recovery.sentence
        assert again.settings.enrolment() == ENROLMENT
        assert again.outbox.acknowledged().journal_id != rows[0].journal_id
        assert [row.sequence for row in again.outbox.pending(100)] == list(range(1, 21))
        assert again.journal.verify() is None


def test_an_older_backup_is_used_if_the_newest_is_damaged_too(
    store: Store, folder: Path, clock: ManualClock
) -> None:
    store.journal.append(scan("p1"))
    old = store.backups.rotate()
    harm(store.backups.rotate(), "page")
    store.close()
    harm(folder / "store.db", "garbage")
    with reopen(folder, clock) as again:
        assert again.recovery is not None
        assert again.recovery.restored_from == old


@pytest.mark.parametrize("step", range(12))
def test_a_kill_between_any_two_steps_of_a_recovery_loses_nothing(
    store: Store, folder: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    class Killed(BaseException):
        pass

    rows = write(store, 12)
    store.close()
    harm(folder / "store.db", "page")
    (folder / "store.db-wal").write_bytes(b"left over")
    calls = iter(range(100))

    def or_die(name: str) -> None:
        for module in (
            "hub_sync.client.store.recovery.opening",
            "hub_sync.client.store.recovery.rebuild",
            "hub_sync.client.store.disk.sealed_log",
        ):
            original = getattr(__import__(module, fromlist=["x"]), name, None)
            if original is None:
                continue

            def maybe(*arguments: object, original: Callable[..., object] = original) -> object:
                if next(calls) == step:
                    raise Killed
                return original(*arguments)

            monkeypatch.setattr(f"{module}.{name}", maybe)

    for name in ("rename_durably", "fsync_file", "write_store", "write_copy", "_read_report", "_migrate"):
        or_die(name)
    with contextlib.suppress(Killed):
        reopen(folder, clock).close()
    monkeypatch.undo()
    with reopen(folder, clock) as again:
        assert_whole(again, rows)
    assert not list(folder.glob(".*")), "no part of a file is left"
    assert not (folder / "store.rebuilt").exists()


def test_a_healthy_store_needs_no_recovery(store: Store, opened: Callable[[], Store]) -> None:
    row = store.journal.append(scan())
    store.close()
    again = opened()
    assert again.recovery is None
    assert again.outbox.acknowledged().journal_id == row.journal_id


def test_a_scan_that_a_kill_kept_from_the_copy_is_added_to_it_in_silence(
    store: Store, folder: Path, clock: ManualClock
) -> None:
    rows = write(store, 3)
    assert store._copy is not None
    store.journal._copy = None
    rows += write(store, 1, start=3)
    store.close()
    with reopen(folder, clock) as again:
        assert again.recovery is None
    (folder / "store.db").unlink()
    with reopen(folder, clock) as from_copy:
        assert_whole(from_copy, rows)


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
    assert opened().presence.get("p1", "hall", "event").inside


@pytest.mark.parametrize("also_lost", ["nothing", "store.db", "journal.copy", "store.db's first page"])
def test_a_damaged_key_check_is_rewritten_if_the_key_opens_the_store(
    store: Store, folder: Path, clock: ManualClock, also_lost: str
) -> None:
    rows = write(store, 5)
    store.close()
    check = folder / "store.check"
    whole = check.read_bytes()
    flip(check, 20)
    if also_lost in ("store.db", "journal.copy"):
        (folder / also_lost).unlink()
    elif also_lost != "nothing":
        flip(folder / "store.db", 200)
    with reopen(folder, clock) as again:
        assert [row.record for row in again.journal.rows()] == [row.record for row in rows]
    assert check.read_bytes() == whole


@pytest.mark.parametrize("how", ["garbage", "empty", "page"])
def test_a_rebuilt_store_that_is_damaged_stops_no_start(
    store: Store, folder: Path, clock: ManualClock, how: str
) -> None:
    rows = write(store, 60)
    store.backups.rotate()
    store.close()
    shutil.copy(folder / "store.db", folder / "store.rebuilt")
    harm(folder / "store.rebuilt", how)
    with reopen(folder, clock) as again:
        assert_whole(again, rows)
    assert not (folder / "store.rebuilt").exists()
    assert len(list(folder.glob("damaged-*.db"))) == 1


def test_a_damaged_rebuilt_store_is_read_if_there_is_no_other(
    store: Store, folder: Path, clock: ManualClock
) -> None:
    rows = write(store, 60)
    store.close()
    (folder / "store.db").rename(folder / "store.rebuilt")
    flip(folder / "store.rebuilt", 4096 * 3 + 9)
    with reopen(folder, clock) as again:
        assert_whole(again, rows)


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
    assert again.presence.get("p1", "hall", "event").inside
    assert again.presence.get("p2", "hall", "event").inside, "no scan is lost by a restore"
    assert [(row.journal_id, row.sequence) for row in again.journal.rows()] == [
        (row.journal_id, 1),
        (row.journal_id, 2),
    ]
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
    assert opened().presence.get("p1", "hall", "event").inside


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
