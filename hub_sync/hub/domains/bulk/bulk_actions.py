"""The actions that this domain offers; other domains list theirs in a module of the same name."""

from hub_sync.hub.domains.bulk.actions.action import BulkAction
from hub_sync.hub.domains.bulk.actions.participant_status import SetParticipantStatus

BULK_ACTIONS: tuple[BulkAction, ...] = (SetParticipantStatus(),)
