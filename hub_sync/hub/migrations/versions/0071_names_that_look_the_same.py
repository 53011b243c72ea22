"""Names that differ by capital letters only are refused by a unique index; of those that are there, the newer ones get a number.

The audit log and the log of the program say which. The feeds of their events get a new epoch, so that stations pull them again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
import structlog
from alembic import op

from hub_sync.contract.ids import new_id
from hub_sync.hub.kit.db.search_column import fold_search_text
from hub_sync.hub.kit.db.tables import UtcTime, json_type
from hub_sync.rules.text_normalization import name_key

revision = "0071"
down_revision = "0073"
branch_labels = None
depends_on = None

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Kind:
    """A kind of thing whose names are unique: `length` of a name, and what else of a row is searched."""

    table: str
    entity: str
    length: int = 120
    is_of_event: bool = True
    is_kept: bool = True
    """A deleted row stays, with `deleted_at`, and its name is free."""
    searched: tuple[str, ...] = ("name",)

    @property
    def scope(self) -> list[str]:
        """Return the columns within which a name is unique."""
        return ["tenant_id", *(["event_id"] if self.is_of_event else [])]


_KINDS = (
    _Kind("checkpoints", "checkpoint"),
    _Kind("station_operators", "station_operator"),
    _Kind("queues", "queue"),
    _Kind("queue_counters", "queue_counter"),
    _Kind(
        "message_senders",
        "message_sender",
        is_of_event=False,
        is_kept=False,
        searched=("name", "from_address"),
    ),
    _Kind("workflows", "workflow", length=200, is_kept=False),
    _Kind("business_calendars", "business_calendar", length=200, is_of_event=False),
)
_FOLLOWED = frozenset(("checkpoints", "station_operators", "queues", "queue_counters"))
_FEEDS = sa.table("event_feeds", *map(sa.column, ("tenant_id", "event_id", "epoch")))
_AUDIT = sa.table(
    "audit_logs",
    *map(sa.column, ("tenant_id", "id", "actor", "action", "entity", "entity_id")),
    sa.column("before", json_type()),
    sa.column("after", json_type()),
    sa.column("created_at", UtcTime()),
    sa.column("updated_at", UtcTime()),
)


def upgrade() -> None:
    """Upgrade rows and schema."""
    for kind in _KINDS:
        op.add_column(kind.table, sa.Column("folded_name", sa.String))
        _name_apart(kind)
        _drop_unique(kind, "name")
        with op.batch_alter_table(kind.table) as table:
            table.alter_column("folded_name", existing_type=sa.String(), nullable=False)
        _create_unique(kind, "folded_name")


def downgrade() -> None:
    """Downgrade the schema. Names that got a number keep it."""
    for kind in reversed(_KINDS):
        _drop_unique(kind, "folded_name")
        with op.batch_alter_table(kind.table) as table:
            table.drop_column("folded_name")
        _create_unique(kind, "name")


def _create_unique(kind: _Kind, column: str) -> None:
    name, columns = f"uq_{kind.table}_{column}", [*kind.scope, column]
    if kind.table == "workflows":
        with op.batch_alter_table(kind.table) as table:
            table.create_unique_constraint(name, columns)
        return
    present = sa.text("deleted_at IS NULL") if kind.is_kept else None
    op.create_index(name, kind.table, columns, unique=True, sqlite_where=present, postgresql_where=present)


def _drop_unique(kind: _Kind, column: str) -> None:
    name = f"uq_{kind.table}_{column}"
    if kind.table == "workflows":
        with op.batch_alter_table(kind.table) as table:
            table.drop_constraint(name, type_="unique")
        return
    op.drop_index(name, table_name=kind.table)


def _name_apart(kind: _Kind) -> None:
    """Write the keys of all names. A name that an older thing has in other letters gets a number."""
    columns = (
        "id",
        *kind.scope,
        "name",
        "folded_name",
        "version",
        "searched",
        "created_at",
        *kind.searched[1:],
    )
    table = sa.table(kind.table, *map(sa.column, columns))
    scopes: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for row in _rows(kind, columns, is_present=True):
        scopes[tuple(getattr(row, column) for column in kind.scope)].append(row)
    for rows in scopes.values():
        for row, name in _named_apart(rows, kind.length):
            _write(kind, table, row, name)
    for row in _rows(kind, columns, is_present=False):
        _write(kind, table, row, row.name)


def _rows(kind: _Kind, columns: tuple[str, ...], *, is_present: bool) -> list[Any]:
    """Return the rows that are there, or those that are deleted, the oldest first."""
    if not (is_present or kind.is_kept):
        return []
    deleted_at: sa.ColumnClause[Any] = sa.column("deleted_at")
    query: Any = sa.select(*map(sa.column, columns)).select_from(sa.table(kind.table, deleted_at))
    if kind.is_kept:
        query = query.where(deleted_at.is_(None) if is_present else deleted_at.is_not(None))
    return list(op.get_bind().execute(query.order_by(sa.column("created_at"), sa.column("id"))))


def _named_apart(rows: list[Any], length: int) -> Iterator[tuple[Any, str]]:
    """Yield each row of a scope with its name. A number is none that makes another name of the scope."""
    present, taken = {name_key(row.name) for row in rows}, set[str]()
    for row in rows:
        name, number = row.name, 1
        while name_key(name) in taken or (number > 1 and name_key(name) in present):
            number += 1
            suffix = f" ({number})"
            name = row.name[: length - len(suffix)] + suffix
        taken.add(name_key(name))
        yield row, name


def _write(kind: _Kind, table: sa.TableClause, row: Any, name: str) -> None:
    connection = op.get_bind()
    values: dict[str, Any] = {"folded_name": name_key(name)}
    if name != row.name:
        searched = fold_search_text((name, *(getattr(row, column) for column in kind.searched[1:])))
        values |= {"name": name, "version": row.version + 1, "searched": searched}
        _note(
            kind, row, {"name": row.name, "version": row.version}, {"name": name, "version": row.version + 1}
        )
    this = (table.c.tenant_id == row.tenant_id, table.c.id == row.id)
    connection.execute(sa.update(table).where(*this).values(values))


def _note(kind: _Kind, row: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Say in the audit log and in the program's what was renamed, and have stations pull it."""
    now, connection = datetime.now(UTC), op.get_bind()
    log.warning("renamed", entity=kind.entity, id=row.id, name=before["name"], new_name=after["name"])
    change = {"tenant_id": row.tenant_id, "id": new_id(), "actor": "system", "action": "update"}
    change |= {"entity": kind.entity, "entity_id": row.id, "before": before, "after": after}
    connection.execute(sa.insert(_AUDIT).values(**change, created_at=now, updated_at=now))
    if kind.table in _FOLLOWED:
        of_event = (_FEEDS.c.tenant_id == row.tenant_id, _FEEDS.c.event_id == row.event_id)
        connection.execute(sa.update(_FEEDS).where(*of_event).values(epoch=str(uuid4())))
