"""`doorward-hub admin`: accounts without the console, for who has locked everybody out."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from hub_sync.hub.commands.cli import app as command
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.own_account.service import use_link
from hub_sync.hub.domains.accounts.sign_in.service import SignIn, SignInAttempt
from hub_sync.hub.domains.accounts.tables import TokenPurpose
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.accounts.conftest import HERE, PASSWORD, People


@pytest.fixture
def admin(tmp_path: Path, database_url: str, people: People, hub: HubContext) -> "Admin":
    return Admin(tmp_path, database_url)


class Admin:
    """The command over the hub's own database."""

    def __init__(self, data: Path, database_url: str) -> None:
        self._where = ["--data", str(data), "--database-url", database_url]

    def __call__(self, *arguments: str, stdin: str = "", code: int = 0, **environment: str) -> str:
        done = CliRunner().invoke(
            command, ["admin", *arguments, *self._where], input=stdin, env=environment or None
        )
        assert done.exit_code == code, done.output
        return done.stdout if code == 0 else done.stderr


def test_people_are_listed_with_how_they_stand(admin: Admin) -> None:
    users = orjson.loads(admin("list", "--json"))["users"]
    assert [(item["email"], item["role"], item["status"]) for item in users] == [
        ("ada@example.org", "ADMIN", "ACTIVE"),
        ("oscar@example.org", "OPERATOR", "ACTIVE"),
        ("vera@example.org", "VIEWER", "ACTIVE"),
    ]
    assert "hash" not in str(users)
    plain = admin("list").splitlines()
    assert plain[0] == "ada@example.org  ADMIN  ACTIVE  password only  never signed in"


def test_an_account_of_any_role_is_made(admin: Admin) -> None:
    arguments = ("create", "--email", "bob@example.org", "--role", "operator", "--password-stdin")
    assert admin(*arguments, stdin=PASSWORD) == "Operator bob@example.org created.\n"
    assert "Usage" in admin(
        "create", "--email", "x@example.org", "--role", "emperor", "--password-stdin", code=2
    )


def test_a_link_lets_the_locked_out_in_again(
    admin: Admin, hub: HubContext, people: People, sign_in: SignIn
) -> None:
    output = admin("reset-link", "--email", "Ada@Example.org", DOORWARD_PUBLIC_URL="https://hub.example.org")
    assert output.startswith("https://hub.example.org/reset/")
    use_link(hub, output.strip().rpartition("/")[2], TokenPurpose.PASSWORD_RESET, "a brand new password")
    sign_in.authenticate(SignInAttempt("ada@example.org", "a brand new password"), HERE)
    with hub.uow.read() as work:
        entries = audit.entries_of(work, people.tenant_id, "user", people.admin)
    assert ("cli", "issue-link") in [(entry.actor, entry.action) for entry in entries]
    assert "Nobody has an account" in admin("reset-link", "--email", "nobody@example.org", code=1)


def test_a_lost_second_factor_is_taken_off_with_it(admin: Admin, hub: HubContext, people: People) -> None:
    with hub.uow.begin() as work:
        accounts.get(work, people.tenant_id, people.admin).totp_confirmed_at = work.now()
    link = orjson.loads(admin("reset-link", "--email", "ada@example.org", "--reset-second-factor", "--json"))[
        "link"
    ]
    assert link.startswith("http://127.0.0.1:8700/reset/")
    with hub.uow.read() as work:
        assert not accounts.get(work, people.tenant_id, people.admin).second_factor
