"""`doorward-hub api-key`: manage API keys without the console."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hub_sync.contract.enums import RateLimitTier
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
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.commands.lazy_imports import lazy_imports
from hub_sync.hub.kit.security.credential_bounds import DAY_S, MAX_GRACE_S
from hub_sync.hub.kit.security.feature_flag import FF_REST_API

with lazy_imports():
    from hub_sync.hub.domains.api_keys import service as api_keys
    from hub_sync.hub.domains.feature_flags import service as feature_flags
    from hub_sync.hub.kit.db import unit_of_work

app = typer.Typer(
    help="Manage API keys: create, list, rotate, revoke.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

SHOWN_ONCE_NOTE = "This is the only time that the key is shown: store it now."
API_OFF_WARNING = "WARNING: the REST API is switched off for this tenant, so the key can't be used yet."

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="The key's id, or its prefix (ak_xxxx_…).")]


@app.command("create")
@report_errors
def create(  # noqa: PLR0917 - typer makes options of them
    name: Annotated[str, typer.Option("--name", help="Purpose of the key.")],
    permission: Annotated[
        list[str],
        typer.Option(
            "--permission", metavar="P", help="events:read, events:* or *; repeat it for each permission."
        ),
    ],
    tier: Annotated[
        RateLimitTier | None,
        typer.Option(
            "--tier",
            case_sensitive=False,
            help="Calls a minute: 100 (the default), 500, 2000, or --rate-limit.",
        ),
    ] = None,
    rate_limit: Annotated[
        int | None, typer.Option("--rate-limit", metavar="N", help="Calls a minute; makes the tier CUSTOM.")
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            metavar="TIME",
            help="Time at which it expires: 2030-12-31, or 2030-12-31T18:00+01:00. Without an offset: UTC.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow", metavar="CIDR", help="Accept it from this network only; repeat it for each network."
        ),
    ] = None,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print it once. Only its hash is stored: rotate a lost key."""
    new = api_keys.NewApiKey(
        name=name,
        permissions=permission,
        tier=tier or (RateLimitTier.STANDARD if rate_limit is None else RateLimitTier.CUSTOM),
        rate_limit=rate_limit,
        ip_allow_list=allow or [],
        expires_at=_parse_expiry(expires),
    )
    with open_hub(data, database_url) as hub, hub.uow.begin(actor="cli") as work:
        owner = select_tenant(work, tenant)
        key, raw = api_keys.create(work, owner.id, new)
        opens = feature_flags.is_on(work, owner.id, FF_REST_API)
        description = _to_dict(work, key)
    _print_key(description, raw, opens=opens, as_json=as_json)


@app.command("list")
@report_errors
def list_all(
    tenant: TenantSlug = None, data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """List the keys with status, limit, usage and permissions."""
    with open_hub(data, database_url) as hub, hub.uow.read() as work:
        owner = select_tenant(work, tenant)
        keys = [_to_dict(work, key) for key in api_keys.all_keys(work, owner.id)]
    print_result("\n".join(map(_line, keys)) or "No API key yet.", {"keys": keys}, as_json=as_json)


@app.command("rotate")
@report_errors
def rotate(
    which: KeyArgument,
    grace_s: Annotated[
        int,
        typer.Option(
            "--grace", metavar="SECONDS", min=0, max=MAX_GRACE_S, help="How long the old key stays valid."
        ),
    ] = DAY_S,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Replace a key by a new one with the same settings, and print that one, once."""
    with open_hub(data, database_url) as hub, hub.uow.begin(actor="cli") as work:
        owner = select_tenant(work, tenant)
        old = api_keys.find_by_id_or_prefix(work, owner.id, which)
        key, raw = api_keys.rotate(work, owner.id, old.id, grace_s)
        opens = feature_flags.is_on(work, owner.id, FF_REST_API)
        description = _to_dict(work, key) | {"replaces": old.id, "old_good_until": _iso(old.grace_until)}
    _print_key(description, raw, opens=opens, as_json=as_json)


@app.command("revoke")
@report_errors
def revoke(
    which: KeyArgument,
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a key permanently: the running hub refuses it from the next request on."""
    with open_hub(data, database_url) as hub, hub.uow.begin(actor="cli") as work:
        owner = select_tenant(work, tenant)
        key = api_keys.revoke(work, owner.id, api_keys.find_by_id_or_prefix(work, owner.id, which).id)
        description = _to_dict(work, key)
    print_result(f"API key {description['prefix']}… revoked.", description, as_json=as_json)


def _print_key(description: dict[str, Any], raw: str, *, opens: bool, as_json: bool) -> None:
    if not opens:
        typer.echo(API_OFF_WARNING, err=True)
    if not as_json:
        typer.echo(SHOWN_ONCE_NOTE, err=True)
    print_result(raw, description | {"key": raw}, as_json=as_json)


def _to_dict(work: unit_of_work.Work, key: api_keys.ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "tenant_id": key.tenant_id,
        "name": key.name,
        "prefix": key.prefix,
        "status": api_keys.current_status(key.status, key.expires_at, work.now()).value,
        "permissions": key.permissions,
        "tier": key.tier.value,
        "calls_a_minute": api_keys.calls_a_minute(key.tier, key.rate_limit),
        "ip_allow_list": key.ip_allow_list,
        "expires_at": _iso(key.expires_at),
        "grace_until": _iso(key.grace_until),
        "last_used_at": _iso(key.last_used_at),
        "usage_count": key.usage_count,
    }


def _line(description: dict[str, Any]) -> str:
    columns = (
        f"{description['prefix']}…",
        description["status"],
        f"{description['calls_a_minute']}/min",
        f"{description['usage_count']} calls",
        " ".join(description["permissions"]),
        description["name"],
    )
    # A name may come from anybody who manages keys: it may send no control characters to the terminal.
    return "\t".join(
        "".join(character if character.isprintable() else "\ufffd" for character in text) for text in columns
    )


def _parse_expiry(written: str | None) -> datetime | None:
    """Return a time with its zone; a date alone means its last moment, so that the key is valid on that day."""
    if written is None:
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        written += "T23:59:59"
    try:
        time = datetime.fromisoformat(written)
    except ValueError as error:
        raise CommandFailed(f"“{written}” is no time: write 2030-12-31 or 2030-12-31T18:00+01:00.") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
