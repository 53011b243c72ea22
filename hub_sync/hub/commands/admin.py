"""`doorward-hub admin`: the people who sign in, for who sits at the machine."""

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
    print_result,
    report_errors,
    select_tenant,
)
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.hub.kit.text_types import Email, OptionalText

app = typer.Typer(
    help="People who sign in: create, list, reset-link.", no_args_is_help=True, pretty_exceptions_enable=False
)
_ALL_PERMISSIONS = frozenset({"*"})
"""What whoever sits at the machine holds."""


class _NewAccount(BaseModel):
    email: Email
    name: OptionalText


@app.callback()
def admin() -> None:
    """People who sign in."""


@app.command("create")
@report_errors
def create(
    email: Annotated[str, typer.Option(help="The address to sign in with.")],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    role: Annotated[Role, typer.Option(help="What they may do.", case_sensitive=False)] = Role.ADMIN,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from stdin and don't ask for it.")
    ] = False,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make an account, an administrator's by default. The password (12 characters or more) is asked for, never an argument."""
    asked = _NewAccount(email=email, name=name)
    with open_hub(data, database_url) as hub:
        with hub.uow.read() as work:
            select_tenant(work, tenant)
        password = _password(from_stdin=password_stdin)
        with hub.uow.begin(actor="cli") as work:
            owner = select_tenant(work, tenant)
            user = accounts.create_user(work, owner.id, asked.email, password, name=asked.name, role=role)
    answer = {"id": user.id, "email": user.email, "tenant_id": user.tenant_id, "role": user.role}
    who = "Administrator" if role is Role.ADMIN else role.value.capitalize()
    print_result(f"{who} {user.email} made.", answer, as_json=as_json)


@app.command("list")
@report_errors
def list_users(
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List who has an account: address, role, status, second factor, last sign-in."""
    with open_hub(data, database_url) as hub, hub.uow.read() as work:
        owner = select_tenant(work, tenant)
        people = [_to_dict(user) for user in accounts.all_users(work, owner.id)]
    lines = [
        f"{one['email']}  {one['role']}  {one['status']}"
        f"  {'second factor' if one['second_factor'] else 'password only'}"
        f"  {one['last_signed_in_at'] or 'never signed in'}"
        for one in people
    ]
    print_result("\n".join(lines) or "Nobody has an account.", {"users": people}, as_json=as_json)


@app.command("reset-link")
@report_errors
def reset_link(
    email: Annotated[str, typer.Option(help="Whose password is to be set anew.")],
    reset_second_factor: Annotated[
        bool, typer.Option("--reset-second-factor", help="Take their second factor off, too.")
    ] = False,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make a link by which somebody sets a password, good once: for handing on, it is a secret."""
    with open_hub(data, database_url) as hub:
        with hub.uow.begin(actor="cli") as work:
            owner = select_tenant(work, tenant)
            user = accounts.by_email(work, owner.id, email)
            if reset_second_factor and user.second_factor:
                accounts.reset_second_factor(work, owner.id, user.id, _ALL_PERMISSIONS)
            user, path = accounts.create_link(work, owner.id, user.id, _ALL_PERMISSIONS)
        link = accounts.absolute_url(hub.settings, path)
    print_result(link, {"id": user.id, "email": user.email, "link": link}, as_json=as_json)


def _to_dict(user: accounts.User) -> dict[str, str | bool | None]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "status": user.status.value,
        "second_factor": user.second_factor,
        "last_signed_in_at": user.last_signed_in_at.isoformat() if user.last_signed_in_at else None,
    }


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
