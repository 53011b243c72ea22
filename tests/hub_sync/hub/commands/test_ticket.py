"""`doorward-hub ticket`: what it opens it opens, what it refuses it refuses with its kind, whatever is thrown at it."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import pytest
import typer
import zxingcpp
from typer.testing import CliRunner, Result

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.commands.common import open_hub
from hub_sync.hub.commands.ticket.command import app
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.rules.tickets.ticket_codec import TicketPayload, open_ticket, seal_ticket
from hub_sync.rules.tickets.ticket_keys import KeyRing, TicketKey

KEY = "19abe5ed0dbf69466f9899e48d35d7a03685aa0023f8c8ccb8cd186ca8bf98e3"
NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
OTHER_KEY = "00" * 32
PAYLOAD = TicketPayload("p-1", "tenant_ß", "événement-7", 1764208916)
MEMBERS = {"pid": "p-1", "tid": "tenant_ß", "eid": "événement-7", "iat": 1764208916, "v": 1}


def seal(payload: TicketPayload = PAYLOAD, key: str = KEY) -> str:
    return seal_ticket(payload, TicketKey("k", bytes.fromhex(key)))


def ticket(*args: str, stdin: str | bytes | None = None, **environment: str | None) -> Result:
    environment = {"QR_ENCRYPTION_KEY": None, "SESSION_SECRET": None, **environment}
    return CliRunner().invoke(app, list(args), input=stdin, env=environment, prog_name="doorward-hub ticket")


def code_beginning_with(prefix: str) -> str:
    return next(code for code in iter(seal, None) if code.startswith(prefix))


def test_open_prints_one_object_and_exits_0() -> None:
    result = ticket("open", "--key", KEY, "--json", seal())
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"ok": True, "payload": MEMBERS}
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (seal(key=OTHER_KEY), "forged"),
        ("https://example.org/poster", "not_a_ticket"),
        ("", "not_a_ticket"),
        ("x" * 5000, "not_a_ticket"),
        ("\udcff\udcfe", "not_a_ticket"),
        (seal()[:-4] + "AAAA", "damaged"),
        (seal(TicketPayload("p", "t", "e", 1, v=2)), "unsupported"),
        (seal(TicketPayload("", "t", "e", 1)), "malformed"),
    ],
)
def test_a_code_that_does_not_open_says_its_kind_and_exits_1(code: str, kind: str) -> None:
    result = ticket("open", "--key", KEY, "--json", "--", code)
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert (answer["ok"], answer["kind"]) == (False, kind)
    assert answer["message"]
    assert not result.stderr


@pytest.mark.parametrize("prefix", ["-", "--"])
@pytest.mark.parametrize("separator", [[], ["--"]])
def test_a_code_that_begins_with_a_dash_is_a_code(prefix: str, separator: list[str]) -> None:
    result = ticket("open", "--json", "--key", KEY, *separator, code_beginning_with(prefix))
    assert json.loads(result.stdout) == {"ok": True, "payload": MEMBERS}


def test_stdin_answers_a_line_with_a_line_whatever_the_line() -> None:
    lines = [
        seal().encode(),
        b"",
        b"\xff\xfe garbage",
        b"\x00",
        seal(key=OTHER_KEY).encode() + b"\r",
        b"\xe2\x80\xa8x",
    ]
    result = ticket("open", "--key", KEY, "--json", "-", stdin=b"\n".join(lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    kinds = [answer.get("kind", "ok") for answer in answers]
    assert kinds == ["ok", "not_a_ticket", "not_a_ticket", "not_a_ticket", "forged", "not_a_ticket"]
    assert result.exit_code == 0


def test_stdin_answers_each_line_before_the_next_is_sent() -> None:
    command = [sys.executable, "-c", "from hub_sync.hub.commands.ticket.command import app; app()"]
    with subprocess.Popen(
        [*command, "open", "--key", KEY, "--json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as opener:
        assert opener.stdin is not None
        assert opener.stdout is not None
        for code, ok in ((seal(), True), ("nothing", False), (seal(), True)):
            opener.stdin.write(code.encode() + b"\n")
            opener.stdin.flush()
            assert json.loads(opener.stdout.readline())["ok"] is ok
        opener.stdin.close()
        assert opener.wait(10) == 0


def test_plain_words_without_json() -> None:
    assert "Good: participant p-1" in ticket("open", "--key", KEY, seal()).stdout
    refused = ticket("open", "--key", OTHER_KEY, seal())
    assert refused.exit_code == 1
    assert "Refused (forged)" in refused.stdout


def test_a_sealed_text_puts_no_control_characters_on_the_terminal() -> None:
    nasty = seal(TicketPayload("\x1b[2J", "t\n", "e\u202e", 1))
    output = ticket("open", "--key", KEY, nasty).stdout
    assert "\x1b" not in output
    assert "\u202e" not in output
    assert output.count("\n") == 1


@pytest.mark.parametrize("bad", ["", "12", "zz" * 32, KEY + "00"])
def test_a_bad_key_is_one_sentence_and_exit_2(bad: str) -> None:
    result = ticket("open", "--key", bad, "--json", seal())
    assert result.exit_code == 2
    assert not result.stdout
    assert result.stderr.count("\n") == 1
    assert "64 hex digits" in result.stderr


def test_the_environment_names_the_key_and_the_session_secret_stands_in() -> None:
    assert ticket("open", "--json", seal(), QR_ENCRYPTION_KEY=KEY, SESSION_SECRET="x").exit_code == 0
    derived = seal(
        key="2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
    )  # SHA-256 of "secret"
    assert ticket("open", "--json", derived, SESSION_SECRET="secret").exit_code == 0
    bad = ticket("open", "--json", seal(), QR_ENCRYPTION_KEY="nonsense")
    assert bad.exit_code == 2
    assert bad.stderr.startswith("QR_ENCRYPTION_KEY is no good")


def test_opening_with_a_key_loads_neither_server_nor_database() -> None:
    program = (
        "import sys; from hub_sync.hub.commands.ticket.command import app\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        "print(sorted({'fastapi', 'sqlalchemy', 'uvicorn', 'segno'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, "open", "--key", KEY, "--json", seal()],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert ran.stdout.splitlines()[1] == "[]"


@pytest.mark.parametrize("level", ["M", "Q", "q"])
def test_issue_writes_a_png_an_svg_and_a_text_that_a_decoder_reads(tmp_path: Path, level: str) -> None:
    args = ("--pid", "p-1", "--tid", "t", "--eid", "e", "--iat", "7", "--level", level)
    result = ticket("issue", *args, "--key", KEY, "--out", str(tmp_path / "new"), "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    (read,) = zxingcpp.read_barcodes(
        cv2.imread(answer["files"]["png"]), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    assert read.text == answer["code"] == Path(answer["files"]["text"]).read_text().strip()
    assert read.ec_level == level.upper()
    assert "<svg" in Path(answer["files"]["svg"]).read_text()
    assert open_ticket(read.text, KeyRing.from_material(bytes.fromhex(KEY))) == TicketPayload(
        "p-1", "t", "e", 7
    )


@pytest.mark.parametrize("pid", ["../../x", "a/b", "..", "\x01", "é", "p" * 300])
def test_an_odd_id_stays_inside_the_folder(tmp_path: Path, pid: str) -> None:
    result = ticket(
        "issue", "--pid", pid, "--tid", "t", "--eid", "e", "--key", KEY, "--out", str(tmp_path / "in")
    )
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "in").iterdir())) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("args", "status", "says"),
    [
        (["--pid", "p"], 2, "Say for whom"),
        (["--pid", "p", "--tid", "t", "--eid", "e", "--level", "Z"], 2, "--level is M or Q"),
        (["--participant", "x", "--pid", "p"], 2, "not both"),
        (["--pid", "p" * 2500, "--tid", "t", "--eid", "e"], 1, "too long"),
        (["--pid", "p", "--tid", "t", "--eid", "e", "--out", "/dev/null/x"], 1, "could not be written"),
    ],
)
def test_issue_speaks_plainly_of_what_it_cannot_do(args: list[str], status: int, says: str) -> None:
    result = ticket("issue", "--key", KEY, *args)
    assert result.exit_code == status
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def hub_with_a_participant(folder: Path) -> tuple[str, str]:
    """Create a hub's folder with one registered person; return the tenant's and the event's id."""
    with open_hub(folder, None, creates=True) as hub, hub.uow.begin() as work:
        tenant = tenants.create(work, hub.secret_box, slug="acme", name="Acme")
        dates: dict[str, Any] = {"starts_at": NOON, "ends_at": NOON.replace(day=12), "time_zone": "UTC"}
        event = events.create(work, tenant.id, events.NewEvent(slug="e", name="E", **dates))
        participants.create(work, tenant.id, event.id, participants.NewParticipant(id="ada"))
    return tenant.id, event.id


