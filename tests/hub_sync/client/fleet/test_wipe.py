"""The erasure: killed at any moment it has not begun, or ends at the next start."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hub_sync.client.fleet import wipe
from hub_sync.client.store import FileKeyStore, open_store
from hub_sync.client.store.disk.errors import StoreError
from hub_sync.client.store.disk.keystore import KEY_FILE
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.ids import new_id
from tests.hub_sync.client.fake_hub import scan
from tests.support.builders.station import NOON, build_station_store


class Killed(BaseException):
    """The program was killed: played by the test."""


def filled(folder: Path) -> None:
    """Leave what a station that has run leaves, with a log and files that were put aside."""
    with build_station_store(folder) as store:
        store.journal.append(scan("p1"))
        store.backups.rotate()
    for name in ("station.log", "station.log.1", "damaged-1.db", "store.rebuilt", "roster-9.db-wal"):
        (folder / name).write_bytes(b"x")


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_a_folder_without_a_begun_wipe_is_left_alone(tmp_path: Path) -> None:
    filled(tmp_path)
    before = left(tmp_path)
    assert not wipe.finish_wipe(tmp_path)
    assert left(tmp_path) == before


def test_nothing_is_erased_under_a_program_that_runs(tmp_path: Path) -> None:
    filled(tmp_path)
    wipe.begin_wipe(tmp_path, "c")
    (tmp_path / wipe.MARKER).rename(tmp_path / "later")
    with open_store(tmp_path, FileKeyStore(tmp_path), ManualClock(NOON), new_id):
        (tmp_path / "later").rename(tmp_path / wipe.MARKER)
        assert not wipe.finish_wipe(tmp_path)
    assert wipe.finish_wipe(tmp_path)
    assert left(tmp_path) == {"store.lock"}


@pytest.mark.parametrize("killed_after", range(12))
def test_a_wipe_that_is_killed_ends_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    filled(tmp_path)
    wipe.begin_wipe(tmp_path, "c")
    unlink, count = Path.unlink, 0

    def die(path: Path, missing_ok: bool = False) -> None:
        nonlocal count
        count += 1
        if count > killed_after:
            raise Killed
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", die)
    with pytest.raises(Killed):
        wipe.finish_wipe(tmp_path)
    monkeypatch.undo()
    assert wipe.is_wipe_begun(tmp_path)
    if killed_after:
        assert not (tmp_path / KEY_FILE).exists(), "the key goes first"
    assert wipe.finish_wipe(tmp_path)
    assert left(tmp_path) == {"store.lock"}


def test_a_disk_that_fails_leaves_the_wipe_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    wipe.begin_wipe(tmp_path, "c")
    unlink: Callable[..., None] = Path.unlink

    def fail(path: Path, missing_ok: bool = False) -> None:
        if path.name.startswith("roster"):
            raise OSError(5, "Input/output error")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", fail)
    with pytest.raises(StoreError):
        wipe.finish_wipe(tmp_path)
    assert wipe.is_wipe_begun(tmp_path)


def test_a_wiped_folder_is_a_new_station(tmp_path: Path) -> None:
    filled(tmp_path)
    wipe.begin_wipe(tmp_path, "c")
    wipe.finish_wipe(tmp_path)
    with open_store(tmp_path, FileKeyStore(tmp_path), ManualClock(NOON), new_id) as store:
        assert store.settings.enrolment() is None
        assert store.recovery is None
        assert store.journal.end()[1] == 0
