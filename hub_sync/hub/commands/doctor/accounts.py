"""What `doctor` looks at in accounts and keys: who could lock themselves out, and which keys need care."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, TextClause, bindparam, text

from hub_sync.hub.commands.doctor.finding import Finding
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.db.tables import UtcTime

SOON = timedelta(days=14)
_LISTED = 5

_WITHOUT_ADMIN = text(
    "SELECT slug FROM tenants WHERE NOT EXISTS (SELECT 1 FROM users WHERE users.tenant_id = tenants.id"
    " AND users.role = 'ADMIN' AND users.active) ORDER BY slug"
)
_RUN_OUT = text(
    "SELECT name FROM api_keys WHERE status = 'ACTIVE' AND expires_at > :now AND expires_at <= :then ORDER BY expires_at"
).bindparams(bindparam("now", type_=UtcTime()), bindparam("then", type_=UtcTime()))
_UNUSED = text(
    "SELECT name FROM api_keys WHERE status = 'ACTIVE' AND last_used_at IS NULL AND created_at <= :then"
    " AND (expires_at IS NULL OR expires_at > :now) ORDER BY created_at"
).bindparams(bindparam("now", type_=UtcTime()), bindparam("then", type_=UtcTime()))


def accounts(database: Database, now: datetime) -> Iterator[Finding]:
    """Tenants without an administrator; keys that run out soon, and keys that nobody uses."""
    with database.engine.connect() as connection:
        lonely = _names(connection, _WITHOUT_ADMIN)
        if lonely:
            message = f"No active one: {_some(lonely)}. Make one: doorward-hub admin create --tenant SLUG."
            yield Finding("administrators", "warn", message)
        ending = _names(connection, _RUN_OUT, now=now, then=now + SOON)
        if ending:
            message = f"{len(ending)} run out within {SOON.days} days: {_some(ending)}. Rotate them in time."
            yield Finding("api keys", "warn", message)
        unused = _names(connection, _UNUSED, now=now, then=now - SOON)
        if unused:
            message = f"{len(unused)} older than {SOON.days} days were never used: {_some(unused)}. Revoke what nobody needs."
            yield Finding("unused keys", "warn", message)


def _names(connection: Connection, asked: TextClause, **given: datetime) -> list[str]:
    return list(connection.scalars(asked, given))


def _some(names: list[str]) -> str:
    """The first few, by names that hold nothing to steer a terminal with."""
    told = ", ".join("".join(c if c.isprintable() else "�" for c in name) for name in names[:_LISTED])
    return told if len(names) <= _LISTED else f"{told} and {len(names) - _LISTED} more"
