"""Scans whose time can't be true get the time of their arrival, and a mark.

A row of a station whose clock stood in the future counted for who is inside, whatever was scanned later. Presences and
counts of these people are computed again. The feeds of their events get a new epoch, so that stations pull them again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import Direction
from hub_sync.hub.kit.db.tables import UtcTime, json_type
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.occupancy import PersonInZone, person_in_zones

revision = "0019"
down_revision = "0012"
branch_labels = None
depends_on = None

TOLERANCE_MS = 120_000
_MARK = "time_impossible"
_ADMITTING = ("VALID", "MANUAL_OVERRIDE")
_LOG = sa.table(
    "access_logs",
    *map(sa.column, ("tenant_id", "id", "event_id", "participant_id", "zone", "direction", "result")),
    *map(sa.column, ("passage", "effective_at_ms", "device_id", "sequence", "leaves_zones", "clock_sure")),
    sa.column("received_at", UtcTime()),
    sa.column("marks", json_type()),
    sa.column("clock", json_type()),
)
_PRESENCES = sa.table(
    "zone_presences",
    *map(sa.column, ("tenant_id", "id", "event_id", "zone", "participant_id", "direction", "at_ms")),
    *map(sa.column, ("device_id", "sequence", "entries", "entered_at_ms", "left_others_at_ms")),
)
_COUNTS = sa.table("venue_occupancies", *map(sa.column, ("tenant_id", "id", "event_id", "zone", "current")))
_FEEDS = sa.table("event_feeds", *map(sa.column, ("tenant_id", "event_id", "epoch")))

_Event = tuple[str, str]


def upgrade() -> None:
    """Upgrade the rows."""
    people: dict[_Event, set[str]] = defaultdict(set)
    for row in list(_impossible_rows()):
        _bound(row)
        if row.participant_id is not None and row.result in _ADMITTING:
            people[row.tenant_id, row.event_id].add(row.participant_id)
    for event, everybody in people.items():
        for person in sorted(everybody):
            _fold(event, person)
        _count_again(event)


def downgrade() -> None:
    """Leave the rows: their claimed times are in `clock`."""


def _impossible_rows() -> Iterator[Any]:
    """Yield the rows that were received before they were scanned."""
    query = sa.select(*_LOG.c).execution_options(yield_per=1000)
    for row in op.get_bind().execute(query):
        if row.effective_at_ms > epoch_ms(row.received_at) + TOLERANCE_MS:
            yield row


def _bound(row: Any) -> None:
    c = _LOG.c
    values = {
        "effective_at_ms": epoch_ms(row.received_at),
        "clock_sure": False,
        "marks": [*row.marks, _MARK],
        "clock": row.clock | {"claimed_at_ms": row.effective_at_ms, "claimed_sure": bool(row.clock_sure)},
    }
    op.get_bind().execute(sa.update(_LOG).where(c.tenant_id == row.tenant_id, c.id == row.id).values(values))


def _fold(event: _Event, person: str) -> None:
    """Compute the presences of a person again; each zone of an admitted scan has a row already."""
    c = _LOG.c
    query = sa.select(*c).where(
        c.tenant_id == event[0],
        c.event_id == event[1],
        c.participant_id == person,
        c.result.in_(_ADMITTING),
        c.passage != "NO_PASSAGE",
    )
    zones = person_in_zones(
        AdmittedScan(
            row.effective_at_ms,
            row.device_id,
            row.sequence,
            Direction(row.direction),
            row.zone,
            leaves_zones=bool(row.leaves_zones),
        )
        for row in op.get_bind().execute(query)
    )
    p = _PRESENCES.c
    for zone, result in zones.items():
        op.get_bind().execute(
            sa.update(_PRESENCES)
            .where(
                p.tenant_id == event[0],
                p.event_id == event[1],
                p.participant_id == person,
                p.zone == zone,
            )
            .values(_columns(result))
        )


def _columns(result: PersonInZone) -> dict[str, Any]:
    last = result.last
    if last is None:
        return {"direction": "exit", "entries": 0}
    return {
        "direction": last.direction.value,
        "at_ms": last.at_ms,
        "device_id": last.device_id,
        "sequence": last.sequence,
        "entries": result.entries,
        "entered_at_ms": result.entered_at_ms,
        "left_others_at_ms": result.left_others_at_ms,
    }


def _count_again(event: _Event) -> None:
    p, c, connection = _PRESENCES.c, _COUNTS.c, op.get_bind()
    query = sa.select(p.zone, p.participant_id).where(
        p.tenant_id == event[0], p.event_id == event[1], p.direction == "entry"
    )
    inside = connection.execute(query).all()
    current = Counter(row.zone for row in inside)
    current[""] = len({row.participant_id for row in inside})
    counts = connection.execute(
        sa.select(c.id, c.zone).where(c.tenant_id == event[0], c.event_id == event[1])
    )
    for row in counts.all():
        connection.execute(
            sa.update(_COUNTS)
            .where(c.tenant_id == event[0], c.id == row.id)
            .values(current=current[row.zone or ""])
        )
    connection.execute(
        _FEEDS.update()
        .where(_FEEDS.c.tenant_id == event[0], _FEEDS.c.event_id == event[1])
        .values(epoch=str(uuid4()))
    )
