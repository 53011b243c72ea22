"""`doorward-hub api-key` as a person and as a script use it."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from hub_sync.hub.app import create_app
from hub_sync.hub.commands.cli import app
from hub_sync.hub.kit.settings import HubSettings

OURS = ("DOORWARD_", "QR_ENCRYPTION_KEY", "SESSION_SECRET")


@dataclass(frozen=True)
class Done:
    """The exit status and output of a command."""

    status: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, object]:
        """The JSON that it printed."""
        assert self.status == 0, self.err
        payload: dict[str, object] = json.loads(self.out)
        return payload


@pytest.fixture
def data(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """Return a hub's folder with one tenant."""
    (tmp_path / "hub.db").write_bytes(migrated_sqlite.read_bytes())
    done = run("tenant", "create", "--data", tmp_path, "--slug", "acme", "--name", "Acme")
    assert done.status == 0, done.err
    return tmp_path


def run(*arguments: object) -> Done:
    """Run a command in this process."""
    absent: dict[str, str | None] = dict.fromkeys(name for name in os.environ if name.startswith(OURS))
    before = os.umask(0o022)
    try:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], env=absent)
    finally:
        os.umask(before)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def api_key(data: Path, *arguments: object) -> Done:
    """Run an `api-key` command over the folder."""
    return run("api-key", *arguments, "--data", data, "--tenant", "acme")


def test_a_key_made_by_command_opens_the_hub_until_it_is_revoked(data: Path) -> None:
    created = api_key(
        data,
        "create",
        "--name",
        "Badges",
        "--permission",
        "events:read",
        "--permission",
        "api-keys:*",
        "--json",
    ).answer
    assert created["permissions"] == ["api-keys:*", "events:read"]
    assert (created["tier"], created["calls_a_minute"], created["status"]) == ("STANDARD", 100, "ACTIVE")
    assert str(created["key"]).startswith(str(created["prefix"]))
    headers = {"X-API-Key": str(created["key"])}
    with TestClient(create_app(HubSettings(data=data, database_url=""))) as caller:
        assert caller.get("/api/v1/api-keys", headers=headers).status_code == 200
        assert api_key(data, "revoke", created["prefix"]).status == 0
        assert caller.get("/api/v1/api-keys", headers=headers).status_code == 401


def test_without_json_the_key_alone_stands_on_stdout(data: Path) -> None:
    done = api_key(data, "create", "--name", "Badges", "--permission", "*")
    assert done.status == 0
    assert len(done.out.strip()) == 72
    assert "only time" in done.err


def test_every_setting_can_be_given(data: Path) -> None:
    created = api_key(
        data,
        *("create", "--name", "Badges", "--permission", "events:read", "--rate-limit", 7, "--json"),
        *("--expires", "2099-12-31", "--allow", "192.0.2.7", "--allow", "2001:db8::/32"),
    ).answer
    assert (created["tier"], created["calls_a_minute"]) == ("CUSTOM", 7)
    assert created["expires_at"] == "2099-12-31T23:59:59+00:00"
    assert created["ip_allow_list"] == ["192.0.2.7/32", "2001:db8::/32"]
    listed = api_key(data, "list", "--json")
    assert str(created["key"]) not in listed.out
    assert [key["id"] for key in listed.answer["keys"]] == [created["id"]]  # type: ignore[attr-defined]
    plain = api_key(data, "list")
    assert str(created["prefix"]) in plain.out
    assert "7/min" in plain.out


def test_a_rotated_key_says_how_long_the_old_one_is_good(data: Path) -> None:
    old = api_key(data, "create", "--name", "Badges", "--permission", "*", "--json").answer
    new = api_key(data, "rotate", old["id"], "--grace", 60, "--json").answer
    assert (new["replaces"], new["permissions"]) == (old["id"], ["*"])
    assert new["old_good_until"]
    assert new["key"] != old["key"]
    assert api_key(data, "rotate", old["id"]).status == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--permission", "events:fly"], "permissions.0: there is no permission"),
        (["--permission", "*", "--expires", "tomorrow"], "is no time"),
        (["--permission", "*", "--expires", "2001-01-01"], "over already"),
        (["--permission", "*", "--allow", "192.0.2.1/24"], "not an address or a network"),
        (["--permission", "*", "--tier", "CUSTOM"], "needs a rate_limit"),
        (["--permission", "*", "--tier", "elevated", "--rate-limit", "5"], "rate_limit"),
    ],
)
def test_mistakes_are_said_in_a_sentence(data: Path, arguments: list[str], expected: str) -> None:
    done = api_key(data, "create", "--name", "Badges", *arguments)
    assert done.status == 1
    assert expected in done.err
    assert "Traceback" not in done.err
    assert not done.out


def test_a_key_that_is_not_there_is_said(data: Path) -> None:
    for command in ("revoke", "rotate"):
        done = api_key(data, command, "ak_0000_000000000000")
        assert (done.status, done.out) == (1, "")
        assert "no such API key" in done.err


def test_where_the_rest_api_is_off_that_is_said(data: Path) -> None:
    assert run("flag", "off", "FF_REST_API", "--data", data).status == 0
    done = api_key(data, "create", "--name", "Badges", "--permission", "*", "--json")
    assert "switched off" in done.err
    assert done.answer["key"]
