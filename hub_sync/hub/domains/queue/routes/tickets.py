"""Queue tickets over REST: issue, call, and all that follows."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.queue import QueueActionKind
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.queue.errors import (
    CounterBusy,
    CounterClosed,
    CounterNotFound,
    ParticipantUnknown,
    QueueActionImpossible,
    QueueClosed,
    QueueNotFound,
    QueueNumbersUnsettled,
    QueueReasonMissing,
    QueueTicketChanged,
    QueueTicketNotFound,
)
from hub_sync.hub.domains.queue.lists import TICKET_LIST
from hub_sync.hub.domains.queue.manifest import QUEUES_READ, QUEUES_SERVE
from hub_sync.hub.domains.queue.schemas import (
    CallNext,
    CallResult,
    IssuedTicketResponse,
    NewQueueTicket,
    QueueActionResponse,
    QueueTicketAct,
    QueueTicketHistory,
    QueueTicketResponse,
)
from hub_sync.hub.domains.queue.tickets import audited, queries
from hub_sync.hub.domains.queue.tickets.history import history_of
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.link_base import find_link_base
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/queue-tickets", tags=["queues"], flag=FF_KIOSK_MODE)

_MISSING = (EventNotFound, QueueTicketNotFound)
_OF_ACTIONS = (*_MISSING, QueueNotFound, CounterNotFound, QueueActionImpossible, QueueTicketChanged)
_OF_CALLS = (CounterNotFound, CounterClosed, CounterBusy)


@router.get("", permissions=QUEUES_READ, listing=TICKET_LIST, errors=(EventNotFound,))
def list_queue_tickets(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(TICKET_LIST.parse_query)]
) -> Response:
    """List queue tickets, the newest first."""
    events.get(call.work, call.tenant_id, event_id)
    return TICKET_LIST.list_response(call, query, queries.all_of(call.tenant_id, event_id))


@router.get("/{ticket_id}", permissions=QUEUES_READ, schema=QueueTicketHistory, errors=_MISSING)
def get_queue_ticket(call: Call, event_id: Id, ticket_id: Id) -> Response:
    """Return a queue ticket and all that was done with it."""
    key = FeedKey(call.tenant_id, event_id)
    ticket = queries.get(call.work, key, ticket_id)
    actions = [
        QueueActionResponse(
            id=each.action.id,
            kind=each.action.kind,
            at=from_epoch_ms(each.action.at_ms),
            queue_id=each.action.queue_id,
            counter_id=each.action.counter_id,
            device_id=each.action.device_id or None,
            operator=each.action.operator,
            reason=each.action.reason,
            out_of_order=each.action.out_of_order,
            ignored=each.is_ignored,
        )
        for each in history_of(call.work, key, ticket_id)
    ]
    history = QueueTicketHistory(ticket=QueueTicketResponse.model_validate(ticket), actions=actions)
    return call.ok(history, version=ticket.version)


@router.post(
    "",
    permissions=QUEUES_SERVE,
    schema=IssuedTicketResponse,
    status=201,
    errors=(EventNotFound, QueueNotFound, QueueClosed, QueueNumbersUnsettled, ParticipantUnknown),
)
def issue_queue_ticket(call: Call, event_id: Id, new: NewQueueTicket) -> Response:
    """Issue a number. Who has a live one in the queue gets that again, if the queue allows one a person; then there is no address."""
    key = FeedKey(call.tenant_id, event_id)
    base = find_link_base(call.hub.settings, call.request, call.hub.trusted_proxies)
    with call.begin() as work:
        issued = audited.issue_number(work, key, new, call.actor)
        data = IssuedTicketResponse(
            ticket=_response(work, key, issued.ticket.id),
            status_url=f"{base}/q/{issued.token}" if issued.token and base else "",
        )
        location = f"{API}/events/{event_id}/queue-tickets/{issued.ticket.id}"
        return call.created(data, location, version=data.ticket.version)


@router.post("/call-next", permissions=QUEUES_SERVE, schema=CallResult, errors=(EventNotFound, *_OF_CALLS))
def call_next_ticket(call: Call, event_id: Id, wanted: CallNext) -> Response:
    """Call whoever is next to a counter. A counter with somebody called or served calls nobody else."""
    key = FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        called = audited.call_number(
            work, key, call.actor, wanted.counter_id, queue_ids=tuple(wanted.queue_ids)
        )
        ticket = None if called is None else _response(work, key, called.id)
        return call.ok(CallResult(ticket=ticket))


@router.post(
    "/{ticket_id}/call",
    permissions=QUEUES_SERVE,
    schema=QueueTicketResponse,
    errors=(*_MISSING, *_OF_CALLS, QueueActionImpossible, QueueReasonMissing),
)
def call_queue_ticket(call: Call, event_id: Id, ticket_id: Id, act: QueueTicketAct) -> Response:
    """Call this ticket to `counter_id`. If it is not the next one, `reason` says why."""
    key = FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        if act.counter_id is None:
            raise CounterNotFound
        audited.call_number(work, key, call.actor, act.counter_id, ticket_id=ticket_id, reason=act.reason)
        return _answer(call, work, key, ticket_id)


def _register(name: str, endpoint_name: str, text: str) -> None:
    """Register the route of an action, which all are alike."""

    def endpoint(call: Call, event_id: Id, ticket_id: Id, act: QueueTicketAct) -> Response:
        version = call.optional_expected_version()
        key = FeedKey(call.tenant_id, event_id)
        with call.begin() as work:
            audited.move_ticket(work, key, ticket_id, name, act, call.actor, version)
            return _answer(call, work, key, ticket_id)

    endpoint.__name__, endpoint.__doc__ = endpoint_name, text
    path = f"/{{ticket_id}}/{name}"
    router.post(path, permissions=QUEUES_SERVE, schema=QueueTicketResponse, errors=_OF_ACTIONS)(endpoint)


_TEXTS: dict[QueueActionKind, tuple[str, str]] = {
    QueueActionKind.RECALLED: ("recall_queue_ticket", "Announce the number once more at its counter."),
    QueueActionKind.SERVING: (
        "serve_queue_ticket",
        "Begin the service, at `counter_id` or where it was called.",
    ),
    QueueActionKind.COMPLETED: ("complete_queue_ticket", "End the service."),
    QueueActionKind.NO_SHOW: (
        "miss_queue_ticket",
        "Record that nobody came. After as many missed calls as the queue allows, the number expires.",
    ),
    QueueActionKind.RETURNED: (
        "return_queue_ticket",
        "Let it wait again. After a missed call it waits behind the others; otherwise it has its place back.",
    ),
    QueueActionKind.PARKED: ("park_queue_ticket", "Let it wait aside; it is not called meanwhile."),
    QueueActionKind.TRANSFERRED: (
        "transfer_queue_ticket",
        "Let it wait in `to_queue_id`, or for `to_counter_id` alone. The number stays.",
    ),
    QueueActionKind.CANCELLED: ("cancel_queue_ticket", "Cancel it."),
}
for _name, _kind in audited.ACTIONS.items():
    _register(_name, *_TEXTS[_kind])


def _answer(call: Call, work: Work, key: FeedKey, ticket_id: str) -> Response:
    response = _response(work, key, ticket_id)
    return call.ok(response, version=response.version)


def _response(work: Work, key: FeedKey, ticket_id: str) -> QueueTicketResponse:
    return QueueTicketResponse.model_validate(queries.get(work, key, ticket_id))
