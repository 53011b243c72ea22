"""The participants whose tickets an operation has issued, as a query for the file of all of them."""

from sqlalchemy import Select, select

from hub_sync.contract.enums import BulkOperationType
from hub_sync.hub.domains.bulk.errors import BulkNoFile
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation, BulkOperationItem
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tickets import bulk_selection


def tickets_of(operation: BulkOperation) -> Select[participants.Participant]:
    """Return the query of the participants of its done items who (still) get a ticket.

    Raises:
        BulkNoFile: 409, the operation issued no tickets, or not yet.
    """
    if operation.type is not BulkOperationType.TICKET_ISSUE or not operation.succeeded or operation.dry_run:
        raise BulkNoFile
    item = BulkOperationItem
    done = select(item.target_id).where(
        item.tenant_id == operation.tenant_id,
        item.operation_id == operation.id,
        item.status == BulkItemStatus.DONE,
    )
    statement = participants.of_event(operation.tenant_id, operation.event_id)
    return bulk_selection.with_ticket(statement.where(participants.Participant.id.in_(done)))
