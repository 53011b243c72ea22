"""How many are registered, for the console."""

from sqlalchemy import func, select

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.unit_of_work import Work


def by_status(work: Work, tenant_id: str, event_id: str) -> dict[ParticipantStatus, int]:
    """How many registrations stand how."""
    query = (
        select(Participant.status, func.count())
        .where(
            Participant.tenant_id == tenant_id,
            Participant.event_id == event_id,
            Participant.deleted_at.is_(None),
        )
        .group_by(Participant.status)
    )
    found = {status: count for status, count in work.session.execute(query)}  # noqa: C416 - rows are no pairs to mypy
    return {status: found.get(status, 0) for status in ParticipantStatus}
