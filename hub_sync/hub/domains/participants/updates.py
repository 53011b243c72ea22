"""Changing participants: each change is held against others, audited and emitted as domain events in one transaction."""

from typing import Any

from sqlalchemy.exc import IntegrityError

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants import sync_rows
from hub_sync.hub.domains.participants.errors import (
    ParticipantChanged,
    ParticipantNotFound,
    RegistrationCodeTaken,
)
from hub_sync.hub.domains.participants.manifest import (
    PARTICIPANT_DELETED,
    PARTICIPANT_STATUS_UPDATED,
    PARTICIPANT_UPDATED,
    ParticipantDeleted,
    ParticipantUpdated,
)
from hub_sync.hub.domains.participants.registration import code_is_taken, parse_code
from hub_sync.hub.domains.participants.schemas import ParticipantChanges
from hub_sync.hub.domains.participants.status_events import status_events
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.database import is_unique_violation
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events

_NULLABLE = ("email", "phone", "photo")


def update(
    work: Work,
    tenant_id: str,
    event_id: str,
    participant_id: str,
    changes: ParticipantChanges,
    if_version: int | None = None,
) -> Participant:
    """Change what `changes` names. What is so already changes nothing, not even the version.

    Raises:
        ParticipantNotFound, ParticipantChanged, RegistrationCodeTaken, RegistrationCodeUnusable.
    """
    participant = get_for_update(work, tenant_id, event_id, participant_id, if_version)
    before, old = snapshot(participant), participant.status
    asked: dict[str, Any] = {
        name: value
        for name, value in changes.model_dump(exclude_unset=True).items()
        if (value is not None or name in _NULLABLE) and getattr(participant, name) != value
    }
    if not asked:
        return participant
    if "registration_code" in asked:
        asked["code_normal"] = _free_code(work, participant, asked["registration_code"])
    for name, value in asked.items():
        setattr(participant, name, value)
    participant.version += 1
    try:
        work.session.flush()
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        raise RegistrationCodeTaken(registration_code=participant.registration_code) from error
    audit.record(
        work, tenant_id, PARTICIPANT_UPDATED, participant.id, before=before, after=snapshot(participant)
    )
    updated = ParticipantUpdated(
        entity_id=participant.id,
        event_id=event_id,
        changed=sorted(asked.keys() - {"code_normal"}),
        version=participant.version,
    )
    told = status_events(participant, old) if participant.status is not old else ()
    domain_events.emit(work, tenant_id, updated, *told)
    return participant


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
    participant = get_for_update(work, tenant_id, event_id, participant_id, if_version)
    if participant.status is status:
        return participant
    before, old = snapshot(participant), participant.status
    participant.status = status
    participant.version += 1
    work.session.flush()
    audit.record(
        work,
        tenant_id,
        PARTICIPANT_STATUS_UPDATED,
        participant.id,
        before=before,
        after=snapshot(participant),
    )
    domain_events.emit(work, tenant_id, *status_events(participant, old))
    return participant


def delete(
    work: Work, tenant_id: str, event_id: str, participant_id: str, if_version: int | None = None
) -> None:
    """Mark as deleted: gates refuse the ticket as withdrawn and lose the name with their next pull.

    Raises:
        ParticipantNotFound, ParticipantChanged.
    """
    participant = get_for_update(work, tenant_id, event_id, participant_id, if_version)
    before = snapshot(participant)
    participant.deleted_at = work.now()
    participant.standing = sync_rows.DELETED
    participant.version += 1
    work.session.flush()
    audit.record(
        work, tenant_id, PARTICIPANT_DELETED, participant.id, before=before, after=snapshot(participant)
    )
    domain_events.emit(work, tenant_id, ParticipantDeleted(entity_id=participant.id, event_id=event_id))


def get_for_update(
    work: Work, tenant_id: str, event_id: str, participant_id: str, if_version: int | None
) -> Participant:
    """The participant, held until the transaction ends: of two who change one version one is refused.

    Raises:
        ParticipantNotFound, ParticipantChanged.
    """
    found = work.session.get(
        Participant,
        (tenant_id, participant_id),
        with_for_update={"key_share": True},
        populate_existing=True,
    )
    if found is None or found.event_id != event_id or found.deleted_at:
        raise ParticipantNotFound
    if if_version is not None and found.version != if_version:
        raise ParticipantChanged(version=found.version)
    return found


def _free_code(work: Work, participant: Participant, code: str) -> str:
    normal = parse_code(code)
    if normal != participant.code_normal and code_is_taken(
        work, participant.tenant_id, participant.event_id, normal
    ):
        raise RegistrationCodeTaken(registration_code=code)
    return normal
