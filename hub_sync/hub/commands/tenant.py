"""`doorward-hub tenant`: organisers."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import BaseModel

from hub_sync.contract.enums import QrFormat
from hub_sync.hub.commands.common import (
    AsJson,
    Data,
    DatabaseUrl,
    open_hub,
    print_result,
    report_errors,
)
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.commands.lazy_imports import lazy_imports
from hub_sync.hub.kit.text_types import SingleLineText, Slug

with lazy_imports():
    from hub_sync.hub.domains.tenants import service as tenants

app = typer.Typer(
    help="Organisers: create, list, choose the version of tickets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


class _NewTenant(BaseModel):
    slug: Slug
    name: SingleLineText


@app.command("create")
@report_errors
def create(
    slug: Annotated[str, typer.Option(help="Short name for addresses: letters, digits, dashes.")],
    name: Annotated[str, typer.Option(help="The organiser's name.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a tenant with its roles and its first ticket key.

    The key is QR_ENCRYPTION_KEY's, else derived from SESSION_SECRET, else a random one.
    """
    form = _NewTenant(slug=slug, name=name)
    with open_hub(data, database_url) as hub, hub.uow.begin(actor="cli") as work:
        try:
            tenant = tenants.create(
                work,
                hub.secret_box,
                slug=form.slug,
                name=form.name,
                qr_encryption_key=hub.settings.qr_encryption_key.get_secret_value(),
                session_secret=hub.settings.session_secret.get_secret_value(),
            )
        except ValueError as error:
            raise CommandFailed(f"QR_ENCRYPTION_KEY is no good: {error}.") from error
        derived = any(tenant_id == tenant.id for tenant_id, _ in tenants.development_keys(work))
    if derived:
        typer.echo(tenants.DERIVED_KEY_WARNING, err=True)
    answer = {"id": tenant.id, "slug": tenant.slug, "name": tenant.name, "key_is_derived": derived}
    print_result(f"Tenant {tenant.slug} created: {tenant.id}", answer, as_json=as_json)


@app.command("ticket-format")
@report_errors
def set_ticket_format(
    slug: Annotated[str, typer.Option(help="The tenant.")],
    qr_format: Annotated[
        QrFormat, typer.Option("--format", help="v1: sealed with AES. v2: signed with Ed25519.")
    ],
    retire: Annotated[
        bool, typer.Option("--retire", help="Refuse tickets of the other version from now on.")
    ] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Choose the version of the tickets that are issued from now on. Gates open both, until the other is retired.

    With v2, a station holds only the public part of the key: a stolen one can create no ticket. Reissue the tickets that are
    out, then retire v1.
    """
    with open_hub(data, database_url) as hub, hub.uow.begin(actor="cli") as work:
        tenant = tenants.by_slug(work, slug)
        old_until = work.now() if retire else None
        tenants.set_format(work, hub.secret_box, tenant.id, qr_format, old_until)
    sentence = f"Tenant {slug} issues tickets of version {qr_format.value[1:]}."
    if retire:
        sentence += " Tickets of the other version are refused."
    print_result(sentence, {"slug": slug, "qr_format": qr_format.value, "retired": retire}, as_json=as_json)


@app.command("list")
@report_errors
def list_all(data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """List the tenants."""
    with open_hub(data, database_url) as hub, hub.uow.read() as work:
        rows = [
            {"id": tenant.id, "slug": tenant.slug, "name": tenant.name}
            for tenant in tenants.all_tenants(work)
        ]
    plain = (
        "\n".join(f"{tenant['slug']}\t{tenant['id']}\t{tenant['name']}" for tenant in rows)
        or "No tenant yet."
    )
    print_result(plain, {"tenants": rows}, as_json=as_json)
