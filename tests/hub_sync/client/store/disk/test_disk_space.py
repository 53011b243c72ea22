"""Free space of the disk, and a station on a disk that is really full (a small tmpfs; needs root)."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.client.store import FileKeyStore, JournalRow, Store, StoreError, StoreFault, open_store
from hub_sync.client.store.disk import disk_space
from hub_sync.client.store.disk.disk_space import (
    FULL_BYTES,
    LOW_BYTES,
    RESERVE_FILE,
    DiskSpace,
    DiskState,
    ensure_reserve,
    read_disk_space,
)
from hub_sync.client.sync.maintenance_loop import MaintenanceLoop
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.ids import new_id
from tests.hub_sync.client.fake_hub import NOON, page, person, scan
from tests.hub_sync.client.store.recovery.test_opening import ENROLMENT
from tests.hub_sync.client.store.roster.test_roster import pull


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    assert shutil.disk_usage(disk).free == 0
    return filler


def scan_until_it_fails(store: Store, rows: list[JournalRow]) -> None:
    while len(rows) < 20_000:
        rows.append(store.journal.append(scan(f"p{len(rows)}")))


def open_on(disk: Path) -> Store:
    folder = disk / "station"
    return open_store(folder, FileKeyStore(folder), ManualClock(NOON), new_id)


@pytest.mark.parametrize(
    ("free", "state"),
    [(0, "full"), (FULL_BYTES - 1, "full"), (FULL_BYTES, "low"), (LOW_BYTES - 1, "low"), (LOW_BYTES, "ok")],
)
def test_the_state_follows_from_the_free_space(free: int, state: DiskState) -> None:
    assert DiskSpace(free).state == state


def test_the_free_space_of_a_folder_that_is_gone_is_a_known_fault(tmp_path: Path) -> None:
    assert read_disk_space(tmp_path).free_bytes > 0
    with pytest.raises(StoreError):
        read_disk_space(tmp_path / "gone")


@pytest.mark.parametrize(("free", "is_reserved"), [(LOW_BYTES - 1, False), (LOW_BYTES, True)])
def test_space_is_reserved_only_where_there_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, is_reserved: bool
) -> None:
    monkeypatch.setattr(disk_space, "read_disk_space", lambda _: DiskSpace(free))
    ensure_reserve(tmp_path)
    assert (tmp_path / RESERVE_FILE).exists() is is_reserved


def test_on_a_full_disk_scans_are_written_as_long_as_there_is_reserved_space_and_then_refused(
    small_disk: Path,
) -> None:
    with open_on(small_disk) as store:
        filler = fill(small_disk)
        assert store.disk_space().state is DiskState.FULL
        rows: list[JournalRow] = []
        with pytest.raises(StoreError) as refused:
            scan_until_it_fails(store, rows)
        assert refused.value.fault is StoreFault.FULL
        assert len(rows) >= 20
        assert not store.can_write()
        filler.unlink()
        assert store.can_write()
        rows.append(store.journal.append(scan("after it")))
        assert [row.hash for row in store.journal.rows()] == [row.hash for row in rows]
        assert store.journal.verify() is None
    with open_on(small_disk) as again:
        assert again.recovery is None
        assert len(list(again.journal.rows())) == len(rows)


def test_a_station_starts_on_a_full_disk_and_has_all_its_scans(small_disk: Path) -> None:
    with open_on(small_disk) as store:
        rows = [store.journal.append(scan(f"p{number}")) for number in range(20)]
    filler = fill(small_disk)
    with open_on(small_disk) as again:
        assert list(again.journal.rows()) == rows
        assert again.disk_space().state is DiskState.FULL
        with pytest.raises(StoreError):
            scan_until_it_fails(again, rows)
        filler.unlink()
        rows.append(again.journal.append(scan("after it")))
    with open_on(small_disk) as once_more:
        assert list(once_more.journal.rows()) == rows
        assert once_more.recovery is None


def test_a_damaged_store_on_a_full_disk_is_not_touched_and_rebuilt_later(small_disk: Path) -> None:
    with open_on(small_disk) as store:
        rows = [store.journal.append(scan(f"p{number}")) for number in range(200)]
    path = small_disk / "station" / "store.db"
    content = bytearray(path.read_bytes())
    content[4096 * 5] ^= 1
    path.write_bytes(content)
    (small_disk / "station" / RESERVE_FILE).unlink()  # as after an earlier start on the full disk
    filler = fill(small_disk)
    with pytest.raises(StoreError) as refused:
        open_on(small_disk)
    assert refused.value.fault is StoreFault.FULL
    assert path.read_bytes() == content
    filler.unlink()
    with open_on(small_disk) as again:
        assert list(again.journal.rows()) == rows


@pytest.mark.parametrize("reserve_kib", [36, 64, 128, 1024])
def test_a_start_on_a_full_disk_keeps_the_roster_and_reads_it(small_disk: Path, reserve_kib: int) -> None:
    with open_on(small_disk) as store:
        pull(store, *[person(str(number)) for number in range(300)])
    (small_disk / "station" / RESERVE_FILE).write_bytes(bytes(reserve_kib << 10))
    filler = fill(small_disk)
    with open_on(small_disk) as again, again.open_session() as beside:
        assert again.roster.count == beside.roster.count == 300
        assert again.roster.find("7") is not None
        assert again.venue.as_of() is not None
        filler.unlink()
        again.feed.apply(page(person("new"), snapshot=False))
        assert beside.roster.find("new") is not None
    with open_on(small_disk) as once_more:
        assert once_more.roster.find("new") is not None


def damage_store(disk: Path) -> None:
    """Leave a station whose store must be rebuilt at the next start."""
    with open_on(disk) as store:
        store.journal.append(scan())
    path = disk / "station" / "store.db"
    content = bytearray(path.read_bytes())
    content[4096 * 5] ^= 1
    path.write_bytes(content)


def test_a_rebuild_on_a_full_disk_uses_the_reserved_space(small_disk: Path) -> None:
    damage_store(small_disk)
    fill(small_disk)
    with open_on(small_disk) as again:
        assert again.recovery is not None
        assert len(list(again.journal.rows())) == 1
    assert not (small_disk / "station" / RESERVE_FILE).exists()


@pytest.mark.parametrize(
    "command", [["self-test"], pytest.param(["journal", "verify"], marks=pytest.mark.thorough)], ids=" ".join
)
def test_each_command_says_that_the_disk_is_full_if_there_is_no_space_to_rebuild_the_store(
    small_disk: Path, command: list[str]
) -> None:
    damage_store(small_disk)
    (small_disk / "station" / RESERVE_FILE).unlink()
    fill(small_disk)
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("doorward-station")),
            *command,
            "--data",
            str(small_disk / "station"),
        ],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        },
        check=False,
        timeout=120,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert "The disk of this station is full" in output
    assert "Traceback" not in output


def test_no_backup_is_made_where_it_would_fill_the_disk(small_disk: Path) -> None:
    with open_on(small_disk) as store:
        store.settings.save_enrolment(ENROLMENT)
        store.journal.append(scan())
        (small_disk / "filler").write_bytes(bytes(100 << 20))
        MaintenanceLoop(store, backup_every=1, clock=store._place.clock).run_once()
        assert not (small_disk / "station" / "backups").exists()
