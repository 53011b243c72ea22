"""A second program over the same folder is refused, and one that only reads disturbs nothing."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub_sync.client.store import FileKeyStore, Store, StoreError, StoreFault, open_store, restore_store
from hub_sync.client.store.disk.folder_lock import try_lock_folder
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.ids import new_id
from tests.hub_sync.client.fake_hub import person, scan
from tests.hub_sync.client.store.roster.test_roster import pull

OTHER = """
import sys, time
from pathlib import Path
from hub_sync.client.store import FileKeyStore, open_store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
folder = Path(sys.argv[1])
store = open_store(folder, FileKeyStore(folder), SystemClock(), new_id)
print("open", flush=True)
time.sleep(100)
"""


@pytest.fixture
def other_program(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has the folder open."""
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def look(folder: Path, clock: ManualClock) -> Store:
    return open_store(folder, FileKeyStore(folder), clock, new_id, allow_read_only=True)


def test_a_second_program_is_told_in_a_sentence_and_removes_nothing(
    store: Store, folder: Path, opened: Callable[[], Store]
) -> None:
    pull(store, person("p1"))
    number, filling = store._rosters.create()
    try:
        with pytest.raises(
            StoreError, match=r"^Another program of this station is running; close it first\.$"
        ) as no:
            opened()
        assert no.value.fault is StoreFault.LOCKED
        assert store._rosters.path(number).exists()
    finally:
        filling.close()
    assert store.roster.find("p1") is not None


def test_a_killed_program_leaves_no_lock(
    other_program: "subprocess.Popen[str]", opened: Callable[[], Store]
) -> None:
    with pytest.raises(StoreError, match="Another program"):
        opened()
    other_program.send_signal(signal.SIGKILL)
    other_program.wait()
    assert opened().journal.last() is None


def test_a_closed_store_and_one_that_could_not_be_opened_hold_nothing(
    store: Store, folder: Path, opened: Callable[[], Store]
) -> None:
    store.close()
    key, elsewhere = folder / "store.key", folder / "elsewhere"
    key.rename(elsewhere)
    with pytest.raises(StoreError, match="its key is not"):
        opened()
    elsewhere.rename(key)
    opened().close()
    store.close()
    assert opened().recovery is None


def test_a_session_of_another_thread_needs_no_lock_and_ends_none(
    store: Store, opened: Callable[[], Store]
) -> None:
    store.open_session().close()
    with pytest.raises(StoreError, match="Another program"):
        opened()


def test_who_only_looks_reads_beside_a_running_station_and_touches_nothing(
    store: Store, folder: Path, clock: ManualClock
) -> None:
    pull(store, person("p1"))
    store.journal.append(scan("p1"))
    number, filling = store._rosters.create()
    filling.close()
    before = sorted(path.name for path in folder.iterdir())
    with look(folder, clock) as beside:
        assert beside.journal.verify() is None
        assert beside.journal.backlog().rows == 1
        assert beside.roster.find("p1") is not None
        store.journal.append(scan("p2"))
        assert beside.journal.backlog().rows == 2
    assert sorted(path.name for path in folder.iterdir()) == before
    assert store._rosters.path(number).exists()
    assert try_lock_folder(folder) is None, "still the running station's"


def test_who_only_looks_at_a_folder_of_nobody_holds_it_meanwhile(
    store: Store, folder: Path, clock: ManualClock, opened: Callable[[], Store]
) -> None:
    store.close()
    with look(folder, clock), pytest.raises(StoreError, match="Another program"):
        opened()
    opened()


def test_who_only_looks_makes_no_key_for_a_program_that_is_just_starting(
    folder: Path, clock: ManualClock
) -> None:
    folder.mkdir()
    lock = try_lock_folder(folder)
    assert lock is not None
    with pytest.raises(StoreError, match="just starting") as no:
        look(folder, clock)
    assert no.value.fault is StoreFault.LOCKED
    assert [path.name for path in folder.iterdir()] == ["store.lock"]
    lock.release()


def test_who_only_looks_updates_no_store_that_is_behind(
    store: Store, folder: Path, clock: ManualClock
) -> None:
    store._file.run("DROP TABLE room")
    store._file.run("DELETE FROM _sqlite_migrations WHERE name >= 'm006'")
    with pytest.raises(StoreError, match="just starting"):
        look(folder, clock)
    assert store._file.row("SELECT count(*) FROM sqlite_master WHERE name = 'room'") == (0,)


def test_a_backup_is_not_restored_under_a_running_station(
    store: Store, folder: Path, clock: ManualClock, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    store.backups.save(copy)
    with pytest.raises(StoreError, match="Another program"):
        restore_store(folder, FileKeyStore(folder), clock, new_id, copy)
    assert not list(folder.glob("replaced-*"))
