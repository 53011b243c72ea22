"""Participants: registered, decided upon, deleted, found.

As gates see them: `sync_rows` (what stations are told) and `persons` (what the rules of admission ask).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select

from hub_sync.hub.domains.participants import sync_rows
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.registration import create, create_many
from hub_sync.hub.domains.participants.schemas import NewParticipant, ParticipantChanges
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.domains.participants.updates import delete, update, update_status
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.text_normalization import normalize_code

__all__ = [
    "ALL",
    "NewParticipant",
    "Participant",
    "ParticipantChanges",
    "all_of",
    "by_code",
    "count",
    "counts",
    "create",
    "create_many",
    "delete",
    "get",
    "of_event",
    "read",
    "sync_rows",
    "update",
    "update_status",
]


_IS_THERE = (
    Participant.tenant_id == bindparam("t"),
    Participant.event_id == bindparam("e"),
    Participant.deleted_at.is_(None),
)
ALL = select(Participant).where(*_IS_THERE)
"""Everybody of the event `e` of the tenant `t`."""
_READ = select(*Participant.__table__.c).where(*_IS_THERE, Participant.id == bindparam("p"))


def get(work: Work, tenant_id: str, event_id: str, participant_id: str) -> Participant:
    """The participant of an id; a deleted one is not found.

    Raises:
        ParticipantNotFound.
    """
    participant = work.session.get(Participant, (tenant_id, participant_id))
    if participant is None or participant.event_id != event_id or participant.deleted_at:
        raise ParticipantNotFound
    return participant


def read(work: Work, tenant_id: str, event_id: str, participant_id: str) -> Row[Any]:
    """As `get`, but only the columns, which costs much less.

    Raises:
        ParticipantNotFound.
    """
    found = work.fetch_one(_READ, {"t": tenant_id, "e": event_id, "p": participant_id})
    if found is None:
        raise ParticipantNotFound
    return found


def by_code(work: Work, tenant_id: str, event_id: str, typed: str) -> Participant:
    """The participant of a registration code as somebody typed it (case, spaces, dashes, O for 0 forgiven).

    Raises:
        ParticipantNotFound.
    """
    chosen = select(Participant).where(
        Participant.tenant_id == tenant_id,
        Participant.event_id == event_id,
        Participant.code_normal == normalize_code(typed),
        Participant.deleted_at.is_(None),
    )
    participant = work.session.scalar(chosen)
    if participant is None:
        raise ParticipantNotFound
    return participant


def count(work: Work, tenant_id: str, event_id: str) -> int:
    """How many are registered."""
    return (
        work.session.scalar(select(func.count()).select_from(Participant).where(*_there(tenant_id, event_id)))
        or 0
    )


def counts(work: Work, tenant_id: str, event_ids: Iterable[str]) -> dict[str, int]:
    """How many are registered for each of these events; an event that has none is left out."""
    chosen = (
        select(Participant.event_id, func.count())
        .where(
            Participant.tenant_id == tenant_id,
            Participant.event_id.in_(list(event_ids)),
            Participant.deleted_at.is_(None),
        )
        .group_by(Participant.event_id)
    )
    return dict(iter(work.session.execute(chosen)))


def of_event(tenant_id: str, event_id: str) -> Select[Participant]:
    """The query of everybody of an event."""
    return ALL.params(t=tenant_id, e=event_id)


def all_of(work: Work, tenant_id: str, event_id: str) -> Iterator[Participant]:
    """Everybody of an event in the order of registration, a thousand at a time."""
    chosen = select(Participant).where(*_there(tenant_id, event_id)).order_by(Participant.id)
    yield from work.session.scalars(chosen.execution_options(yield_per=1000))


def _there(tenant_id: str, event_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Participant.tenant_id == tenant_id,
        Participant.event_id == event_id,
        Participant.deleted_at.is_(None),
    )
