"""The whereabouts of people for lists: inside, left, or never came."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from hub_sync.contract.enums import Direction
from hub_sync.hub.domains.check_in.tables import AccessLog, ZonePresence
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


class PresenceStatus(StrEnum):
    """Where a participant is, as far as the gates know."""

    INSIDE = "inside"
    LEFT = "left"
    ABSENT = "absent"
    """Never scanned in."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a person is, and since when; `zones` are those that the person is in ("" is the event itself)."""

    presence: PresenceStatus
    zones: Sequence[str]
    since_ms: int


def whereabouts_of(work: Work, key: FeedKey, people: Iterable[str]) -> Mapping[str, Whereabouts]:
    """Return where these people are, by their ids; who never came is left out."""
    ids = list(people)
    if not ids:
        return {}
    p = ZonePresence
    query = select(p.participant_id, p.zone, p.direction, p.at_ms).where(
        *_arrived(key), p.participant_id.in_(ids)
    )
    passages: dict[str, list[tuple[str, Direction, int]]] = defaultdict(list)
    for person, zone, direction, at_ms in work.session.execute(query):
        passages[person].append((zone, direction, at_ms))
    return {person: _whereabouts(rows) for person, rows in passages.items()}


def presence_condition(
    person: InstrumentedAttribute[str], key: FeedKey, presence: PresenceStatus, zone: str | None = None
) -> ColumnElement[bool]:
    """Return the SQL condition that a person, by the column with their id, is inside, has left or never came.

    Args:
        person: a column of participants' ids.
        key: tenant and event.
        presence: the presence to select.
        zone: the presence in this zone; None or "": in any, the event itself included.
    """
    p = ZonePresence
    arrived = select(p.participant_id).where(*_arrived(key))
    if zone:
        arrived = arrived.where(p.zone == zone)
    inside = arrived.where(p.direction == Direction.ENTRY)
    if presence is PresenceStatus.INSIDE:
        return person.in_(inside)
    if presence is PresenceStatus.LEFT:
        return person.in_(arrived) & person.not_in(inside)
    return person.not_in(arrived)


def narrow_to_presence(
    statement: Select[Any],
    person: InstrumentedAttribute[str],
    key: FeedKey,
    parameters: Mapping[str, str],
) -> Select[Any]:
    """Return a list's query for those whose `presence` (and `zone`) its address asks for; words that mean none are ignored."""
    presence, zone = parameters.get("presence", ""), parameters.get("zone", "")
    if presence not in set(PresenceStatus):
        return statement
    return statement.where(presence_condition(person, key, PresenceStatus(presence), zone or None))


def _arrived(key: FeedKey) -> tuple[ColumnElement[bool], ...]:
    p = ZonePresence
    return p.tenant_id == key.tenant_id, p.event_id == key.event_id, p.entries > 0


def _whereabouts(rows: Sequence[tuple[str, Direction, int]]) -> Whereabouts:
    inside = sorted((at_ms, zone) for zone, direction, at_ms in rows if direction is Direction.ENTRY)
    if inside:
        return Whereabouts(PresenceStatus.INSIDE, [zone for _at, zone in inside], inside[0][0])
    return Whereabouts(PresenceStatus.LEFT, (), max(at_ms for _zone, _direction, at_ms in rows))


@dataclass(frozen=True, slots=True)
class Stay:
    """A person in a zone ("": the event itself) since a time; `checkpoint_id` is where they came in, None: not known."""

    participant_id: str
    zone: str
    since_ms: int
    checkpoint_id: str | None


def list_stays(work: Work, key: FeedKey, zone: str | None = None) -> Sequence[Stay]:
    """Return who is inside, one for each person and zone, by person; with `zone` only those in it."""
    p, scan = ZonePresence, AccessLog
    query = (
        select(p.participant_id, p.zone, p.entered_at_ms, scan.checkpoint_id)
        .outerjoin(scan, (scan.tenant_id == p.tenant_id) & (scan.id == p.entered_by_id))
        .where(*_arrived(key), p.direction == Direction.ENTRY)
        .order_by(p.participant_id, p.entered_at_ms)
    )
    if zone is not None:
        query = query.where(p.zone == zone)
    return [Stay(*row) for row in work.session.execute(query)]
