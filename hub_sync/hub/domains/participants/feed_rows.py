"""What stations are told of participants: plain tuples in the wire's order, straight from the columns.

A first pull moves a hundred thousand of them, so that no row becomes an object on the way.
"""

from typing import Any

from sqlalchemy import String, Table, case, func, select, type_coerce
from sqlalchemy.orm import Session

from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.feed import FeedKey

_TABLE: Table = Participant.metadata.tables[Participant.__tablename__]
_C = _TABLE.c
_GONE = _C.deleted_at.is_not(None)
STANDING = case((_GONE, "deleted"), else_=_C.standing)
"""As in `contract.sync.PARTICIPANT_FIELDS`: a deleted participant is told as such."""
_WIRE = (
    _C.id,
    case((_GONE, ""), else_=_C.first_name),
    case((_GONE, ""), else_=_C.last_name),
    _C.registration_code,
    type_coerce(_C.status, String),
    _C.category,
    STANDING,
    _C.version,
)

WireRow = tuple[Any, ...]


def count(session: Session, key: FeedKey) -> int:
    """How many participants a snapshot of the event has, tombstones included."""
    return session.scalar(select(func.count()).select_from(_TABLE).where(*_of(key))) or 0


def snapshot(session: Session, key: FeedKey, after: str, limit: int) -> list[WireRow]:
    """The next participants in order of their ids, the first of each being the id."""
    query = select(*_WIRE).where(*_of(key), _C.id > after).order_by(_C.id).limit(limit)
    return [tuple(row) for row in session.execute(query)]


def changed(session: Session, key: FeedKey, after: int, upto: int, limit: int) -> list[tuple[int, WireRow]]:
    """What changed after a number of the feed, up to another, in that order."""
    query = select(_C.feed_seq, *_WIRE).where(*_of(key), _C.feed_seq > after, _C.feed_seq <= upto)
    rows = session.execute(query.order_by(_C.feed_seq).limit(limit))
    return [(row[0], tuple(row[1:])) for row in rows]


def _of(key: FeedKey) -> tuple[Any, Any]:
    return _C.tenant_id == key.tenant_id, _C.event_id == key.event_id
