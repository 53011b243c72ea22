"""The domain events of a status: approved, rejected, cancelled, changed."""

from collections.abc import Mapping
from typing import Any

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants.manifest import (
    ParticipantApproved,
    ParticipantCancelled,
    ParticipantRejected,
    ParticipantStatusChanged,
)
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.events.domain_events import DomainEvent

_BY_STATUS: Mapping[ParticipantStatus, type[ParticipantStatusChanged]] = {
    ParticipantStatus.APPROVED: ParticipantApproved,
    ParticipantStatus.REJECTED: ParticipantRejected,
    ParticipantStatus.CANCELLED: ParticipantCancelled,
}


def status_events(participant: Participant, before: ParticipantStatus | None) -> list[DomainEvent]:
    """Return the domain events of a participant's status.

    Args:
        participant: with the new status.
        before: the status before; None for a new registration. A new registration as PENDING has no such events.
    """
    status = participant.status
    if before is None and status is ParticipantStatus.PENDING:
        return []
    values: dict[str, Any] = {
        "entity_id": participant.id,
        "event_id": participant.event_id,
        "from_": before,
        "to": status,
        "version": participant.version,
        "registration_code": participant.registration_code,
        "category": participant.category,
    }
    event_class = _BY_STATUS.get(status)
    return [*([event_class(**values)] if event_class else []), ParticipantStatusChanged(**values)]
