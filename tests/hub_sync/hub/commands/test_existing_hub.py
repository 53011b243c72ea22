"""Only `serve`, `restore` and `demo-event` create a hub, and half a hub does not start as a new one."""

import sqlite3
from collections.abc import Callable
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
        ("access-log", "digest", "--device", "x"),
        ("access-log", "quarantined"),
        ("tenant", "create", "--slug", "acme", "--name", "Acme"),
        ("tenant", "list"),
        ("admin", "create", "--email", "a@b.example"),
        ("admin", "list"),
        ("admin", "reset-link", "--email", "a@b.example"),
        ("api-key", "create", "--name", "x", "--permission", "events:read"),
        ("api-key", "list"),
        ("api-key", "rotate", "x"),
        ("api-key", "revoke", "x"),
        ("backup", "/nonexistent/copy"),
        ("device", "enrol-code", "--event", "x"),
        ("event", "end", "x"),
        ("flag", "list"),
        ("flag", "on", "FF_WAITLIST"),
        ("flag", "off", "FF_WAITLIST"),
        ("migrate",),
        ("worker",),
    ],
    ids=" ".join,
)
def test_a_mistyped_folder_is_an_error_and_stays_absent(arguments: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "mistyped"
    refused(f"There is no hub in {folder / 'hub.db'}", *arguments, "--data", folder)
    assert not folder.exists()


def test_the_doctor_finds_no_hub_in_a_mistyped_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mistyped"
    done = command("doctor", "--data", folder)
    assert done.code == 1
    assert f"There is no hub in {folder / 'hub.db'}" in done.out
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


def overwrite_header(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(b"\xff" * 100)


def overwrite_pages(file: Path) -> None:
    with file.open("r+b") as opened:
        for number in range(1, 40):
            opened.seek(number * 4096)
            opened.write(b"\xff" * 4096)


def overwrite_schema(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(100)
        opened.write(b"\xff" * 3996)


def cut_off(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 8)


DAMAGES = (overwrite_header, overwrite_pages, overwrite_schema, cut_off)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_one_sentence_for_every_command(
    tmp_path: Path, migrated_sqlite: Path, damage: Callable[[Path], None]
) -> None:
    folder, copy = tmp_path / "hub", tmp_path / "copy"
    folder.mkdir()
    (folder / "hub.db").write_bytes(migrated_sqlite.read_bytes())
    (folder / "hub-secret").write_text(HEX)
    run("tenant", "create", "--data", folder, "--slug", "acme", "--name", "Acme")
    with closing(sqlite3.connect(folder / "hub.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode = DELETE")
        assert database.execute("PRAGMA page_size").fetchone() == (4096,)
    damage(folder / "hub.db")
    for arguments in (
        ("serve", "--port", 0),
        ("worker",),
        ("tenant", "list"),
        ("tenant", "create", "--slug", "more", "--name", "More"),
        ("admin", "list"),
        ("migrate",),
        ("backup", copy),
        ("demo-event",),
    ):
        done = command(*arguments, "--data", folder)
        assert (done.code, done.out) == (1, ""), arguments
        assert done.err.count("\n") == 1, done.err
        assert "damaged" in done.err, done.err
    assert not copy.exists()
    diagnosis = command("doctor", "--data", folder)
    assert diagnosis.code == 1
    assert "Traceback" not in diagnosis.out + diagnosis.err
    assert "FAIL  database" in diagnosis.out or "FAIL  integrity" in diagnosis.out


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_not_put_back(
    tmp_path: Path, migrated_sqlite: Path, damage: Callable[[Path], None]
) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(migrated_sqlite.read_bytes())
    damage(copy)
    done = command("restore", copy, "--data", tmp_path / "hub")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1), done.err
    assert not (tmp_path / "hub" / "hub.db").exists()
