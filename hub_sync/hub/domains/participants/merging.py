"""The rows of two registrations that are merged: the loser's points at the survivor, and whoever asks for it gets the other.

The loser's row counts as deleted: no list shows it, and nothing changes it. Gates don't take it for deleted, since its
standing says whose it is. The domain `duplicates` decides who survives and what follows; the rows of participants are written here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Exists, Row, Select, SQLColumnExpression, bindparam, select, union_all
from sqlalchemy.orm import Session

from hub_sync.contract.sync import MERGED
from hub_sync.hub.domains.participants.errors import (
    ParticipantChanged,
    ParticipantMergedAlready,
    ParticipantNotFound,
)
from hub_sync.hub.domains.participants.persons import CHUNK, LONGEST_CHAIN
from hub_sync.hub.domains.participants.registration import status_events
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.optimistic_locking import check_version
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey

CHOSEN_FIELDS = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "category",
    "group_ref",
    "status",
    "photo",
    "extra",
)
"""The fields of which a merge keeps the one or the other. The code stays, and so does the loser's: both find the survivor."""
_END_OF_MERGED = MERGED[:-1] + chr(ord(MERGED[-1]) + 1)
_P = Participant.__table__.c
_SOME_COMPARED = (
    select(_P.id, _P.first_name, _P.last_name, _P.email, _P.phone, _P.extra)
    .where(_P.tenant_id == bindparam("t"), _P.deleted_at.is_(None))
    .limit(bindparam("rows"))
)
_OF_EVENT = _P.event_id == bindparam("e")
_COMPARED = _SOME_COMPARED.where(_OF_EVENT, _P.id > bindparam("after")).order_by(_P.id)


