"""The journal's copy: every green row is in it, and its faults stop no gate."""

import errno
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_sync.client.store import FileKeyStore, Store, StoreFault
from hub_sync.client.store.disk import sealed_log
from hub_sync.client.store.journal.journal_copy import CopyContents, JournalCopy, read_copy
from hub_sync.contract.sync import QrKeyRow
from tests.hub_sync.client.fake_hub import scan
from tests.support.waiting import eventually


def copied(folder: Path) -> CopyContents:
    return read_copy(folder, FileKeyStore(folder).load() or b"")


def test_a_row_is_in_the_copy_when_append_returns(store: Store, folder: Path) -> None:
    for number in range(1, 6):
        row = store.journal.append(scan(f"p{number}"))
        in_copy = copied(folder).rows[row.journal_id, row.sequence]
        assert (in_copy.hash, len(copied(folder).rows)) == (row.hash, number)


def test_a_row_that_could_not_be_committed_is_not_in_the_copy(store: Store, folder: Path) -> None:
    store.journal.append(scan("p1"))
    store._file.run("CREATE TRIGGER full BEFORE INSERT ON memory BEGIN SELECT RAISE(ABORT, 'x'); END")
    with pytest.raises(Exception, match="x"):
        store.journal.append(scan("p2"))
    assert len(copied(folder).rows) == 1


def test_a_new_incarnation_with_its_rows_is_in_the_copy(store: Store, folder: Path) -> None:
    store.journal.append(scan("p1"))
    journal_id = store.outbox.start_new_incarnation("diverged")
    contents = copied(folder)
    assert contents.incarnations[journal_id].base == 1
    assert (journal_id, 1) in contents.rows


def test_settings_and_keys_are_in_the_copy_the_newest_of_each(store: Store, folder: Path) -> None:
    for value in (1, 2):
        store.settings.put("number", value)
    for kids in (("k1", "k2"), ("k2",)):
        store.keys.replace(
            QrKeyRow(kid=kid, material="ab" * 32, not_before_ms=None, not_after_ms=None) for kid in kids
        )
    contents = copied(folder)
    assert contents.settings["number"] == "2"
    assert [key[0] for key in contents.keys or []] == ["k2"]


def test_a_copy_that_cannot_be_written_is_a_fault_and_stops_no_scan(
    store: Store, folder: Path, opened: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(sealed_log, "_write_all", full)
        row = store.journal.append(scan("p1"))
        assert store.copy_fault is StoreFault.FULL
    assert (row.journal_id, 1) not in copied(folder).rows
    store.close()
    again = opened()
    assert again.recovery is None
    assert again.copy_fault is None
    assert (row.journal_id, 1) in copied(folder).rows, "completed at the next start"


def test_the_fault_ends_with_the_next_write(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_handle: int) -> None:
        raise OSError(errno.EIO, "no disk")

    with monkeypatch.context() as patched:
        patched.setattr(sealed_log, "_sync", broken)
        store.journal.append(scan("p1"))
        eventually(lambda: store.copy_fault is StoreFault.IO)
    store.journal.append(scan("p2"))
    eventually(lambda: store.copy_fault is None)
    assert len(copied(folder).rows) == 2


def test_a_fault_ends_without_another_scan_once_the_disk_has_space(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(sealed_log, "_write_all", full)
        row = store.journal.append(scan("p1"))
        store.run_maintenance()
        assert store.copy_fault is StoreFault.FULL
    store.run_maintenance()
    assert store.copy_fault is None
    assert (row.journal_id, 1) in copied(folder).rows


def test_a_bug_of_the_copy_refuses_no_scan_that_was_committed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> bytes:
        raise TypeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(sealed_log, "seal_records", bug)
        assert store.journal.append(scan("p1")).sequence == 1
        assert store.copy_fault is StoreFault.IO
    store.journal.append(scan("p2"))
    assert store.copy_fault is None


def test_a_row_waits_for_no_extension_of_the_copy(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, extending, may_extend = sealed_log._write_all, threading.Event(), threading.Event()

    def slow_write(handle: int, content: bytes) -> None:
        if content == bytes(sealed_log.ROOM_BYTES):
            extending.set()
            assert may_extend.wait(20)
        real(handle, content)

    store.settings.put("large", "x" * (sealed_log.ROOM_BYTES * 3 // 4))
    monkeypatch.setattr(sealed_log, "_write_all", slow_write)
    assert store._copy is not None
    extension = threading.Thread(target=store._copy.ensure_room, daemon=True)
    extension.start()
    assert extending.wait(10)
    waiting = threading.Timer(10, may_extend.set)
    waiting.start()
    row = store.journal.append(scan("p1"))
    assert not may_extend.is_set()
    waiting.cancel()
    may_extend.set()
    extension.join(10)
    assert (row.journal_id, 1) in copied(folder).rows


def test_a_copy_that_could_not_be_opened_takes_everything_and_does_nothing() -> None:
    copy = JournalCopy(None, StoreFault.FULL)
    copy.add_setting("name", "1")
    copy.ensure_room()
    copy.close()
    assert copy.fault is StoreFault.FULL
