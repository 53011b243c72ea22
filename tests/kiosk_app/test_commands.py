"""`doorward-station` as people and scripts call it, against a real hub process."""

import contextlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub_sync.client.store import FileKeyStore, StationEnrolment, StoreError, StoreFault
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.contract.seals import SealReason
from kiosk_app.bootstrap.station import open_station_store
from kiosk_app.commands import COMMANDS, GROUPS
from kiosk_app.commands.cli import app
from kiosk_app.core.setup import readiness
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import build_gate
from tests.support.speedups.forked_hub_process import ForkedHubProcess

RUN = CliRunner()


def call(*arguments: object) -> Result:
    return RUN.invoke(app, [str(argument) for argument in arguments])


def plain(result: Result) -> None:
    """Exit 1, one sentence, no traceback."""
    assert result.exit_code == 1, result.output
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.output


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedHubProcess]:
    with ForkedHubProcess(tmp_path_factory.mktemp("hub")) as process:
        process.event = process.command("demo-event", "--participants", "20")  # type: ignore[attr-defined]
        process.start()
        yield process


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a moment only for cameras and speakers that are not there."""
    monkeypatch.setattr(readiness, "PATIENCE_S", 0.3)


def enrolment_code(hub: ForkedHubProcess) -> str:
    event_id = hub.event["event_id"]  # type: ignore[attr-defined]
    return str(hub.command("device", "enrol-code", "--event", event_id)["code"])


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_every_command_has_help(name: str) -> None:
    result = call(name, "--help")
    assert result.exit_code == 0
    assert "--data" in result.output or name in ("decode", "demo", "journal")


def test_station_enrols_once_with_a_code(hub: ForkedHubProcess, tmp_path: Path) -> None:
    code = enrolment_code(hub)
    result = call("enrol", "--hub", hub.url, "--code", code, "--data", tmp_path / "a", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["hub"] == hub.url
    plain(call("enrol", "--hub", hub.url, "--code", code, "--data", tmp_path / "b"))


def test_station_with_scans_to_send_is_enrolled_again_only_if_they_may_stay(
    hub: ForkedHubProcess, tmp_path: Path
) -> None:
    here = build_gate(tmp_path, [participant_row("ada", "Ada Lovelace")])
    here.gate.decide_scan(seal_ticket_for("ada"))
    here.store.close()
    words = ("enrol", "--hub", hub.url, "--code", enrolment_code(hub), "--data", tmp_path)
    refusal = call(*words)
    plain(refusal)
    assert "--leave-unsent" in refusal.stderr
    again = call(*words, "--leave-unsent")
    assert again.exit_code == 0, again.output
    assert json.loads(call("journal", "verify", "--data", tmp_path, "--json").stdout)["waiting"] == 0
    assert exported_rows(tmp_path) == 1


@pytest.mark.parametrize(
    ("hub_url", "code"),
    [
        ("", "some-code"),
        ("ftp://hub", "some-code"),
        ("http://127.0.0.1:9", "some-code"),
        ("", "{not json"),
        ("", '{"handshake": 99, "hub": "http://h", "token": "12345678"}'),
        ("http://127.0.0.1:9", "short"),
    ],
)
def test_enrolment_that_cannot_work_is_told_in_a_sentence(tmp_path: Path, hub_url: str, code: str) -> None:
    plain(call("enrol", "--hub", hub_url, "--code", code, "--data", tmp_path))


def test_an_address_in_clear_is_warned_of_before_anything_is_sent(tmp_path: Path) -> None:
    result = call("enrol", "--hub", "http://hub.invalid", "--code", "some-code", "--data", tmp_path, "--json")
    warning, fault = result.stderr.strip().splitlines()
    assert "can sign in as this station; use https://" in warning
    assert "https://" not in fault
    assert result.stdout == ""
    plain(call("enrol", "--hub", "https://hub.invalid", "--code", "some-code", "--data", tmp_path))


def test_self_test_warns_of_an_address_in_clear(tmp_path: Path) -> None:
    here = build_gate(tmp_path, [])
    for hub_url, warned in (("http://hub.invalid", True), ("https://hub.invalid", False)):
        here.store.settings.save_enrolment(
            StationEnrolment(hub_url, "d", "t", "e", None, "Gate", "gate", "dw_d_secret")
        )
        checks = json.loads(call("self-test", "--data", tmp_path, "--json").stdout)
        (detail,) = [check["detail"] for check in checks if check["part"] == "hub"]
        assert ("sign in as this station" in detail) is warned
    here.store.close()


def test_wrong_code_is_told_in_a_sentence(hub: ForkedHubProcess, tmp_path: Path) -> None:
    plain(call("enrol", "--hub", hub.url, "--code", "no-such-code-at-all", "--data", tmp_path))


def exported_rows(folder: Path) -> int:
    """Return the number of rows that the export of a journal has."""
    lines = call("journal", "export", "--data", folder).stdout.splitlines()
    return sum(json.loads(line)["kind"] == "row" for line in lines)


def test_evidence_is_written_once_and_verified_by_its_own_script(tmp_path: Path) -> None:
    here = build_gate(tmp_path, [participant_row("ada", "Ada Lovelace")])
    here.gate.decide_scan(seal_ticket_for("ada"))
    here.store.seals.seal(SealReason.STOP)
    here.store.close()
    file = tmp_path / "evidence.zip"
    assert call("journal", "evidence", file, "--data", tmp_path).exit_code == 0
    plain(call("journal", "evidence", file, "--data", tmp_path))
    assert call("journal", "verify", file).stdout.startswith("The journal is whole: 1 rows, 1 seals")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "unpacked")
    script = [sys.executable, "-I", "verify_evidence.py", "."]
    run = subprocess.run(script, cwd=tmp_path / "unpacked", capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.splitlines()[0]) == (
        0,
        "The journal is whole: 1 rows, 1 seals, 0 anchors.",
    )
    rows = tmp_path / "unpacked" / "rows.jsonl"
    rows.write_text(rows.read_text().replace("VALID", "INVALID"))
    wrong = call("journal", "verify", tmp_path / "unpacked", "--anchors", file)
    assert (wrong.exit_code, "row 1 was changed" in wrong.stdout) == (1, True)
    assert "Lovelace" not in (tmp_path / "unpacked" / "README.txt").read_text()


def test_journal_is_verified_and_exported_without_a_name_in_it(tmp_path: Path) -> None:
    here = build_gate(tmp_path, [participant_row("ada", "Ada Lovelace")])
    here.gate.decide_scan(seal_ticket_for("ada"))
    here.gate.decide_scan("https://example.com")
    here.store.close()
    result = call("journal", "verify", "--data", tmp_path, "--json")
    assert result.exit_code == 0
    expected = {"ok": True, "rows": 2, "waiting": 2, "set_aside": 0, "problem": None}
    assert expected.items() <= json.loads(result.stdout).items()
    exported = call("journal", "export", "--data", tmp_path).stdout
    rows = [json.loads(line) for line in exported.splitlines()]
    bodies = [json.loads(row["body"]) for row in rows if row["kind"] == "row"]
    assert [body["result"] for body in bodies] == ["VALID", "INVALID"]
    assert "Lovelace" not in exported


def test_a_running_station_is_looked_at_and_not_run_or_enrolled_a_second_time(tmp_path: Path) -> None:
    here = build_gate(tmp_path, [participant_row("ada", "Ada Lovelace")])
    here.gate.decide_scan(seal_ticket_for("ada"))
    try:
        assert json.loads(call("journal", "verify", "--data", tmp_path, "--json").stdout)["rows"] == 1
        assert exported_rows(tmp_path) == 1
        checks = json.loads(call("self-test", "--data", tmp_path, "--json").stdout)
        assert checks[0] == {
            "part": "store",
            "ok": True,
            "state": "ready",
            "detail": "encrypted; journal whole: 1 rows, 0 seals; 1 rows to be sent",
        }
        works = {check["part"]: check["ok"] for check in checks}
        assert (works["checkpoint"], works["disk"]) == (True, True)
        again = call("enrol", "--hub", "http://127.0.0.1:9", "--code", "some-code", "--data", tmp_path)
        plain(again)
        assert "Another program of this station is running; close it first." in again.stderr
        here.gate.decide_scan(seal_ticket_for("ada"))
        assert here.store.roster.find("ada") is not None
    finally:
        here.store.close()


def test_self_test_names_each_part_and_fails_where_one_does(hub: ForkedHubProcess, tmp_path: Path) -> None:
    code = enrolment_code(hub)
    call("enrol", "--hub", hub.url, "--code", code, "--data", tmp_path)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    result = call("self-test", "--data", tmp_path, "--camera", f"images:{pictures}", "--json")
    checks = {check["part"]: check for check in json.loads(result.stdout)}
    assert checks["store"]["ok"]
    assert checks["hub"]["ok"]
    assert not checks["camera"]["ok"]
    assert checks["relay"]["state"] == "not_applicable"
    assert checks["roster"]["state"] == "not_ready"
    assert checks["roster"]["detail"].startswith("not ready: no roster.")
    assert result.exit_code == 1
    assert all(re.search(r"\w", check["detail"]) for check in checks.values())


def test_self_test_of_nonsense_addresses_is_told_not_raised(tmp_path: Path) -> None:
    result = call("self-test", "--data", tmp_path, "--camera", "telepathy:0", "--relay", "abacus:1", "--json")
    checks = {check["part"]: check for check in json.loads(result.stdout)}
    assert (checks["camera"]["ok"], checks["relay"]["ok"], checks["hub"]["ok"]) == (False, False, False)


def test_run_without_a_display_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    plain(call("run", "--data", tmp_path))


def test_bad_settings_are_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text("camera = [")
    plain(call("self-test", "--data", tmp_path))


def test_backup_comes_back_as_a_new_journal_that_remembers_who_came_in(tmp_path: Path) -> None:
    folder, copy = tmp_path / "station", tmp_path / "copy.db"
    here = build_gate(folder, [participant_row("ada", "Ada Lovelace")])
    here.gate.decide_scan(seal_ticket_for("ada"))
    here.store.close()
    assert call("backup", copy, "--data", folder).exit_code == 0
    assert b"Lovelace" not in copy.read_bytes()
    plain(call("backup", copy, "--data", folder))
    result = call("restore", copy, "--data", folder)
    assert result.exit_code == 0, result.output
    assert json.loads(call("journal", "verify", "--data", folder, "--json").stdout)["ok"]


def test_backup_is_made_while_the_station_runs_and_changes_nothing_there(tmp_path: Path) -> None:
    folder, copy = tmp_path / "station", tmp_path / "copy.db"
    here = build_gate(folder, [participant_row("ada"), participant_row("bob"), participant_row("eve")])
    try:
        here.gate.decide_scan(seal_ticket_for("ada"))
        with here.store._file.transaction():  # the gate is in the middle of a commit
            here.store.settings.put("unfinished", True)
            result = call("backup", copy, "--data", folder)
        assert result.exit_code == 0, result.output
        here.gate.decide_scan(seal_ticket_for("bob"))
        assert here.rows() == 2
        key = FileKeyStore(folder).load()
        assert key is not None
        with contextlib.closing(EncryptedFile(copy, key, journal="")) as copied:
            assert copied.row("SELECT count(*) FROM journal") == (1,)
            assert copied.row("SELECT count(*) FROM settings WHERE name = 'unfinished'") == (0,)
        plain(call("restore", copy, "--data", folder))
    finally:
        here.store.close()
    assert call("restore", copy, "--data", folder).exit_code == 0


def test_what_looks_at_a_running_station_cannot_write_to_its_store(tmp_path: Path) -> None:
    here = build_gate(tmp_path)
    try:
        with open_station_store(tmp_path, beside=True) as looked_at:
            with pytest.raises(StoreError) as refused:
                looked_at.settings.put("name", 1)
            looked_at.backups.save(tmp_path / "copy.db")
            with pytest.raises(StoreError):
                looked_at.settings.put("name", 1)
        assert refused.value.fault is StoreFault.READ_ONLY
    finally:
        here.store.close()


def test_restoring_what_is_no_backup_is_told_in_a_sentence_and_touches_nothing(tmp_path: Path) -> None:
    folder, nonsense = tmp_path / "station", tmp_path / "nonsense.db"
    here = build_gate(folder, [participant_row("ada")])
    here.gate.decide_scan(seal_ticket_for("ada"))
    here.store.close()
    nonsense.write_bytes(b"not a database" * 100)
    plain(call("restore", nonsense, "--data", folder))
    plain(call("restore", tmp_path / "missing.db", "--data", folder))
    assert json.loads(call("journal", "verify", "--data", folder, "--json").stdout)["rows"] == 1
