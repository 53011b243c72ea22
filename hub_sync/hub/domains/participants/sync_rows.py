"""Read participants as the rows that stations pull (`contract.sync.PARTICIPANT_FIELDS`).

A first pull transfers a hundred thousand rows, so columns are selected and no objects are built. A deleted participant
keeps id and code, by which a gate refuses the ticket as deleted, and loses the names.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, String, bindparam, case, func, select, type_coerce
from sqlalchemy.orm import Session

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.sync import ParticipantRow
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.events.change_feed import FeedKey

DELETED = "deleted"


def _unless_deleted(column: Any) -> Any:
    return case((Participant.standing == DELETED, ""), else_=column)


_WIRE = (
    Participant.id,
    _unless_deleted(Participant.first_name),
    _unless_deleted(Participant.last_name),
    Participant.registration_code,
    type_coerce(Participant.status, String),
    Participant.category,
    Participant.standing,
    Participant.version,
    Participant.tickets_valid_from,
    _unless_deleted(Participant.group_ref),
)
_CHANGES = (
    select(Participant.feed_seq, *_WIRE)
    .where(
        Participant.tenant_id == bindparam("tenant_id"),
        Participant.event_id == bindparam("event_id"),
        Participant.feed_seq > bindparam("after"),
        Participant.feed_seq <= bindparam("upto"),
    )
    .order_by(Participant.feed_seq)
    .limit(bindparam("rows"))
)


def count(session: Session, key: FeedKey) -> int:
    """Return the number of rows in the event's roster, with deleted ones."""
    return session.scalar(select(func.count()).select_from(Participant).where(*_of(key))) or 0


def snapshot_page(session: Session, key: FeedKey, after_id: str, limit: int) -> list[ParticipantRow]:
    """Return the next rows of the whole roster in the order of ids, after the id `after_id` ("" starts)."""
    query = select(*_WIRE).where(*_of(key), Participant.id > after_id).order_by(Participant.id).limit(limit)
    return [_wire(row) for row in session.execute(query)]


def changes(
    session: Session, key: FeedKey, after: int, upto: int, limit: int
) -> list[tuple[int, ParticipantRow]]:
    """Return (feed number, row) of each change after number `after`, up to `upto` inclusive, in that order."""
    bound = {**key._asdict(), "after": after, "upto": upto, "rows": limit}
    rows = session.connection().execute(_CHANGES, bound)
    return [(row[0], _wire(row[1:])) for row in rows]


def unix_seconds(at: datetime | None) -> int:
    """Return an instant in Unix seconds, as a ticket names its time of issue; 0 for None."""
    return 0 if at is None else epoch_ms(at) // 1000


def _wire(row: Sequence[Any]) -> ParticipantRow:
    *same, tickets_valid_from, group_ref = row
    return cast("ParticipantRow", (*same, unix_seconds(tickets_valid_from), group_ref))


def _of(key: FeedKey) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Participant.tenant_id == key.tenant_id, Participant.event_id == key.event_id
