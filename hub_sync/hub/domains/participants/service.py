"""Participants: registered, decided upon, deleted, found.

As gates see them: `roster` (what stations are told) and `persons` (what the rules of admission ask)."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, select

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants import roster
from hub_sync.hub.domains.participants.errors import ParticipantChanged, ParticipantNotFound
from hub_sync.hub.domains.participants.registration import create, create_many
from hub_sync.hub.domains.participants.schemas import NewParticipant
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit import facts
from hub_sync.hub.kit.snapshots import snapshot
from hub_sync.hub.kit.unit_of_work import Work
from hub_sync.rules.codes import normal_code

__all__ = [
    "NewParticipant",
    "Participant",
    "all_of",
    "by_code",
    "count",
    "create",
    "create_many",
    "delete",
    "get",
    "roster",
    "update_status",
]

_FACTS = {
    ParticipantStatus.APPROVED: "ParticipantApproved",
    ParticipantStatus.REJECTED: "ParticipantRejected",
    ParticipantStatus.CANCELLED: "ParticipantCancelled",
}


def get(work: Work, tenant_id: str, event_id: str, participant_id: str) -> Participant:
    """The participant of an id; a deleted one is not found.

    Raises:
        ParticipantNotFound.
    """
    participant = work.session.get(Participant, (tenant_id, participant_id))
    if participant is None or participant.event_id != event_id or participant.deleted_at:
        raise ParticipantNotFound("There is no such participant.")
    return participant


def by_code(work: Work, tenant_id: str, event_id: str, typed: str) -> Participant:
    """The participant of a registration code as somebody typed it (case, spaces, dashes, O for 0 forgiven).

    Raises:
        ParticipantNotFound.
    """
    chosen = select(Participant).where(
        Participant.tenant_id == tenant_id,
        Participant.event_id == event_id,
        Participant.code_normal == normal_code(typed),
        Participant.deleted_at.is_(None),
    )
    participant = work.session.scalar(chosen)
    if participant is None:
        raise ParticipantNotFound("No registration has this code.")
    return participant


def count(work: Work, tenant_id: str, event_id: str) -> int:
    """How many are registered."""
    return (
        work.session.scalar(select(func.count()).select_from(Participant).where(*_there(tenant_id, event_id)))
        or 0
    )


def all_of(work: Work, tenant_id: str, event_id: str) -> Iterator[Participant]:
    """Everybody of an event in the order of registration, a thousand at a time."""
    chosen = select(Participant).where(*_there(tenant_id, event_id)).order_by(Participant.id)
    yield from work.session.scalars(chosen.execution_options(yield_per=1000))


def update_status(
    work: Work,
    tenant_id: str,
    event_id: str,
    participant_id: str,
    status: ParticipantStatus,
    if_version: int | None = None,
) -> Participant:
    """Approve, reject, cancel or put back to pending. The same status again changes nothing.

    Raises:
        ParticipantNotFound, ParticipantChanged.
    """
    participant = get(work, tenant_id, event_id, participant_id)
    _refuse_stale(participant, if_version)
    if participant.status is status:
        return participant
    before, old = snapshot(participant), participant.status
    participant.status = status
    participant.version += 1
    work.session.flush()
    audit.record(
        work,
        tenant_id,
        "update_status",
        "participant",
        participant.id,
        before=before,
        after=snapshot(participant),
    )
    payload = {"from": old.value, "to": status.value, "version": participant.version}
    for type_ in filter(None, (_FACTS.get(status), "ParticipantStatusChanged")):
        facts.record(work, tenant_id, type_, "participant", participant.id, payload, event_id=event_id)
    return participant


def delete(
    work: Work, tenant_id: str, event_id: str, participant_id: str, if_version: int | None = None
) -> None:
    """Mark as deleted: gates refuse the ticket as withdrawn and lose the name with their next pull.

    Raises:
        ParticipantNotFound, ParticipantChanged.
    """
    participant = get(work, tenant_id, event_id, participant_id)
    _refuse_stale(participant, if_version)
    before = snapshot(participant)
    participant.deleted_at = work.now()
    participant.standing = roster.DELETED
    participant.version += 1
    work.session.flush()
    audit.record(
        work, tenant_id, "delete", "participant", participant.id, before=before, after=snapshot(participant)
    )
    facts.record(work, tenant_id, "ParticipantDeleted", "participant", participant.id, event_id=event_id)


def _there(tenant_id: str, event_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Participant.tenant_id == tenant_id,
        Participant.event_id == event_id,
        Participant.deleted_at.is_(None),
    )


def _refuse_stale(participant: Participant, if_version: int | None) -> None:
    if if_version is not None and participant.version != if_version:
        raise ParticipantChanged(
            "The participant was changed meanwhile; read it again.", version=participant.version
        )
