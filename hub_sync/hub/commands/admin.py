"""`doorward-hub admin`: manage users from the hub's machine."""

from __future__ import annotations

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
from hub_sync.hub.commands.lazy_imports import lazy_imports
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.hub.kit.text_types import Email, OptionalText

with lazy_imports():
    from hub_sync.hub.domains.accounts import service as accounts

app = typer.Typer(
    help="Manage users: create, list, reset-link.", no_args_is_help=True, pretty_exceptions_enable=False
)


class _NewAccount(BaseModel):
    email: Email
    name: OptionalText


@app.callback()
def admin() -> None:
    """Manage users."""


@app.command("create")
@report_errors
def create(
    email: Annotated[str, typer.Option(help="Address to sign in with.")],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    role: Annotated[Role, typer.Option(help="Role of the user.", case_sensitive=False)] = Role.ADMIN,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from stdin and don't ask for it.")
    ] = False,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a user, by default an administrator. The command prompts for the password (12 characters or more)."""
    account = _NewAccount(email=email, name=name)
    with open_hub(data, database_url) as hub:
        with hub.uow.read() as work:
            select_tenant(work, tenant)
        password = _password(from_stdin=password_stdin)
        with hub.uow.begin(actor="cli") as work:
            owner = select_tenant(work, tenant)
            user = accounts.create_user(work, owner.id, account.email, password, name=account.name, role=role)
    answer = {"id": user.id, "email": user.email, "tenant_id": user.tenant_id, "role": user.role}
    who = "Administrator" if role is Role.ADMIN else role.value.capitalize()
    print_result(f"{who} {user.email} created.", answer, as_json=as_json)


@app.command("list")
@report_errors
def list_users(
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List users: address, role, status, second factor, last sign-in."""
    with open_hub(data, database_url) as hub, hub.uow.read() as work:
        owner = select_tenant(work, tenant)
        people = [_to_dict(user) for user in accounts.all_users(work, owner.id)]
    lines = [
        f"{user['email']}  {user['role']}  {user['status']}"
        f"  {'second factor' if user['second_factor'] else 'password only'}"
        f"  {user['last_signed_in_at'] or 'never signed in'}"
        for user in people
    ]
    print_result("\n".join(lines) or "There is no user.", {"users": people}, as_json=as_json)


@app.command("reset-link")
@report_errors
def reset_link(
    email: Annotated[str, typer.Option(help="Address of the user who needs a new password.")],
    reset_second_factor: Annotated[
        bool, typer.Option("--reset-second-factor", help="Remove their second factor too.")
    ] = False,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a link with which a user sets a password. It works once and is secret: pass it on safely."""
    with open_hub(data, database_url) as hub:
        with hub.uow.begin(actor="cli") as work:
            owner = select_tenant(work, tenant)
            user = accounts.by_email(work, owner.id, email)
            if reset_second_factor and user.second_factor:
                accounts.reset_second_factor(work, owner.id, user.id, UNBOUNDED)
            user, path = accounts.create_link(work, owner.id, user.id, UNBOUNDED)
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
