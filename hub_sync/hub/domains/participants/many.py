"""Read and lock many participants at once, for bulk operations."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work


def find_many(
    work: Work, tenant_id: str, event_id: str, ids: Sequence[str], *, deleted: bool = False
) -> dict[str, Participant]:
    """Return the participants of these ids, without deleted ones; `deleted` True: the deleted ones only."""
    is_deleted = Participant.deleted_at.is_not(None) if deleted else Participant.deleted_at.is_(None)
    query = select(Participant).where(
        Participant.tenant_id == tenant_id,
        Participant.event_id == event_id,
        in_values(Participant.id, ids, work.dialect),
        is_deleted,
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
