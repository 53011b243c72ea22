"""Read, find, lock and reissue many participants at once, for bulk operations, imports and the list."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select, update

from hub_sync.contract.sync import MERGED
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants.errors import SelectionChanged
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_TICKETS_REPLACED, TicketsReplaced
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.bulk import dump_values, in_values, select_by_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events

_TABLE = Participant.metadata.tables[Participant.__tablename__]
_C = _TABLE.c
_COLUMNS = (
    _C.id,
    _C.version,
    _C.first_name,
    _C.last_name,
    _C.email,
    _C.phone,
    _C.registration_code,
    _C.code_normal,
    _C.external_id,
    _C.status,
    _C.category,
    _C.group_ref,
    _C.extra,
    _C.standing,
    _C.deleted_at,
)
_OF_EVENT = select(*_COLUMNS).where(_C.tenant_id == bindparam("t"), _C.event_id == bindparam("e"))
_EMAILS = select(_C.id, _C.email).where(
    _C.tenant_id == bindparam("t"),
    _C.event_id == bindparam("e"),
    _C.deleted_at.is_(None),
    _C.email.is_not(None),
)
_CHUNK = 5_000
_REPLACE = (
    update(_TABLE)
    .where(_TABLE.c.tenant_id == bindparam("tenant"), _TABLE.c.id == bindparam("participant"))
    .values(
        tickets_valid_from=bindparam("valid_from"),
        feed_seq=bindparam("number"),
        updated_at=bindparam("now"),
        version=_TABLE.c.version + 1,
    )
)


def find_many(
    work: Work, tenant_id: str, event_id: str, ids: Sequence[str], *, deleted: bool = False
) -> dict[str, Participant]:
    """Return the participants of these ids, without deleted ones; `deleted` True: the deleted ones only.

    Merged ones are neither.
    """
    is_deleted = Participant.deleted_at.is_not(None) if deleted else Participant.deleted_at.is_(None)
    query = select(Participant).where(
        Participant.tenant_id == tenant_id,
        Participant.event_id == event_id,
        in_values(Participant.id, ids, work.dialect),
        is_deleted,
        Participant.standing.not_like(MERGED + "%"),
    )
    return {person.id: person for person in work.session.scalars(query)}


def lock_many(work: Work, tenant_id: str, event_id: str, ids: Iterable[str]) -> None:
    """Lock participants until the transaction ends, in the order of their ids.

    That is before any of them is changed: a change takes numbers of the event's feed, whoever changes one participant
    locks that one first, and so two transactions would wait for each other.
    """
    if work.dialect.name == "sqlite":  # one transaction writes at a time
        return
    query = (
        select(Participant.id)
        .where(
            Participant.tenant_id == tenant_id,
            Participant.event_id == event_id,
            in_values(Participant.id, sorted(ids), work.dialect),
        )
        .order_by(Participant.id)
        .with_for_update(key_share=True)
    )
    work.session.execute(query).all()


def versions_of_event(work: Work, tenant_id: str, event_id: str) -> dict[str, int]:
    """Return the versions of all participants of an event, deleted ones too, by their ids."""
    query = select(_C.id, _C.version).where(_C.tenant_id == tenant_id, _C.event_id == event_id)
    return {id_: version for id_, version in work.connection.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def email_key(email: str) -> str:
    """Return an address for comparison: people write theirs in capitals and small letters."""
    return email.strip().casefold()


def find_many_by(
    work: Work, tenant_id: str, event_id: str, column: str, values: Sequence[str]
) -> Mapping[str, Row[Any]]:
    """Return the participants of an event by a unique column: `id`, `code_normal` or `external_id`.

    Deleted ones are among them: they keep their codes. Of external ids they have none.
    """
    wanted = [value for value in values if value]
    if not wanted:
        return {}
    query = _OF_EVENT.where(_C.deleted_at.is_(None)) if column == "external_id" else _OF_EVENT
    statement = select_by_values(query, _C[column], "among", work.dialect.name)
    bound = {"t": tenant_id, "e": event_id, "among": dump_values(wanted)}
    return {getattr(row, column): row for row in work.connection.execute(statement, bound)}


def ids_by_email(work: Work, tenant_id: str, event_id: str) -> dict[str, list[str]]:
    """Return the ids of an event's participants by their e-mail addresses (`email_key`); an address may have several."""
    ids: dict[str, list[str]] = {}
    rows = work.connection.execute(_EMAILS, {"t": tenant_id, "e": event_id})
    for id_, email in rows:
        ids.setdefault(email_key(email), []).append(id_)
    return ids


def ids_with_email(work: Work, tenant_id: str, event_id: str, email: str) -> list[str]:
    """Return the ids of an event's participants who have this e-mail address (`email_key`), the earliest first."""
    statement = (
        select(_C.id)
        .where(
            _C.tenant_id == tenant_id,
            _C.event_id == event_id,
            _C.deleted_at.is_(None),
            func.lower(_C.email) == email_key(email),
        )
        .order_by(_C.created_at, _C.id)
    )
    return list(work.connection.scalars(statement))


def replace_all_tickets(
    work: Work, tenant_id: str, event_id: str, statement: Select[Participant], expected: int
) -> int:
    """Replace all tickets, issued until now, of the participants that `statement` selects, as `replace_tickets` does for one.

    Either all of them are replaced or none.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        event_id: the event.
        statement: a query of participants of this event.
        expected: how many there were when somebody confirmed it.

    Raises:
        SelectionChanged: there are more or fewer now (409).
    """
    columns = (Participant.id, Participant.tickets_valid_from)
    chosen = statement.with_only_columns(*columns).order_by(Participant.id).with_for_update(key_share=True)
    people = work.session.execute(chosen).all()
    if len(people) != expected:
        raise SelectionChanged
    if not people:
        return 0
    second, now = work.now().replace(microsecond=0), work.now()
    first = change_feed.advance(work.session, tenant_id, event_id, len(people))
    rows = [
        {
            "tenant": tenant_id,
            "participant": id_,
            "valid_from": max(second, valid_from or second) + timedelta(seconds=1),
            "number": number,
            "now": now,
        }
        for number, (id_, valid_from) in enumerate(people, start=first)
    ]
    for start in range(0, len(rows), _CHUNK):
        work.session.connection().execute(_REPLACE, rows[start : start + _CHUNK])
    after = {"event_id": event_id, "count": len(people)}
    audit.record(work, tenant_id, PARTICIPANTS_TICKETS_REPLACED, event_id, after=after)
    replaced = TicketsReplaced(entity_id=event_id, event_id=event_id, count=len(people))
    domain_events.emit(work, tenant_id, replaced)
    return len(people)
