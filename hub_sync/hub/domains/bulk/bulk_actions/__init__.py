"""The actions that this domain offers; other domains list theirs in a module of the same name."""

from hub_sync.hub.domains.bulk.actions.action import BulkAction
from hub_sync.hub.domains.bulk.actions.participant_deletion import DeleteParticipants, RestoreParticipants
from hub_sync.hub.domains.bulk.actions.participant_fields import SetParticipantCategory, SetParticipantGroup
from hub_sync.hub.domains.bulk.actions.participant_status import SetParticipantStatus
from hub_sync.hub.domains.bulk.actions.participant_tickets import IssueTickets, ReissueTickets

BULK_ACTIONS: tuple[BulkAction, ...] = (
    SetParticipantStatus(),
    SetParticipantCategory(),
    SetParticipantGroup(),
    IssueTickets(),
    ReissueTickets(),
    DeleteParticipants(),
    RestoreParticipants(),
)
