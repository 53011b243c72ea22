"""Reactions of workflows to changes of participants, in their transaction: note who of them is in a workflow."""

from typing import Any

from hub_sync.hub.domains.duplicates.manifest import ParticipantMerged
from hub_sync.hub.domains.participants.manifest import (
    ParticipantCancelled,
    ParticipantDeleted,
    ParticipantUpdated,
)
from hub_sync.hub.domains.workflows.triggers.changes import note_changes
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.reactions import Reactions


def _changed(work: Work, key: FeedKey, events: list[Any]) -> None:
    note_changes(work, key, [event.entity_id for event in events])


def _merged(work: Work, key: FeedKey, events: list[ParticipantMerged]) -> None:
    note_changes(work, key, [id_ for event in events for id_ in (event.merged_id, event.entity_id)])


REACTIONS: Reactions = {
    ParticipantUpdated: _changed,
    ParticipantCancelled: _changed,
    ParticipantDeleted: _changed,
    ParticipantMerged: _merged,
}
