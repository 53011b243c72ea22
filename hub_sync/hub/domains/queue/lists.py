"""The lists of queues: sorting and filters."""

from hub_sync.hub.domains.queue.schemas import CounterResponse, QueueResponse, QueueTicketResponse
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter, QueueTicket
from hub_sync.hub.kit.lists.result_pages import Listing

QUEUE_LIST = Listing(
    row=Queue,
    schema=QueueResponse,
    sorts={"name": Queue.name, "letter": Queue.letter, "created_at": Queue.created_at},
    default_sort="letter",
    filters={"active": Queue.active, "letter": Queue.letter, "name": Queue.name},
)
COUNTER_LIST = Listing(
    row=QueueCounter,
    schema=CounterResponse,
    sorts={"name": QueueCounter.name, "created_at": QueueCounter.created_at},
    default_sort="name",
    filters={"active": QueueCounter.active, "state": QueueCounter.state, "name": QueueCounter.name},
)
TICKET_LIST = Listing(
    row=QueueTicket,
    schema=QueueTicketResponse,
    sorts={"issued_at": QueueTicket.issued_at, "number": QueueTicket.number},
    default_sort="-issued_at",
    filters={
        "status": QueueTicket.status,
        "queue_id": QueueTicket.queue_id,
        "counter_id": QueueTicket.counter_id,
        "service_date": QueueTicket.service_date,
        "priority": QueueTicket.priority,
        "number": QueueTicket.number,
        "participant_id": QueueTicket.participant_id,
    },
)
