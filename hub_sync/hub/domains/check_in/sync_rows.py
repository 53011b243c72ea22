"""Rows of check-in that stations pull: checkpoints, presences, occupancy and double entries."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, String, Table, bindparam, select, type_coerce
from sqlalchemy.orm import Session

from hub_sync.contract.enums import CheckpointDirection, Direction
from hub_sync.contract.sync import CheckpointRow
from hub_sync.hub.domains.check_in.tables import (
    AccessConflict,
    AccessLog,
    Checkpoint,
    VenueOccupancy,
    ZonePresence,
)
from hub_sync.hub.kit.db.tables import Base
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.conflicts import ConflictKind, ConflictState


def _table(model: type[Base]) -> Table:
    return model.metadata.tables[model.__tablename__]


_POINTS, _PRESENCE = _table(Checkpoint), _table(ZonePresence)
_COUNTS, _CONFLICTS = _table(VenueOccupancy), _table(AccessConflict)
_LATER, _EARLIER = _table(AccessLog).alias("later"), _table(AccessLog).alias("earlier")
MAX_OPEN_CONFLICTS = 1000
_PRESENCE_WIRE = (
    _PRESENCE.c.zone,
    _PRESENCE.c.participant_id,
    type_coerce(_PRESENCE.c.direction, String),
    _PRESENCE.c.at_ms,
    _PRESENCE.c.device_id,
    _PRESENCE.c.sequence,
    _PRESENCE.c.entries,
    _PRESENCE.c.entered_at_ms,
    _PRESENCE.c.left_others_at_ms,
)


def _changed(table: Table, *columns: Any) -> Select[Any]:
    c = table.c
    changed = select(*(columns or (table,))).where(
        *_of_bound(table), c.feed_seq > bindparam("after"), c.feed_seq <= bindparam("upto")
    )
    return changed.order_by(c.feed_seq).limit(bindparam("rows"))


def _of_bound(table: Table) -> tuple[Any, Any]:
    return table.c.tenant_id == bindparam("tenant_id"), table.c.event_id == bindparam("event_id")


def _with_scans(conflicts: Select[Any]) -> Select[Any]:
    """Return a query of conflicts with the place and the time of both scans."""
    c = _CONFLICTS.c
    place_and_time = (
        _LATER.c.checkpoint_id,
        _EARLIER.c.checkpoint_id.label("other_checkpoint_id"),
        _EARLIER.c.effective_at_ms.label("other_at_ms"),
    )
    return (
        conflicts.add_columns(*place_and_time)
        .join(_LATER, (_LATER.c.tenant_id == c.tenant_id) & (_LATER.c.id == c.later_id))
        .outerjoin(_EARLIER, (_EARLIER.c.tenant_id == c.tenant_id) & (_EARLIER.c.id == c.earlier_id))
    )


_CHANGED_POINTS, _CHANGED_COUNTS = _changed(_POINTS), _changed(_COUNTS)
_CHANGED_CONFLICTS = _with_scans(_changed(_CONFLICTS))
_IS_DOUBLE = _CONFLICTS.c.kind == ConflictKind.DOUBLE_ENTRY
_CHANGED_DOUBLES = _CHANGED_CONFLICTS.where(_IS_DOUBLE)
_CHANGED_PRESENCE = _changed(_PRESENCE, _PRESENCE.c.feed_seq, *_PRESENCE_WIRE)
_PLACES = select(_POINTS.c.id, _POINTS.c.zone, _POINTS.c.direction).where(*_of_bound(_POINTS))


class CheckpointPlace(NamedTuple):
    """The zone of a checkpoint ("": none) and its direction."""

    zone: str
    direction: CheckpointDirection

    def fits(self, zone: str, direction: Direction) -> bool:
        """Return True if a scan in this zone and direction can be one of the checkpoint's."""
        has_fixed_direction = self.direction is not CheckpointDirection.BIDIRECTIONAL
        return zone == self.zone and not (has_fixed_direction and direction.value != self.direction.value)


NumberedRows = list[tuple[int, Any]]
"""Rows for the wire with their numbers in the feed, in ascending order."""


def checkpoints(session: Session, key: FeedKey, after: int, upto: int, limit: int) -> NumberedRows:
    """Return changed checkpoints as `contract.sync.CheckpointRow`."""
    return [
        (row.feed_seq, _checkpoint(row))
        for row in _execute(session, _CHANGED_POINTS, key, after, upto, limit)
    ]


def checkpoint_row(point: Checkpoint | Row[Any]) -> CheckpointRow:
    """Return a checkpoint as stations get it; the hub builds its own rules from it too."""
    return CheckpointRow.model_validate(_checkpoint(point))


