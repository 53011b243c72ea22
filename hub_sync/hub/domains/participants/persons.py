"""Read participants as the persons that `rules.admission` decides about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import CTE, Select, String, Table, bindparam, case, literal, select
from sqlalchemy.orm import Session

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.sync import MERGED
from hub_sync.hub.domains.participants.sync_rows import unix_seconds
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.admission import Person
from hub_sync.rules.text_normalization import normalize_code

_TABLE: Table = Participant.metadata.tables[Participant.__tablename__]
_C = _TABLE.c
_IS_MERGED = _C.standing.like(MERGED + "%")
_STANDING = case((_C.deleted_at.is_not(None) & ~_IS_MERGED, "deleted"), else_=_C.standing).label("standing")
_OF_EVENT = (_C.tenant_id == bindparam("t"), _C.event_id == bindparam("e"))
_NAMED = select(
    _C.id, _C.status, _C.category, _STANDING, _C.tickets_valid_from, _C.first_name, _C.last_name, _C.group_ref
).where(*_OF_EVENT)
_BY_ID = _NAMED.where(_C.id == bindparam("id"))
_BY_IDS = _NAMED.where(_C.id.in_(bindparam("ids", expanding=True)))
_BY_CODE = _NAMED.where(_C.code_normal == bindparam("code"), _C.deleted_at.is_(None) | _IS_MERGED)
_BY_GROUP = (
    _NAMED.where(
        _C.group_ref == bindparam("group"), _C.deleted_at.is_(None), _C.standing.not_like(MERGED + "%")
    )
    .order_by(_C.last_name, _C.first_name, _C.id)
    .limit(bindparam("rows"))
)
_BY_STANDING = select(_C.id).where(*_OF_EVENT, _C.standing == bindparam("standing"))
_REGULARITY = select(
    _C.id,
    (_C.status == ParticipantStatus.APPROVED) & (_STANDING == "") & _C.tickets_valid_from.is_(None),
).where(*_OF_EVENT, _C.id.in_(bindparam("ids", expanding=True)))
CHUNK = 500
LONGEST_CHAIN = 16
"""The number of merges that are followed from one participant; a longer chain is damaged data."""


class NamedPerson(NamedTuple):
    """A person with a name for the operator."""

    person: Person
    first_name: str
    last_name: str
    group_ref: str = ""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


def find_by_ids(session: Session, key: FeedKey, ids: Iterable[str]) -> Mapping[str, NamedPerson]:
    """Return persons by id. A participant who was merged into another is returned as that other one."""
    persons: dict[str, NamedPerson] = {}
    wanted = list(ids)
    if len(wanted) == 1:
        persons = _select(session, _BY_ID, key, id=wanted[0])
    else:
        for chunk in _chunks(wanted):
            persons.update(_select(session, _BY_IDS, key, ids=chunk))
    merged = {id_ for id_ in persons if persons[id_].person.standing.startswith(MERGED)}
    for id_ in merged:
        persons[id_] = _survivor(session, key, persons[id_])
    return persons


def find_irregular(
    session: Session, key: FeedKey, ids: Iterable[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the ids that the event knows, and those of them that are not simply approved, or have replaced tickets.

    A push asks for a thousand people at once. Nearly all of them are approved and neither deleted nor merged, so that
    objects are built for the others only.
    """
    known: dict[str, bool] = {}
    for chunk in _chunks(ids):
        rows = session.connection().execute(
            _REGULARITY, {"t": key.tenant_id, "e": key.event_id, "ids": chunk}
        )
        known.update((id_, is_plain) for id_, is_plain in rows)
    return frozenset(known), frozenset(id_ for id_, is_plain in known.items() if not is_plain)


def find_by_code(session: Session, key: FeedKey, typed: str) -> NamedPerson | None:
    """Return the person with this registration code in any spelling, or None. Deleted registrations don't count."""
    normal = normalize_code(typed)
    if not normal:
        return None
    matches = _select(session, _BY_CODE, key, code=normal)
    return next((_survivor(session, key, named) for named in matches.values()), None)


def find_by_group(session: Session, key: FeedKey, group_ref: str, limit: int) -> list[NamedPerson]:
    """Return the members of a group by name, at most `limit`; without deleted and merged registrations."""
    if not group_ref:
        return []
    return list(_select(session, _BY_GROUP, key, group=group_ref, rows=limit).values())


def merged_into(session: Session, key: FeedKey, participant_id: str) -> frozenset[str]:
    """Return the ids that were merged into this one, directly or through others; without the id itself."""
    merged: set[str] = set()
    latest = {participant_id}
    for _ in range(LONGEST_CHAIN):
        sources: set[str] = set()
        for id_ in sorted(latest):
            bound = {"t": key.tenant_id, "e": key.event_id, "standing": MERGED + id_}
            sources |= set(session.connection().scalars(_BY_STANDING, bound))
        latest = sources - merged - {participant_id}
        if not latest:
            break
        merged |= latest
    return frozenset(merged)


def merged_ids(name: str) -> CTE:
    """Return the query of all ids of a person, column `id`: the one bound to `name`, and those of `merged_into`.

    It is a part of a statement that binds tenant and event to `t` and `e`.
    """
    ids = select(bindparam(name, type_=String).label("id")).cte("merged_ids", recursive=True)
    sources = (
        select(_C.id).where(*_OF_EVENT).join(ids, _C.standing == literal(MERGED, String).concat(ids.c.id))
    )
    return ids.union(sources)


def events_of(session: Session, participant_id: str) -> list[FeedKey]:
    """Return the events of all tenants that have a participant of this id, without deleted participants."""
    is_there = _C.deleted_at.is_(None) | _IS_MERGED
    query = select(_C.tenant_id, _C.event_id).where(_C.id == participant_id, is_there)
    return [FeedKey(*row) for row in session.execute(query)]


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]


def _survivor(session: Session, key: FeedKey, named: NamedPerson) -> NamedPerson:
    """Return the participant into whom this one was merged. Tickets that were replaced before the merge stay so."""
    valid_from = 0
    for _ in range(LONGEST_CHAIN):
        valid_from = max(valid_from, named.person.tickets_valid_from)
        if not named.person.standing.startswith(MERGED):
            return named._replace(person=replace(named.person, tickets_valid_from=valid_from))
        survivor = named.person.standing.removeprefix(MERGED)
        further = _select(session, _BY_ID, key, id=survivor).get(survivor)
        if further is None:
            return named
        named = further
    return named


def _select(session: Session, statement: Select[Any], key: FeedKey, **bound: Any) -> dict[str, NamedPerson]:
    rows = session.connection().execute(statement, {"t": key.tenant_id, "e": key.event_id, **bound})
    return {
        row.id: NamedPerson(
            Person(row.id, row.status, row.category, row.standing, unix_seconds(row.tickets_valid_from)),
            row.first_name,
            row.last_name,
            row.group_ref,
        )
        for row in rows
    }
