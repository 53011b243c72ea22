"""Reactions of queues to merges: a number that came after its person was merged is the person's own again after the undo."""

from sqlalchemy import select

from hub_sync.hub.domains.duplicates.manifest import ParticipantMergeUndone
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.domains.queue.tickets.recording import fold_again, lock
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.reactions import Reactions

_T = QueueTicket


def _part_numbers(work: Work, key: FeedKey, events: list[ParticipantMergeUndone]) -> None:
    """Fold the survivors' tickets again; a merge itself moves rows (`REFERENCES`)."""
    lock(work, key)
    survivors = {event.entity_id for event in events}
    query = select(_T.id).where(
        _T.tenant_id == key.tenant_id, _T.event_id == key.event_id, _T.participant_id.in_(survivors)
    )
    fold_again(work, key, set(work.session.scalars(query)))


REACTIONS: Reactions = {ParticipantMergeUndone: _part_numbers}