def checkpoint_places(session: Session, key: FeedKey) -> dict[str, CheckpointPlace]:
    """Return where each checkpoint of the event leads, deleted ones included, by its id."""
    rows = session.connection().execute(_PLACES, key._asdict())
    return {id_: CheckpointPlace(zone or "", direction) for id_, zone, direction in rows}


def presence(session: Session, key: FeedKey, after: int, upto: int, limit: int) -> NumberedRows:
    """Return changed presences, members in the order of `contract.sync.PRESENCE_FIELDS`."""
    rows = _execute(session, _CHANGED_PRESENCE, key, after, upto, limit)
    return [(row[0], tuple(row[1:])) for row in rows]


def presence_snapshot(
    session: Session, key: FeedKey, after: tuple[str, str] | None, limit: int
) -> list[tuple[Any, ...]]:
    """Return the next presences in order of participant and zone, the second and the first member of each."""
    c = _PRESENCE.c
    query = select(*_PRESENCE_WIRE).where(*_of(_PRESENCE, key))
    if after is not None:
        zone, person = after
        query = query.where((c.participant_id > person) | ((c.participant_id == person) & (c.zone > zone)))
    return [tuple(row) for row in session.execute(query.order_by(c.participant_id, c.zone).limit(limit))]


def occupancy(session: Session, key: FeedKey, after: int, upto: int, limit: int) -> NumberedRows:
    """Return changed counts as `contract.sync.OccupancyRow`; the event's own has the zone "" (its capacity is the event's)."""
    return [
        (row.feed_seq, {"zone": row.zone or "", "current": row.current, "capacity": row.capacity})
        for row in _execute(session, _CHANGED_COUNTS, key, after, upto, limit)
    ]


def conflicts(session: Session, key: FeedKey, after: int, upto: int, limit: int) -> NumberedRows:
    """Return changed double entries as `contract.sync.ConflictRow`: the gates concerned are alerted, and told when it is over."""
    return [
        (row.feed_seq, _conflict(row)) for row in _execute(session, _CHANGED_DOUBLES, key, after, upto, limit)
    ]


def conflicts_of_all_kinds(session: Session, key: FeedKey, after: int, upto: int, limit: int) -> NumberedRows:
    """Return changed conflicts for live streams, with what stations don't need: id, kind and state."""
    return [
        (row.feed_seq, {"id": row.id, "kind": row.kind, "state": row.state, **_conflict(row)})
        for row in _execute(session, _CHANGED_CONFLICTS, key, after, upto, limit)
    ]


def open_conflicts(session: Session, key: FeedKey) -> list[dict[str, Any]]:
    """Return the newest open double entries, oldest first: a page has a limited size."""
    c = _CONFLICTS.c
    query = select(_CONFLICTS).where(*_of(_CONFLICTS, key), _IS_DOUBLE, c.state == ConflictState.OPEN)
    newest = query.order_by(c.feed_seq.desc()).limit(MAX_OPEN_CONFLICTS)
    return [_conflict(row) for row in session.execute(_with_scans(newest))][::-1]


def _execute(
    session: Session, statement: Select[Any], key: FeedKey, after: int, upto: int, limit: int
) -> Sequence[Row[Any]]:
    bound = {**key._asdict(), "after": after, "upto": upto, "rows": limit}
    return session.connection().execute(statement, bound).all()


def _of(table: Table, key: FeedKey) -> tuple[Any, Any]:
    return table.c.tenant_id == key.tenant_id, table.c.event_id == key.event_id


def _checkpoint(row: Row[Any] | Checkpoint) -> dict[str, Any]:
    same = ("id", "event_id", "name", "type", "direction", "zone", "active", "opens_at", "closes_at")
    policies = ("allowed_categories", "unknown_tickets", "stale_roster", "roster_max_age_s", "leaves_zones")
    reentry = ("reentry", "reentry_minutes", "reentry_limit")
    wire = {name: getattr(row, name) for name in (*same, *policies, *reentry)}
    return {**wire, "deleted": row.deleted_at is not None}


def _conflict(row: Row[Any]) -> dict[str, Any]:
    return {
        "access_log_id": row.later_id,
        "participant_id": row.participant_id,
        "zone": row.zone,
        "at_ms": row.at_ms,
        "device_id": row.device_id,
        "checkpoint_id": row.checkpoint_id,
        "other_access_log_id": row.earlier_id,
        "other_device_id": row.other_device_id,
        "other_checkpoint_id": row.other_checkpoint_id,
        "other_at_ms": row.other_at_ms,
        "cleared": row.state is not ConflictState.OPEN,
    }
