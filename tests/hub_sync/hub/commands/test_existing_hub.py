"""Only `serve`, `restore` and `demo-event` create a hub, and half a hub does not start as a new one."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.served_hub import command, refused, run, serving

HEX = "5f0c9ab13e427d81" * 4


def folder_with_tenant(folder: Path) -> Path:
    """Serve a new hub and give it a tenant."""
    with serving(folder):
        pass
    run("tenant", "create", "--data", folder, "--slug", "acme", "--name", "Acme")
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ("tenant", "create", "--slug", "acme", "--name", "Acme"),
        ("tenant", "list"),
        ("admin", "create", "--email", "a@b.example"),
        ("api-key", "list"),
        ("flag", "list"),
        ("migrate",),
        ("worker",),
    ],
    ids=" ".join,
)
def test_a_mistyped_folder_is_an_error_and_stays_absent(arguments: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "mistyped"
    refused(f"There is no hub in {folder / 'hub.db'}", *arguments, "--data", folder)
    assert not folder.exists()


def test_a_backup_of_no_hub_is_an_error(tmp_path: Path) -> None:
    refused("There is no hub in", "backup", tmp_path / "copy", "--data", tmp_path / "mistyped")
    (tmp_path / "hub.db").touch()
    refused("There is no hub in", "backup", tmp_path / "copy", "--data", tmp_path)
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("empty", [True, False])
def test_a_secret_without_its_database_does_not_start_as_a_new_hub(tmp_path: Path, empty: bool) -> None:
    folder = folder_with_tenant(tmp_path / "hub")
    for file in folder.glob("hub.db*"):
        file.unlink()
    if empty:
        (folder / "hub.db").touch()
    refused("is the secret of a hub, but there is no hub in", "serve", "--data", folder, "--port", 0)
    refused("is the secret of a hub", "demo-event", "--data", folder)
    (folder / "hub-secret").rename(folder / "old-secret")
    with serving(folder):
        pass


def test_a_database_without_its_secret_does_not_get_another(tmp_path: Path) -> None:
    folder = folder_with_tenant(tmp_path / "hub")
    secret = (folder / "hub-secret").read_text()
    (folder / "hub-secret").unlink()
    for arguments in (("serve", "--port", 0), ("tenant", "list"), ("worker",)):
        refused("hub-secret is missing", *arguments, "--data", folder)
    assert not (folder / "hub-secret").exists()
    (folder / "hub-secret").write_text(HEX)
    for arguments in (("serve", "--port", 0), ("tenant", "list")):
        refused("does not open with this hub's secret", *arguments, "--data", folder)
    (folder / "hub-secret").write_text(secret)
    with serving(folder):
        pass


def test_a_killed_first_start_is_no_obstacle_to_the_next(tmp_path: Path, migrated_sqlite: Path) -> None:
    (tmp_path / "hub.db").write_bytes(migrated_sqlite.read_bytes())
    with serving(tmp_path):
        pass
    assert (tmp_path / "hub-secret").exists()


def test_a_damaged_database_is_one_sentence(tmp_path: Path) -> None:
    folder = folder_with_tenant(tmp_path / "hub")
    with closing(sqlite3.connect(folder / "hub.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = database.execute("PRAGMA page_size").fetchone()[0]
    with (folder / "hub.db").open("r+b") as file:
        for number in range(1, 40):
            file.seek(number * page)
            file.write(b"\xff" * page)
    done = command("serve", "--data", folder, "--port", 0)
    assert done.code == 1
    assert done.err.count("\n") == 1, done.err
    assert "damaged" in done.err
    assert "Traceback" not in done.err
