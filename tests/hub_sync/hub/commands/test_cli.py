"""`doorward-hub`, as a person and as a script use it: real processes, plain sentences, honest exit codes."""

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.commands import COMMANDS
from hub_sync.hub.commands.cli import app
from hub_sync.hub.migrations import state
from tests.support.forked_commands import PATIENCE_S, forked_command, start_command_line
from tests.support.served_hub import serving
from tests.support.waiting import eventually

HEX = "19abe5ed0dbf69466f9899e48d35d7a03685aa0023f8c8ccb8cd186ca8bf98e3"
COMMAND = [sys.executable, "-m", "hub_sync.hub.commands.cli"]


OURS = ("DOORWARD_", "QR_ENCRYPTION_KEY", "SESSION_SECRET")


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def own_umask() -> Iterator[None]:
    """Restore the umask: the commands tighten the one of their process, which is the tests' here."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def clean_environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | more


def hub(*arguments: object, stdin: str = "", **environment: str) -> Done:
    """Run a command in this process: a new Python for each would take minutes."""
    absent: dict[str, str | None] = dict.fromkeys(name for name in os.environ if name.startswith(OURS))
    result = CliRunner().invoke(
        app, [str(argument) for argument in arguments], input=stdin, env=absent | environment
    )
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def answer(*arguments: object, stdin: str = "", **environment: str) -> dict[str, Any]:
    done = hub(*arguments, "--json", stdin=stdin, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    payload: dict[str, Any] = json.loads(done.stdout)
    return payload


def refused(done: Done, saying: str) -> None:
    assert done.returncode == 1
    assert saying in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@contextmanager
def program(data: Path, *arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve a hub by a Python that starts anew; yield its process and its first line."""
    server = subprocess.Popen(
        [*COMMAND, "serve", "--data", str(data), "--port", "0", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    try:
        assert server.stdout
        line = server.stdout.readline().strip()
        assert line, server.stderr.read() if server.stderr else ""
        yield server, line
    finally:
        server.kill()
        server.communicate()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the demo event; changes of it must not matter to other tests."""
    folder = tmp_path_factory.mktemp("demo")
    answer("demo-event", "--data", folder, "--participants", 50)
    return folder


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_every_command_has_help(command: list[str]) -> None:
    done = hub(*command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_an_unknown_command_is_an_error() -> None:
    assert hub("dance").returncode == 2


def test_serve_on_an_empty_folder_makes_its_database_and_says_where_it_listens(tmp_path: Path) -> None:
    folder = tmp_path / "fresh"
    with program(folder) as (server, line):
        words, _, url = line.rpartition(" ")
        assert words == "Doorward hub listening on"
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{url}/readyz").json()["status"] == "ok"
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=10)
    assert server.returncode == 0
    assert out == ""
    assert "doorward-hub tenant create" in err
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_serve_says_it_to_a_program_too_and_ends_at_ctrl_c(tmp_path: Path) -> None:
    serve = ("serve", "--data", tmp_path / "hub", "--port", 0)
    with forked_command(tmp_path, "hub", *serve) as server:
        payload = server.first_output()
        assert httpx.get(f"{payload['listening']}/healthz").json() == {"status": "ok"}
        assert server.end(by=signal.SIGINT) == 0
    assert payload["database"] == "sqlite"


def test_serve_finishes_a_request_that_is_under_way(demo: Path) -> None:
    """A body that comes slowly is read to its end after SIGTERM, and answered."""
    with serving(demo) as server:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
            body = b'{"token": "ABCDE-ABCDE", "serial": "s"}'
            head = b"POST /api/v1/sync/enrol HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            caller.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
            httpx.get(f"http://127.0.0.1:{port}/healthz")
            server.process.send_signal(signal.SIGTERM)
            threading.Event().wait(0.3)
            caller.sendall(body[5:])
            got = b""
            while chunk := caller.recv(65536):
                got += chunk
        assert server.process.wait(10) == 0
    assert got.startswith(b"HTTP/1.1 404")
    assert b"EnrolmentCodeUnknown" in got


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = hub("serve", "--data", tmp_path, "--port", port)
    refused(done, f"Port {port} on 127.0.0.1 is taken by another program.")


def test_addresses_folders_and_urls_that_are_no_good_are_said_in_one_sentence(tmp_path: Path) -> None:
    refused(
        hub("serve", "--data", tmp_path, "--port", 0, "--host", "no.such.host.invalid"), "There is no address"
    )
    refused(
        hub("serve", "--data", tmp_path, "--port", 0, "--host", "192.0.2.1"), "no address of this machine"
    )
    refused(hub("serve", "--data", "/proc/nothing", "--port", 0), "can't be written to")
    refused(hub("migrate", "--data", tmp_path, "--database-url", "mysql://h/d"), "SQLite or PostgreSQL")
    refused(hub("migrate", "--data", tmp_path, "--database-url", "not a url"), "not understood")
    away = hub(
        "serve", "--data", tmp_path, "--port", 0, "--database-url", "postgresql://u:sesame@127.0.0.1:1/d"
    )
    refused(away, "can't be used")
    assert "sesame" not in away.stderr
    assert away.stderr.count("\n") == 1


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"these are not the bytes of a database " * 100)
    refused(hub("migrate", "--data", tmp_path), "file is not a database")
    assert (tmp_path / "hub.db").read_bytes().startswith(b"these are not")


def test_a_database_of_a_newer_doorward_is_not_touched(new_hub: Path) -> None:
    with closing(sqlite3.connect(new_hub / "hub.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    refused(hub("serve", "--data", new_hub, "--port", 0), "needs a newer Doorward")
    refused(hub("migrate", "--data", new_hub), "needs a newer Doorward")


def test_migrate_says_from_where_to_where(new_hub: Path) -> None:
    newest = state.newest()
    assert answer("migrate", "--data", new_hub) == {"before": newest, "after": newest}


def test_the_way_of_a_newcomer(new_hub: Path) -> None:
    data = ("--data", new_hub)
    refused(hub("admin", "create", *data, "--email", "a@b.org", "--password-stdin"), "no tenant yet")
    tenant = answer("tenant", "create", *data, "--slug", "acme", "--name", "Acme GmbH")
    assert tenant["key_is_derived"] is False
    refused(hub("tenant", "create", *data, "--slug", "acme", "--name", "Again"), "already")
    refused(hub("tenant", "create", *data, "--slug", "Not A Slug", "--name", "x"), "slug")
    words = "correct horse battery staple\n"
    admin = answer("admin", "create", *data, "--email", "ada@acme.org", "--password-stdin", stdin=words)
    assert (admin["tenant_id"], admin["role"]) == (tenant["id"], "ADMIN")
    again = ("admin", "create", *data, "--email", "ada@acme.org", "--password-stdin")
    refused(hub(*again, stdin=words), "an account")
    weak = ("admin", "create", *data, "--email", "bob@acme.org", "--password-stdin")
    refused(hub(*weak, stdin="short\n"), "at least 12 characters")
    answer("tenant", "create", *data, "--slug", "other", "--name", "Other")
    refused(hub(*weak, stdin=words), "Which tenant? --tenant acme | other")
    listed = answer("tenant", "list", *data)["tenants"]
    assert [row["slug"] for row in listed] == ["acme", "other"]


def test_a_key_from_session_secret_is_warned_of_loudly(new_hub: Path) -> None:
    done = hub("tenant", "create", "--data", new_hub, "--slug", "a", "--name", "A", SESSION_SECRET="s")
    assert done.returncode == 0
    assert "WARNING" in done.stderr
    assert "development only" in done.stderr
    findings = answer("doctor", "--data", new_hub)["findings"]
    assert [finding["status"] for finding in findings if finding["check"] == "ticket key"] == ["warn"]
    serve = ["serve", "--data", str(new_hub), "--port", "0"]
    server = start_command_line(new_hub.parent, "serve", serve, {})
    try:
        advice = "for development only"
        eventually(lambda: server.log.exists() and advice in server.log.read_text(), PATIENCE_S)
        assert server.end() == 0
    finally:
        server.kill()


def test_the_environments_key_is_the_tenants_and_a_bad_one_is_refused(new_hub: Path) -> None:
    create = ("tenant", "create", "--data", new_hub, "--name", "A", "--slug")
    assert answer(*create, "a", QR_ENCRYPTION_KEY=HEX, SESSION_SECRET="s")["key_is_derived"] is False
    refused(hub(*create, "b", QR_ENCRYPTION_KEY="abc"), "QR_ENCRYPTION_KEY is no good")


def test_an_enrolment_code_enrols_a_station_with_the_served_hub(demo: Path, tmp_path: Path) -> None:
    png = tmp_path / "code.png"
    enrol_code = ("device", "enrol-code", "--data", demo, "--event", "demo-fair")
    with serving(demo) as server:
        url = server.url
        enrolment = answer(*enrol_code, "--checkpoint", "Main gate", "--hub-url", url, "--png", png)
        qr = json.loads(str(enrolment["qr"]))
        assert qr == {"handshake": 1, "hub": url, "token": enrolment["code"]}
        enrolled = httpx.post(f"{url}/api/v1/sync/enrol", json={"token": qr["token"], "serial": "S1"}).json()
    assert enrolled["device_id"] == enrolment["device_id"]
    assert enrolled["checkpoint_id"] == enrolment["checkpoint_id"]
    assert png.read_bytes().startswith(b"\x89PNG")
    assert stat.S_IMODE(png.stat().st_mode) == 0o600
    refused(hub(*enrol_code, "--png", png), "is there already")
    refused(hub(*enrol_code, "--checkpoint", "Nowhere"), "there are “Exit”, “Main gate”, “VIP lounge”")
    refused(hub(*enrol_code[:-1], "no-such-event"), "There is no such event")
    for url in ("nonsense", "hub:8080", "ftp://hub", f"https://hub/{'a' * 400}"):
        refused(hub(*enrol_code, "--hub-url", url), "--hub-url: write https://HOST")


def test_a_station_that_does_not_exist_is_no_station_without_rows(demo: Path) -> None:
    for command in ("digest", "quarantined"):
        refused(
            hub("access-log", command, "--data", demo, "--device", "no-such-station"),
            "There is no such device",
        )


def test_the_demo_event_is_made_once_and_moved_to_today_after(tmp_path: Path) -> None:
    load = ("demo-event", "--data", tmp_path, "--participants", 30, "--with-participants")
    first, second = answer(*load), answer(*load)
    assert (first["created"], second["created"]) == (True, False)
    assert first["participants"] == second["participants"]
    assert first["participant_count"] == len(first["participants"]) == 30
    assert set(first["checkpoints"]) == {"Main gate", "VIP lounge", "Exit"}


def test_doctor_looks_and_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    done = hub("doctor", "--data", folder, "--json")
    assert done.returncode == 1
    assert {"check": "database", "status": "fail"}.items() <= json.loads(done.stdout)["findings"][-1].items()
    assert not folder.exists()


def test_doctor_finds_what_is_broken(demo: Path, tmp_path: Path) -> None:
    def checks(done: Done, *statuses: str) -> set[str]:
        return {
            finding["check"]
            for finding in json.loads(done.stdout)["findings"]
            if finding["status"] in statuses
        }

    healthy = hub("doctor", "--data", demo, "--json")
    assert healthy.returncode == 0
    assert checks(healthy, "warn", "fail") == {"administrators"}
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    (copy / "hub.db").write_bytes((demo / "hub.db").read_bytes())
    (copy / "hub-secret").write_text(HEX)
    (copy / "hub-secret").chmod(0o644)
    broken = hub("doctor", "--data", copy, "--json")
    assert broken.returncode == 1
    assert checks(broken, "fail") == {"permissions", "ticket keys"}
    plain = hub("doctor", "--data", copy)
    assert plain.returncode == 1
    assert "FAIL  ticket keys:" in plain.stdout


def test_doctor_finds_tables_that_are_missing_and_a_database_that_is_away(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "hub.db").close()
    (tmp_path / "hub.db").write_bytes(b"")
    old = hub("doctor", "--data", tmp_path)
    assert (old.returncode, "FAIL  migrations" in old.stdout) == (1, True)
    away = hub("doctor", "--data", tmp_path, "--database-url", "postgresql://u:sesame@127.0.0.1:1/d")
    assert (away.returncode, "FAIL  database" in away.stdout) == (1, True)
    assert "sesame" not in away.stdout


def test_a_backup_of_a_running_hub_is_restored_whole(demo: Path, tmp_path: Path) -> None:
    copy, elsewhere = tmp_path / "copy.db", tmp_path / "elsewhere"
    with serving(demo):
        assert answer("backup", "--data", demo, copy)["bytes"] == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    refused(hub("backup", "--data", demo, copy), "is there already")
    restored_backup = answer("restore", "--data", elsewhere, copy)
    assert restored_backup["feeds_restarted"] == 1
    refused(hub("restore", "--data", elsewhere, copy), "is there already")

    def look(file: Path) -> tuple[int, str]:
        with closing(sqlite3.connect(file)) as database:
            people = database.execute("SELECT count(*) FROM participants").fetchone()[0]
            return people, database.execute("SELECT epoch FROM event_feeds").fetchone()[0]

    (people, epoch), (restored, new_epoch) = look(demo / "hub.db"), look(elsewhere / "hub.db")
    assert people == restored == 50
    assert epoch != new_epoch
    (elsewhere / "hub-secret").write_text((demo / "hub-secret").read_text())
    (elsewhere / "hub-secret").chmod(0o600)
    assert answer("doctor", "--data", elsewhere)["ok"] is True


def test_what_is_no_backup_is_not_restored(tmp_path: Path) -> None:
    data = ("restore", "--data", tmp_path / "d")
    (tmp_path / "text").write_text("hello " * 1000)
    sqlite3.connect(tmp_path / "other.db").executescript("CREATE TABLE a (b)")
    refused(hub(*data, tmp_path / "absent"), "There is no file")
    refused(hub(*data, tmp_path / "text"), "no database that can be read")
    refused(hub(*data, tmp_path / "other.db"), "not the database of a hub")
    assert not (tmp_path / "d" / "hub.db").exists()
    refused(hub("backup", "--data", tmp_path / "d", tmp_path / "copy"), "There is no hub in")
    refused(
        hub("backup", "--data", tmp_path, tmp_path / "c", "--database-url", "postgresql://h/d"),
        "can't be used",
    )


def test_openapi_is_printed_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    schema = json.loads(hub("openapi").stdout)
    assert "/api/v1/sync/enrol" in schema["paths"]
    assert list(tmp_path.iterdir()) == []


def test_serve_works_on_either_database(empty_database_url: str, tmp_path: Path) -> None:
    with serving(tmp_path, "--database-url", empty_database_url) as server:
        assert httpx.get(f"{server.url}/readyz").json()["status"] == "ok"
        assert server.end(signal.SIGTERM) == 0


def test_an_open_live_stream_does_not_hold_up_the_end(demo: Path) -> None:
    with serving(demo) as server:
        url = server.url
        code = answer("device", "enrol-code", "--data", demo, "--event", "demo-fair")["code"]
        enrolled = httpx.post(f"{url}/api/v1/sync/enrol", json={"token": code, "serial": "S2"}).json()
        headers = {"Authorization": f"Bearer {enrolled['credential']}", BOOT_HEADER: "boot"}
        with httpx.stream("GET", f"{url}/api/v1/sync/live", headers=headers, timeout=10) as stream:
            assert stream.status_code == 200
            chunks = stream.iter_raw()
            next(chunks)
            assert server.end(signal.SIGTERM, within_s=4) == 0
            for _ in chunks:
                pass
