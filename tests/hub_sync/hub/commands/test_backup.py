"""`backup` and `restore --replace` while the hub runs: nobody is answered 500, and nothing of later is believed."""

import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.commands.backup import postgres
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.events.change_feed import restored_at
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state
from tests.support.served_hub import CallingThreads, command, enrol, make_key, refused, run, serving
from tests.support.waiting import eventually


def test_a_running_hub_goes_on_with_the_copy(database_url: str, tmp_path: Path) -> None:
    where = ("--data", tmp_path, "--database-url", database_url)
    copy, callers = tmp_path / "copy", CallingThreads()
    run("demo-event", *where, "--participants", 300)
    with serving(tmp_path, "--database-url", database_url) as hub:
        old = enrol(hub.url, where)
        assert run("backup", copy, *where)["bytes"] == copy.stat().st_size
        new = enrol(hub.url, where)
        later = make_key(tmp_path, database_url, "events:read")
        assert httpx.get(f"{hub.url}/api/v1/events", headers=later).status_code == 200, "it is remembered now"
        epoch = httpx.get(f"{hub.url}/api/v1/sync/pull", headers=old).json()["epoch"]
        with callers.calling(
            lambda client: client.get(f"{hub.url}/api/v1/sync/pull", headers=old),
            lambda client: client.get(f"{hub.url}/api/v1/sync/time", headers=old | {BOOT_HEADER: new_id()}),
            lambda client: client.get(f"{hub.url}/readyz"),
        ):
            eventually(lambda: callers.answers["/api/v1/sync/pull", 200] > 5)
            output = run("restore", copy, *where, "--replace")
            before = callers.answers.copy()
            eventually(
                lambda: callers.answers["/api/v1/sync/pull", 200] > before["/api/v1/sync/pull", 200] + 5
            )
        assert callers.broken == []
        assert callers.statuses() <= {200, 503}, callers.answers
        assert output["feeds_restarted"] == 1
        assert httpx.get(f"{hub.url}/api/v1/sync/time", headers=new).status_code == 401
        assert httpx.get(f"{hub.url}/api/v1/events", headers=later).status_code == 401
        again = httpx.get(f"{hub.url}/api/v1/sync/pull", headers=old, params={"epoch": epoch}).json()
        assert (again["snapshot"], again["epoch"] == epoch) == (True, False)
        assert restored_at(again["epoch"]) is not None, (
            "numbers that were leased since wait for the stations' reports"
        )
        run("restore", output["previous"], *where, "--replace")
        assert httpx.get(f"{hub.url}/api/v1/sync/time", headers=new).status_code == 200
        assert hub.end(signal.SIGTERM) == 0
    assert not [line for line in hub.log() if line["event"] == "unhandled_error"]
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".part"] == []


def test_nothing_is_replaced_unasked_and_no_other_programs_copy_is_taken(
    database_url: str, tmp_path: Path
) -> None:
    where = ("--data", tmp_path, "--database-url", database_url)
    run("demo-event", *where, "--participants", 3)
    run("backup", tmp_path / "copy", *where)
    refused("is there already", "backup", tmp_path / "copy", *where)
    refused("is there already: --replace puts the copy in its place", "restore", tmp_path / "copy", *where)
    (tmp_path / "text").write_text("hello " * 1000)
    for saying, file in (("There is no file", "absent"), ("", "text")):
        refused(saying, "restore", tmp_path / file, *where, "--replace")
    database = Database(database_url)
    with closing(database), database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    run("backup", tmp_path / "newer", *where)
    with closing(database), database.engine.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :newest"), {"newest": state.newest()}
        )
    refused("needs a newer Doorward", "restore", tmp_path / "newer", *where, "--replace")


def test_a_copy_of_an_older_doorward_is_brought_up_to_date(
    database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    older = Database(empty_database_url)
    with closing(older):
        state.upgrade(older, "0001")
    run("backup", tmp_path / "older", "--data", tmp_path, "--database-url", empty_database_url)
    run("restore", tmp_path / "older", "--data", tmp_path, "--database-url", database_url, "--replace")
    database = Database(database_url)
    with closing(database):
        assert state.revisions(database)[0] == state.newest()


def test_a_copy_that_another_hubs_secret_sealed_is_refused(
    database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    here = ("--data", tmp_path / "here", "--database-url", database_url)
    there = ("--data", tmp_path / "there", "--database-url", empty_database_url)
    with closing(Database(empty_database_url)) as database:
        state.upgrade(database)
    for where in (here, there):
        run("tenant", "create", *where, "--slug", "acme", "--name", "Acme")
    run("backup", tmp_path / "copy", *there)
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    refused("does not open with this hub's secret", "restore", tmp_path / "copy", *here, "--replace")
    assert [file.name for file in (tmp_path / "here").glob("hub-before*")] == []
    run("restore", tmp_path / "copy", *there, "--replace")


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_nobody_else_reads_a_copy_while_it_is_written(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    run_tool = postgres._run

    def watched(tool: str, *arguments: object) -> str:
        modes.extend(part.stat().st_mode & 0o777 for part in tmp_path.glob("*.part"))
        return run_tool(tool, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(postgres, "_run", watched)
    postgres.backup(HubSettings(data=tmp_path, database_url=database_url), tmp_path / "copy")
    assert modes == [0o600]


def test_whoever_was_signed_in_when_the_copy_was_made_signs_in_anew(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "hub.db")
    with closing(sqlite3.connect(tmp_path / "hub.db")) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(user_sessions)")]
        filled = ", ".join("'2026-01-01 00:00:00'" if name.endswith("_at") else "'1'" for name in columns)
        database.execute(f"INSERT INTO user_sessions ({', '.join(columns)}) VALUES ({filled})")  # noqa: S608
    run("backup", tmp_path / "copy", "--data", tmp_path)
    run("restore", tmp_path / "copy", "--data", tmp_path, "--replace")
    with closing(sqlite3.connect(tmp_path / "hub.db")) as database:
        assert database.execute("SELECT count(*) FROM user_sessions").fetchone() == (0,)


def test_tools_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CommandFailed, match="pg_dump is not installed"):
        postgres._run("pg_dump", None)


def test_a_backup_says_that_the_secret_beside_it_opens_nothing(tmp_path: Path) -> None:
    where = ("--data", tmp_path)
    run("demo-event", *where, "--participants", 3)
    assert "Keep" in command("backup", tmp_path / "right", *where).err
    (tmp_path / "hub-secret").write_text("ab" * 32)
    done = command("backup", tmp_path / "wrong", *where)
    assert done.code == 0
    assert "does not open with this hub's secret" in done.err
    assert "Keep" not in done.err
    (tmp_path / "hub-secret").write_text("no secret")
    assert "holds no hub's secret, which is 64 hex digits" in command("backup", tmp_path / "none", *where).err
