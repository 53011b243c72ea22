"""Full, locked, read-only: a sentence each, and nothing half done. Real limits, not mocks."""

import os
import resource
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub_sync.client.store import Store, StoreError, StoreFault
from hub_sync.client.store.disk import encrypted_file
from hub_sync.contract.sync import PullPage
from tests.hub_sync.client.fake_hub import page, person, scan
from tests.hub_sync.client.store.roster.test_roster import pull


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """Simulate a full disk: writes beyond the limit fail (EFBIG; Python ignores SIGXFSZ)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def pull_page(store: Store, last: PullPage) -> None:
    snapshot = store.feed.begin_snapshot()
    try:
        snapshot.add(last)
    except StoreError:
        snapshot.discard()
        raise
    store.feed.publish_snapshot(snapshot, last)


def fail_half_way(store: Store) -> None:
    with store._file.transaction():
        store._file.run("INSERT INTO settings VALUES ('half', '1')")
        raise ZeroDivisionError


def fill(store: Store) -> tuple[list[str], StoreError]:
    written: list[str] = []
    for number in range(5000):
        record = scan(f"p{number}")
        try:
            store.journal.append(record)
        except StoreError as failure:
            return written, failure
        written.append(record.id)
    raise AssertionError("the disk never became full")


def test_a_full_disk_refuses_the_scan_and_loses_none_that_was_written(
    store: Store, folder: Path, opened: Callable[[], Store]
) -> None:
    with files_no_longer_than(300_000):  # commits write over the WAL's long beginning: so far and no further
        written, failure = fill(store)
        assert written
        assert failure.fault in (StoreFault.FULL, StoreFault.IO)
        assert str(failure).startswith("The disk of this station")
        refused = scan("refused")
        with pytest.raises(StoreError):
            store.journal.append(refused)
        assert not store.presence.get("refused", "hall", "event").inside, "not remembered, so not green"
        assert store.journal.backlog().rows == len(written), "reading goes on"
    store.journal.append(refused)  # space again: the same store goes on
    assert [row.record.id for row in store.journal.rows()] == [*written, refused.id]
    assert store.journal.verify() is None
    store.close()
    again = opened()
    assert again.recovery is None
    assert again.journal.backlog().rows == len(written) + 1


def test_a_snapshot_that_does_not_fit_leaves_the_old_roster(store: Store, folder: Path) -> None:
    pull(store, person("1"))
    last = page(*[person(str(number), "Name" * 20, "Name" * 20) for number in range(5000)])
    with files_no_longer_than(400_000), pytest.raises(StoreError):
        pull_page(store, last)
    assert store.roster.find("1") is not None
    assert len(list(folder.glob("roster-*.db"))) == 1


def test_a_backup_that_does_not_fit_leaves_no_half_of_one(store: Store, tmp_path: Path) -> None:
    for _ in range(100):
        store.journal.append(scan())
    target = tmp_path / "elsewhere"
    target.mkdir()
    with files_no_longer_than(30_000), pytest.raises(StoreError):
        store.backups.save(target / "copy.db")
    assert list(target.iterdir()) == []


def test_a_store_that_another_program_holds_is_said_to_be_locked(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encrypted_file, "BUSY_TIMEOUT_MS", 50)
    with store.open_session() as holder, store.open_session() as gate:
        with holder._file.transaction(), pytest.raises(StoreError, match="Another program holds") as failure:
            gate.journal.append(scan())
        assert failure.value.fault is StoreFault.LOCKED
        assert gate.journal.append(scan()).sequence == 1


def test_a_bug_is_not_dressed_up_as_a_fault_of_the_disk(store: Store) -> None:
    with pytest.raises(Exception, match="no such table") as bug:
        store._file.rows("SELECT * FROM nowhere")
    assert not isinstance(bug.value, StoreError)


def test_a_failed_write_leaves_no_transaction_open(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_half_way(store)
    assert store.settings.get("half") is None
    store.settings.put("whole", 1)


READ_ONLY = textwrap.dedent("""
    import os
    import sys
    from pathlib import Path
    from hub_sync.client.store import FileKeyStore, StoreError, open_store
    from hub_sync.contract.clock import SystemClock
    from hub_sync.contract.ids import new_id
    from tests.hub_sync.client.fake_hub import scan
    folder, clock = Path(sys.argv[1]), SystemClock()
    b"".decode("ascii")  # loads the codec while it may
    if os.geteuid() == 0:  # root may write anywhere: become nobody, now that everything is imported
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    try:
        with open_store(folder, FileKeyStore(folder), clock, new_id) as store:
            store.journal.append(scan())
    except StoreError as failure:
        print(failure.fault, failure)
""")


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("there", [True, False])
def test_a_folder_that_may_not_be_written_is_said(
    tmp_path: Path, folder: Path, opened: Callable[[], Store], there: bool
) -> None:
    if there:
        opened().close()
    else:
        folder.mkdir()
    as_root = os.geteuid() == 0
    for path in [folder, *folder.rglob("*")]:
        if as_root:
            os.chown(path, 65534, 65534)
        path.chmod(0o500 if path.is_dir() else 0o400)
    for parent in folder.parents:  # pytest's own folders are root's alone
        if parent == Path(tempfile.gettempdir()).parent:
            break
        parent.chmod(parent.stat().st_mode | 0o055)
    ran = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[5],
    )
    assert ran.stderr == ""
    assert ran.stdout.startswith("read_only This station may not write to its store"), ran.stdout
