"""`doorward-hub flag`: which parts of the hub a tenant has switched on."""

from __future__ import annotations

from typing import Annotated

import typer

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

with lazy_imports():
    from hub_sync.hub.domains.feature_flags import service as flags

app = typer.Typer(help="Feature flags: list, on, off.", no_args_is_help=True, pretty_exceptions_enable=False)
Key = Annotated[str, typer.Argument(help="The flag: FF_WEBHOOKS, or webhooks.")]


@app.command("list")
@report_errors
def list_all(
    tenant: TenantSlug = None, data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """List the flags as they stand for a tenant."""
    with open_hub(data, database_url) as hub, hub.uow.read() as work:
        states = flags.flag_states(work, select_tenant(work, tenant).id)
    plain = "\n".join(f"{state.key}\t{'on' if state.enabled else 'off'}" for state in states)
    print_result(plain, {"flags": {state.key.value: state.enabled for state in states}}, as_json=as_json)


@app.command("on")
@report_errors
def switch_on(
    key: Key,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Switch a flag on for a tenant."""
    _switch(key, tenant, data, database_url, enabled=True, as_json=as_json)


@app.command("off")
@report_errors
def switch_off(
    key: Key,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Switch a flag off for a tenant: what it opened answers 404."""
    _switch(key, tenant, data, database_url, enabled=False, as_json=as_json)


def _switch(
    key: str, slug: TenantSlug, data: Data, database_url: DatabaseUrl, *, enabled: bool, as_json: bool
) -> None:
    flag = flags.flag_of(key)
    with open_hub(data, database_url) as hub, hub.uow.begin(actor="cli") as work:
        tenant = select_tenant(work, slug)
        flags.switch(work, tenant.id, flag, enabled)
    answer = {"tenant": tenant.slug, "key": flag.value, "enabled": enabled}
    print_result(f"{flag.value} is {'on' if enabled else 'off'} for {tenant.slug}.", answer, as_json=as_json)
