"""`doorward-hub admin`: people who may do everything in a tenant."""

import sys
from typing import Annotated

import typer
from pydantic import BaseModel

from hub_sync.hub.commands.common import (
    AsJson,
    Data,
    DatabaseUrl,
    TenantSlug,
    open_hub,
    pick_tenant,
    plainly,
    say,
)
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.kit.texts import Email, OptionalLine

app = typer.Typer(help="Administrators: create.", no_args_is_help=True, pretty_exceptions_enable=False)


class _Asked(BaseModel):
    email: Email
    name: OptionalLine


@app.callback()
def admin() -> None:
    """Administrators."""


@app.command("create")
@plainly
def create(
    email: Annotated[str, typer.Option(help="The address to sign in with.")],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from stdin and don't ask for it.")
    ] = False,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make an administrator's account. The password (12 characters or more) is asked for, never an argument."""
    asked = _Asked(email=email, name=name)
    with open_hub(data, database_url) as hub:
        with hub.uow.read() as work:
            pick_tenant(work, tenant)
        password = _password(from_stdin=password_stdin)
        with hub.uow.begin(actor="cli") as work:
            owner = pick_tenant(work, tenant)
            user = accounts.create_user(work, owner.id, asked.email, password, name=asked.name)
    answer = {"id": user.id, "email": user.email, "tenant_id": user.tenant_id, "role": user.role}
    say(f"Administrator {user.email} made.", answer, as_json=as_json)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
