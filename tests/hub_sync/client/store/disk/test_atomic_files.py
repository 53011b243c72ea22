"""Durable files: what is renamed into its place was synced before, and its folder is synced after."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_sync.client.store import Store, StoreError
from hub_sync.client.store.disk.atomic_files import rename_durably, write_atomically
from hub_sync.client.store.disk.sealed_log import write_sealed_log
from hub_sync.client.store.roster.files import POINTER
from tests.hub_sync.client.fake_hub import person, scan
from tests.hub_sync.client.store.roster.test_roster import pull

Steps = list[tuple[str, str]]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Record each sync (the file's name), and each rename (both names)."""
    steps: Steps = []
    fsync, replace = os.fsync, Path.replace

    def record_sync(handle: int) -> None:
        steps.append(("sync", Path(f"/proc/self/fd/{handle}").readlink().name))
        fsync(handle)

    def record_rename(source: Path, target: Path) -> Path:
        steps.append(("rename", f"{source.name} -> {target.name}"))
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", record_sync)
    monkeypatch.setattr(Path, "replace", record_rename)
    return steps


def assert_durable(steps: Steps, target: Path) -> None:
    """Check the order: the file's content, its name, its folder."""
    renames = [step for step in steps if step[0] == "rename" and step[1].endswith(f" -> {target.name}")]
    assert len(renames) == 1, steps
    at, source = steps.index(renames[0]), renames[0][1].split(" -> ")[0]
    assert ("sync", source) in steps[:at], steps
    assert steps[at + 1] == ("sync", target.parent.name), steps


def test_a_file_is_durable_before_its_name_and_its_folder_after(tmp_path: Path, steps: Steps) -> None:
    path = tmp_path / "key"
    write_atomically(path, b"secret")
    assert_durable(steps, path)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"secret", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"old")

    def broken(_: int) -> None:
        raise OSError("no disk")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(StoreError):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_renamed_file_is_in_its_folder_after_a_power_cut(tmp_path: Path, steps: Steps) -> None:
    (tmp_path / "a").touch()
    rename_durably(tmp_path / "a", tmp_path / "b")
    assert steps == [("rename", "a -> b"), ("sync", tmp_path.name)]


def test_a_log_that_is_written_anew_is_durable(tmp_path: Path, steps: Steps) -> None:
    write_sealed_log(tmp_path / "journal.copy", b"k" * 32, [b"record"])
    assert_durable(steps, tmp_path / "journal.copy")


def test_a_backup_is_durable(store: Store, steps: Steps) -> None:
    assert_durable(steps, store.backups.rotate())


def test_a_rebuilt_store_is_durable_in_each_of_its_steps(
    store: Store, folder: Path, opened: Callable[[], Store], steps: Steps
) -> None:
    store.journal.append(scan("p1"))
    store.close()
    (folder / "store.db").unlink()
    steps.clear()
    opened()
    assert_durable(steps, folder / "store.rebuilt")
    at = steps.index(("rename", "store.rebuilt -> store.db"))
    assert steps[at + 1] == ("sync", folder.name)


def test_a_roster_is_durable_before_the_store_points_to_it(
    store: Store, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = store.settings.put

    def record_put(name: str, value: Any) -> None:
        steps.append(("put", name))
        put(name, value)

    monkeypatch.setattr(store.settings, "put", record_put)
    pull(store, person("1"))
    assert steps.index(("sync", "roster-1.db")) < steps.index(("put", POINTER))
