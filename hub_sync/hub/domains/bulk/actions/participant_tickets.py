"""Issue the tickets of many participants, and replace those that were issued."""

from hub_sync.contract.enums import BulkOperationType
from hub_sync.hub.domains.bulk.actions.action import BulkItem, ItemOutcome, ItemPlan
from hub_sync.hub.domains.bulk.actions.participants import ParticipantAction, skip_plan, target_of
from hub_sync.hub.domains.bulk.errors import BulkTargetChanged
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.domains.tickets.manifest import TICKETS_ISSUE
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.i18n import N_


class _TicketAction(ParticipantAction):
    """An act upon the tickets of those who get one."""

    permissions = (PARTICIPANTS_READ, TICKETS_ISSUE)
    is_undoable = False

    def plan(self, operation: BulkOperation, person: Participant) -> ItemPlan:
        """Return the plan; whoever is cancelled or rejected gets no ticket."""
        del operation
        refusal = tickets.find_refusal(person)
        if refusal is not None:
            return skip_plan(person, refusal, BulkItemStatus.REFUSED)
        return ItemPlan(person.id, person.version)


class IssueTickets(_TicketAction):
    """Checks who gets a ticket; the file of all of them is made while it is downloaded (ADR 88)."""

    type = BulkOperationType.TICKET_ISSUE
    name = "participant.tickets"
    label = N_("Issue tickets")

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Check that the participant still gets a ticket."""
        key = (operation.tenant_id, operation.event_id)
        person = participants.get(work, *key, target_of(item))
        if person.version != item.target_version:
            raise BulkTargetChanged
        refusal = tickets.find_refusal(person)
        if refusal is not None:
            raise refusal
        return ItemOutcome(person.version)


class ReissueTickets(_TicketAction):
    """Replaces the tickets that were issued until now: gates refuse them from their next pull on."""

    type = BulkOperationType.TICKET_REISSUE
    name = "participant.reissue"
    label = N_("Replace tickets")

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Replace the participant's tickets."""
        key = (operation.tenant_id, operation.event_id)
        tickets.reissue(work, *key, target_of(item), item.target_version)
        return ItemOutcome(participants.get(work, *key, target_of(item)).version)
