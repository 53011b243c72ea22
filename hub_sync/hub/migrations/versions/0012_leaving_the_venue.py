"""An exit from the venue leaves every zone, and a checkpoint may say that entering leaves the zone before.

Presences and counts are corrected for everybody who left the venue and was still counted in a zone. The feeds of these
events get a new epoch, so that stations pull them again.
"""

from collections import Counter, defaultdict
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INDEX = "uq_zone_presences_person"
_ADMITTING = ("VALID", "MANUAL_OVERRIDE")
_LOG = sa.table(
    "access_logs",
    *map(sa.column, ("tenant_id", "event_id", "participant_id", "zone", "direction", "result", "passage")),
    *map(sa.column, ("effective_at_ms", "device_id", "sequence")),
)
_PRESENCES = sa.table(
    "zone_presences",
    *map(sa.column, ("tenant_id", "id", "event_id", "zone", "participant_id", "direction")),
    *map(sa.column, ("at_ms", "device_id", "sequence", "left_others_at_ms")),
)
_COUNTS = sa.table("venue_occupancies", *map(sa.column, ("tenant_id", "id", "event_id", "zone", "current")))
_FEEDS = sa.table("event_feeds", *map(sa.column, ("tenant_id", "event_id", "epoch")))

_Person = tuple[str, str, str]
_Event = tuple[str, str]
_ScanKey = tuple[int, str, int]


def upgrade() -> None:
    """Upgrade the schema."""
    for table in ("checkpoints", "access_logs"):
        op.add_column(
            table, sa.Column("leaves_zones", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.add_column(
        "zone_presences", sa.Column("left_others_at_ms", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.drop_index(_INDEX, table_name="zone_presences")
    op.create_index(
        _INDEX, "zone_presences", ["tenant_id", "event_id", "participant_id", "zone"], unique=True
    )
    for event in _leave_zones(_last_exits()):
        _count_again(event)


def downgrade() -> None:
    """Downgrade the schema."""
    op.drop_index(_INDEX, table_name="zone_presences")
    op.create_index(
        _INDEX, "zone_presences", ["tenant_id", "event_id", "zone", "participant_id"], unique=True
    )
    op.drop_column("zone_presences", "left_others_at_ms")
    for table in ("access_logs", "checkpoints"):
        op.drop_column(table, "leaves_zones")


def _last_exits() -> dict[_Person, _ScanKey]:
    """Return the last exit of each person at a checkpoint without a zone."""
    c = _LOG.c
    query = sa.select(
        c.tenant_id, c.event_id, c.participant_id, c.effective_at_ms, c.device_id, c.sequence
    ).where(
        c.zone == "",
        c.direction == "exit",
        c.participant_id.is_not(None),
        c.result.in_(_ADMITTING),
        c.passage != "NO_PASSAGE",
    )
    exits: dict[_Person, _ScanKey] = {}
    for tenant, event, person, *scan in op.get_bind().execute(query):
        at_ms, device, sequence = scan
        exits[tenant, event, person] = max(
            exits.get((tenant, event, person), (0, "", 0)), (at_ms, device, sequence)
        )
    return exits


def _leave_zones(exits: dict[_Person, _ScanKey]) -> set[_Event]:
    """Correct the presences of people who left the venue; return the events in which a presence was corrected."""
    corrected: set[_Event] = set()
    changes: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in op.get_bind().execute(sa.select(*_PRESENCES.c)).all():
        left = exits.get((row.tenant_id, row.event_id, row.participant_id))
        if left is None:
            continue
        values: dict[str, Any] = {}
        if not row.zone:
            values = {"left_others_at_ms": left[0]}
        elif row.direction == "entry" and (row.at_ms, row.device_id, row.sequence) < left:
            values = {"direction": "exit", "at_ms": left[0], "device_id": left[1], "sequence": left[2]}
            corrected.add((row.tenant_id, row.event_id))
        if values:
            changes[tuple(values)].append({"the_tenant": row.tenant_id, "the_id": row.id, **values})
    for rows in changes.values():
        _update(_PRESENCES, rows)
    return corrected


def _count_again(event: _Event) -> None:
    c, connection = _PRESENCES.c, op.get_bind()
    query = sa.select(c.zone, c.participant_id).where(
        c.tenant_id == event[0], c.event_id == event[1], c.direction == "entry"
    )
    inside = connection.execute(query).all()
    current = Counter(row.zone for row in inside)
    current[""] = len({row.participant_id for row in inside})
    counts = connection.execute(
        sa.select(_COUNTS.c.id, _COUNTS.c.zone).where(
            _COUNTS.c.tenant_id == event[0], _COUNTS.c.event_id == event[1]
        )
    ).all()
    rows = [{"the_tenant": event[0], "the_id": row.id, "current": current[row.zone or ""]} for row in counts]
    _update(_COUNTS, rows)
    connection.execute(
        _FEEDS.update()
        .where(_FEEDS.c.tenant_id == event[0], _FEEDS.c.event_id == event[1])
        .values(epoch=str(uuid4()))
    )


def _update(table: sa.TableClause, rows: list[dict[str, Any]]) -> None:
    if rows:
        statement = sa.update(table).where(
            table.c.tenant_id == sa.bindparam("the_tenant"), table.c.id == sa.bindparam("the_id")
        )
        names = [name for name in rows[0] if not name.startswith("the_")]
        op.get_bind().execute(statement.values({name: sa.bindparam(name) for name in names}), rows)