def test_the_hubs_own_keys_issue_and_open(tmp_path: Path) -> None:
    tenant_id, event_id = hub_with_a_participant(tmp_path)
    issued = ticket(
        "issue", "--participant", "ada", "--data", str(tmp_path), "--out", str(tmp_path / "t"), "--json"
    )
    assert issued.exit_code == 0, issued.output
    code = json.loads(issued.stdout)["code"]
    for where in ({}, {"QR_ENCRYPTION_KEY": OTHER_KEY}):
        opened = ticket("open", "--data", str(tmp_path), "--json", "--", code, **where)
        assert json.loads(opened.stdout)["payload"]["pid"] == "ada"
    assert json.loads(opened.stdout)["payload"] == {
        **json.loads(issued.stdout)["payload"],
        "tid": tenant_id,
        "eid": event_id,
    }
    usual = ticket("open", "--json", "--", code, DOORWARD_DATA=str(tmp_path))
    assert usual.exit_code == 0
    assert ticket("open", "--json", "--data", str(tmp_path), seal()).exit_code == 1


def test_who_was_cancelled_gets_no_ticket_by_command_either(tmp_path: Path) -> None:
    tenant_id, event_id = hub_with_a_participant(tmp_path)
    with open_hub(tmp_path, None) as hub, hub.uow.begin() as work:
        participants.update_status(work, tenant_id, event_id, "ada", ParticipantStatus.CANCELLED)
    refused = ticket("issue", "--participant", "ada", "--data", str(tmp_path), "--out", str(tmp_path / "t"))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "This registration was cancelled, so there is no ticket for it.\n"
    assert not (tmp_path / "t").exists()


def test_a_hub_that_is_not_there_is_one_sentence_and_is_not_made(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    for args in (
        ("open", "--data", str(nowhere), "x"),
        ("issue", "--participant", "p", "--data", str(nowhere)),
    ):
        result = ticket(*args)
        assert result.exit_code != 0
        assert "there is no hub in" in result.stderr
        assert result.stderr.count("\n") == 1
    assert not nowhere.exists()
    (tmp_path / "hub.db").write_bytes(b"not a database, not at all" * 100)
    broken = ticket("open", "--data", str(tmp_path), "x")
    assert broken.exit_code == 2
    assert broken.stderr.startswith("The hub's database can't be read")
    assert not broken.stdout


def test_a_participant_whom_the_hub_does_not_know_is_named_as_such(tmp_path: Path) -> None:
    hub_with_a_participant(tmp_path)
    result = ticket("issue", "--participant", "nobody", "--data", str(tmp_path))
    assert (result.exit_code, result.stderr) == (1, "The hub knows no participant of this id.\n")


def test_help_names_every_option() -> None:
    help_text = ticket("open", "--help")
    assert help_text.exit_code == 0
    assert isinstance(app, typer.Typer)
    for option in ("--key", "--data", "--json", "CODE"):
        assert option in help_text.stdout