def _some_with(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return a part of a union: SQLite takes a limit of a part only within a query of its own."""
    some = _SOME_COMPARED.where(*conditions).subquery()
    return select(*some.c)


_BY_INDEX = union_all(
    _some_with(
        _P.event_id.concat("") == bindparam("e"), _P.email.in_((bindparam("email"), bindparam("small_email")))
    ),
    _some_with(_OF_EVENT, _P.last_name == bindparam("last_name")),
)
"""One query of two indexes: with an OR, or an index of the event to choose for the addresses, SQLite walks the whole event instead."""


def is_merged(standing: str) -> bool:
    """Return True for the standing of a registration that was merged into another one."""
    return standing.startswith(MERGED)


def survivor_of(standing: str) -> str:
    """Return the id that a merged registration points at; "" if it is not merged."""
    return standing.removeprefix(MERGED) if is_merged(standing) else ""


def has_merged(
    tenant_id: SQLColumnExpression[str], event_id: SQLColumnExpression[str] | ColumnElement[str]
) -> Exists:
    """Return the condition that an event has merged registrations, for a statement that reads something else as well."""
    return (
        select(_P.id)
        .where(
            _P.tenant_id == tenant_id,
            _P.event_id == event_id,
            _P.standing >= MERGED,
            _P.standing < _END_OF_MERGED,
        )
        .exists()
    )


def survivors(session: Session, key: FeedKey, ids: Iterable[str]) -> dict[str, str]:
    """Return, for all ids of the people of these ids, the id of the registration that each was merged into at last.

    The people's other ids are among them; whoever is not merged with anybody is left out.
    """
    of_event = (_P.tenant_id == key.tenant_id, _P.event_id == key.event_id)
    everybody = set(ids)
    parents = _parents(session, key, everybody)
    known = {*everybody, *parents, *parents.values()}
    latest = known
    for _ in range(LONGEST_CHAIN):
        rows = _rows(session, of_event, _P.standing, {MERGED + id_ for id_ in latest})
        merged = {id_: survivor_of(standing) for id_, standing in rows if id_ not in parents}
        if not merged:
            break
        parents |= merged
        latest = set(merged) - known
        known |= latest
        if not latest:
            break
    return {id_: root for id_ in known if (root := _root(id_, parents)) != id_ or id_ in parents.values()}


def surviving(session: Session, key: FeedKey, ids: Iterable[str]) -> dict[str, str]:
    """Return the registration that each of these ids was merged into at last; whoever was not merged is left out.

    It asks once where nobody was merged: for rows that name a person and come late (`survivors` knows the people's other ids too).
    """
    wanted = set(ids)
    parents = _parents(session, key, wanted) if wanted else {}
    return {id_: _root(id_, parents) for id_ in wanted & parents.keys()}


def all_survivors(session: Session, key: FeedKey) -> dict[str, str]:
    """Return what `survivors` returns, for everybody at the event."""
    query = select(_P.id).where(
        _P.tenant_id == key.tenant_id,
        _P.event_id == key.event_id,
        _P.standing >= MERGED,
        _P.standing < _END_OF_MERGED,
    )
    return survivors(session, key, session.connection().scalars(query))


def lock_pair(
    work: Work,
    tenant_id: str,
    event_id: str,
    versions: Mapping[str, int | None],
) -> dict[str, Participant]:
    """Lock two participants in the order of their ids and return them by id.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        event_id: the event.
        versions: the version of each that was read, by id; None: any.

    Raises:
        ParticipantNotFound: 404.
        ParticipantChanged: a version is another one (412).
    """
    locked: dict[str, Participant] = {}
    for id_ in sorted(versions):
        participant = work.session.get(
            Participant, (tenant_id, id_), with_for_update={"key_share": True}, populate_existing=True
        )
        if participant is None or participant.event_id != event_id:
            raise ParticipantNotFound
        if participant.deleted_at and not is_merged(participant.standing):
            raise ParticipantNotFound
        check_version(participant.version, versions[id_], ParticipantChanged)
        locked[id_] = participant
    return locked


def absorb(work: Work, survivor: Participant, loser: Participant, values: Mapping[str, Any]) -> None:
    """Point the loser's row at the survivor's, and set the survivor's fields.

    Raises:
        ParticipantMergedAlready: one of the two was merged before (409).
    """
    for each in (survivor, loser):
        if is_merged(each.standing):
            raise ParticipantMergedAlready(survivor_id=survivor_of(each.standing))
    _set(work, survivor, values)
    _set(work, loser, {"standing": MERGED + survivor.id, "deleted_at": work.now()})


def release(
    work: Work,
    survivor: Participant,
    loser: Participant,
    values: Mapping[str, Any],
    loser_values: Mapping[str, Any],
) -> None:
    """Give both rows the values that they had before a merge."""
    _set(work, survivor, values)
    _set(work, loser, loser_values)


def _set(work: Work, participant: Participant, values: Mapping[str, Any]) -> None:
    changed = {name: value for name, value in values.items() if getattr(participant, name) != value}
    if not changed:
        return
    status = participant.status
    for name, value in changed.items():
        setattr(participant, name, value)
    participant.version += 1
    work.session.flush()
    if participant.status is not status:
        domain_events.emit(work, participant.tenant_id, *status_events(participant, status))


def compared_after(work: Work, key: FeedKey, after_id: str, limit: int) -> Sequence[Row[Any]]:
    """Return the next people of an event with the columns by which duplicates are looked for, in the order of ids."""
    bound = {"t": key.tenant_id, "e": key.event_id, "after": after_id, "rows": limit}
    return work.fetch_all(_COMPARED, bound)


def compared_alike(
    work: Work, key: FeedKey, patterns: Sequence[str], phone: str, limit: int
) -> Sequence[Row[Any]]:
    """Return people whose search text has one of these parts, or whose phone number has these digits in their order."""
    conditions: list[ColumnElement[bool]] = [
        Participant.searched.contains(each, autoescape=True) for each in patterns
    ]
    if phone:
        conditions.append(_P.phone.like("%" + "%".join(phone)))
    if not conditions:
        return []
    alike = conditions[0]
    for condition in conditions[1:]:
        alike = alike | condition
    query: Select[Any] = _COMPARED.where(alike)
    return work.fetch_all(query, {"t": key.tenant_id, "e": key.event_id, "after": "", "rows": limit})


def compared_by_index(work: Work, key: FeedKey, email: str, last_name: str, limit: int) -> Sequence[Row[Any]]:
    """Return some people with this e-mail address or this family name as they are written; "" is nobody's."""
    bound = {
        "t": key.tenant_id,
        "e": key.event_id,
        "email": email or None,
        "small_email": email.lower() or None,
        "last_name": last_name or None,
        "rows": limit,
    }
    return list({row.id: row for row in work.fetch_all(_BY_INDEX, bound)}.values())


def _parents(session: Session, key: FeedKey, ids: set[str]) -> dict[str, str]:
    """Return what each of the ids, and each of those above, was merged into."""
    conditions = (
        _P.tenant_id == key.tenant_id,
        _P.event_id == key.event_id,
        _P.standing >= MERGED,
        _P.standing < _END_OF_MERGED,
    )
    parents: dict[str, str] = {}
    wanted = ids
    for _ in range(LONGEST_CHAIN):
        merged = {id_: survivor_of(standing) for id_, standing in _rows(session, conditions, _P.id, wanted)}
        parents |= merged
        wanted = set(merged.values()) - parents.keys()
        if not wanted:
            break
    return parents


def _rows(
    session: Session, conditions: Sequence[ColumnElement[bool]], column: Any, values: set[str]
) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    wanted = sorted(values)
    for start in range(0, len(wanted), CHUNK):
        query = select(_P.id, _P.standing).where(*conditions, column.in_(wanted[start : start + CHUNK]))
        rows += [(id_, standing) for id_, standing in session.connection().execute(query)]
    return rows


def _root(id_: str, parents: Mapping[str, str]) -> str:
    for _ in range(LONGEST_CHAIN):
        if id_ not in parents:
            return id_
        id_ = parents[id_]
    return id_
