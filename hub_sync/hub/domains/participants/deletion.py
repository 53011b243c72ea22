"""Soft delete of participants, and its opposite: the row stays, and is marked as deleted."""

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.participants import screens, sync_rows
from hub_sync.hub.domains.participants.manifest import (
    PARTICIPANT_DELETED,
    PARTICIPANT_RESTORED,
    ParticipantDeleted,
    ParticipantRestored,
)
from hub_sync.hub.domains.participants.registration import require_free_external_id
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.domains.participants.updates import get_for_update
from hub_sync.hub.kit.db.optimistic_locking import IfVersion
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey


def delete(
    work: Work, tenant_id: str, event_id: str, participant_id: str, if_version: IfVersion = None
) -> Participant:
    """Mark a participant as deleted: gates refuse the ticket as withdrawn and drop the name with their next pull.

    Raises:
        ParticipantNotFound: no such participant (404).
        ParticipantChanged: the version is not `if_version` (412).
    """
    participant = get_for_update(work, tenant_id, event_id, participant_id, if_version)
    before = snapshot(participant)
    participant.deleted_at = work.now()
    participant.standing = sync_rows.DELETED
    participant.version += 1
    work.session.flush()
    screens.forget(work, FeedKey(tenant_id, event_id), [participant_id])
    audit.record(
        work, tenant_id, PARTICIPANT_DELETED, participant.id, before=before, after=snapshot(participant)
    )
    domain_events.emit(work, tenant_id, ParticipantDeleted(entity_id=participant.id, event_id=event_id))
    return participant


def restore(
    work: Work,
    tenant_id: str,
    event_id: str,
    participant_id: str,
    if_version: IfVersion = None,
    *,
    standing: str = "",
) -> Participant:
    """Bring a deleted participant back; gates admit the ticket again from their next pull on. The code was never free.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        event_id: the event.
        participant_id: the participant.
        if_version: the version that the caller read.
        standing: the standing before the deletion; what screens say of the person now goes before.

    Raises:
        ParticipantNotFound: no such participant, or it is not deleted (404).
        ParticipantChanged: the version is not `if_version` (412).
        ExternalIdTaken: somebody else has got the external id meanwhile (409).
        EventFull: the event keeps a waitlist and has no seat (409).
    """
    participant = get_for_update(work, tenant_id, event_id, participant_id, if_version, deleted=True)
    if participant.external_id:
        require_free_external_id(work, tenant_id, event_id, participant.external_id)
    if participant.status in screens.SEATED:
        screens.require_seats(work, FeedKey(tenant_id, event_id), [participant.category], participant_id)
    before = snapshot(participant)
    participant.deleted_at = None
    participant.standing = standing
    participant.version += 1
    work.session.flush()  # which takes a number of the feed, so that no screen changes what it says meanwhile
    if screens.may_be_set(standing):
        people = {participant_id: participant}
        standings = screens.screened_standings(work, FeedKey(tenant_id, event_id), people)
        participant.standing = standings[participant_id]
        work.session.flush()
    audit.record(
        work, tenant_id, PARTICIPANT_RESTORED, participant.id, before=before, after=snapshot(participant)
    )
    domain_events.emit(work, tenant_id, ParticipantRestored(entity_id=participant.id, event_id=event_id))
    return participant
