"""The console's pages of numbers: a list, and one number with all that was done with it and can be done."""

from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import QueueStatus
from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.queue.errors import (
    CounterBusy,
    CounterClosed,
    CounterNotFound,
    QueueActionImpossible,
    QueueReasonMissing,
)
from hub_sync.hub.domains.queue.lists import TICKET_LIST
from hub_sync.hub.domains.queue.manifest import (
    ACTION_WORDS,
    QUEUE_PRIORITIES,
    QUEUE_STATUSES,
    QUEUES_READ,
    QUEUES_SERVE,
)
from hub_sync.hub.domains.queue.pages.forms import ActForm
from hub_sync.hub.domains.queue.queues import counters, service
from hub_sync.hub.domains.queue.schemas import QueueTicketAct
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter
from hub_sync.hub.domains.queue.tickets import audited, queries
from hub_sync.hub.domains.queue.tickets.history import history_of
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.urls import safe_local_path
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

_LIST_PATH = "/events/{event_id}/queue-tickets"
_PATH = f"{_LIST_PATH}/{{ticket_id}}"
_BESIDE = {
    QueueReasonMissing: "reason",
    CounterNotFound: "counter_id",
    CounterBusy: "",
    CounterClosed: "",
    QueueActionImpossible: "",
}
_S = QueueStatus
POSSIBLE: dict[QueueStatus, tuple[str, ...]] = {
    _S.WAITING: ("park", "cancel"),
    _S.CALLED: ("serve", "recall", "no-show", "return", "park", "cancel"),
    _S.SERVING: ("complete", "park", "return"),
    _S.PARKED: ("return", "cancel"),
    _S.NO_SHOW: ("return", "cancel"),
    _S.CANCELLED: ("return",),
}
"""What can be done with a number, the likeliest first."""
_MAY_MOVE = (_S.WAITING, _S.CALLED, _S.SERVING, _S.PARKED, _S.NO_SHOW)
_MAY_BE_CALLED = (_S.WAITING, _S.PARKED, _S.NO_SHOW)

router = PageRouter()


@router.get(_LIST_PATH, permissions=QUEUES_READ, flag=FF_KIOSK_MODE)
def list_numbers(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(TICKET_LIST.parse_console_query)]
) -> Response:
    """List numbers, the newest first."""
    event = events.get(page.work, page.tenant_id, event_id)
    result = TICKET_LIST.page(page.work, queries.all_of(page.tenant_id, event_id), query, page.tenant_id)
    return page.render(
        "queues/tickets.html",
        event=event,
        result=result,
        is_filtered=bool(query.conditions),
        statuses=QUEUE_STATUSES,
        priorities=QUEUE_PRIORITIES,
        **_names(page, event_id),
    )


@router.get(_PATH, permissions=QUEUES_READ, flag=FF_KIOSK_MODE)
def show_number(page: PageCall, event_id: Id, ticket_id: Id) -> Response:
    """Show a number, what was done with it, and what can be done."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    ticket = queries.get(page.work, key, ticket_id)
    history = history_of(page.work, key, ticket_id)
    device_ids = {each.action.device_id for each in history}
    return page.render(
        "queues/ticket.html",
        event=event,
        ticket=ticket,
        history=history,
        person=_person_name(page, event_id, ticket.participant_id),
        stations=audit.names_of(page.work, page.tenant_id, "kiosk_device", device_ids - {""}),
        possible=POSSIBLE.get(ticket.status, ()),
        may_move=ticket.status in _MAY_MOVE,
        may_be_called=ticket.status in _MAY_BE_CALLED,
        words=ACTION_WORDS,
        statuses=QUEUE_STATUSES,
        priorities=QUEUE_PRIORITIES,
        instant=from_epoch_ms,
        operator_name=audit.actor_name,
        **_names(page, event_id),
    )


@router.post(
    f"{_PATH}/call", permissions=QUEUES_SERVE, flag=FF_KIOSK_MODE, on_error=show_number, beside=_BESIDE
)
def call_number(page: PageCall, event_id: Id, ticket_id: Id) -> Response:
    """Call this number to a counter."""
    form = page.parse(ActForm)
    if form.counter_id is None:
        raise CounterNotFound
    with page.begin() as work:
        audited.call_number(
            work,
            FeedKey(page.tenant_id, event_id),
            page.caller.actor,
            form.counter_id,
            ticket_id=ticket_id,
            reason=form.reason,
        )
    return page.redirect(_back(form, event_id, ticket_id))


@router.post(
    f"{_PATH}/{{action}}", permissions=QUEUES_SERVE, flag=FF_KIOSK_MODE, on_error=show_number, beside=_BESIDE
)
def act_on_number(page: PageCall, event_id: Id, ticket_id: Id, action: str) -> Response:
    """Do something with a number."""
    if action not in audited.ACTIONS:
        raise QueueActionImpossible(number="")
    form = page.parse(ActForm)
    act = QueueTicketAct.model_validate(form.model_dump(exclude={"back"}))
    with page.begin() as work:
        key = FeedKey(page.tenant_id, event_id)
        after = audited.move_ticket(work, key, ticket_id, action, act, page.caller.actor)
    say = _("%(number)s: %(status)s.") % {
        "number": after.number,
        "status": _(QUEUE_STATUSES[after.status]),
    }
    return page.redirect(_back(form, event_id, ticket_id), say=say)


def _back(form: ActForm, event_id: str, ticket_id: str) -> str:
    return safe_local_path(form.back, "") or f"/events/{event_id}/queue-tickets/{ticket_id}"


def _names(page: PageCall, event_id: str) -> dict[str, Any]:
    key = FeedKey(page.tenant_id, event_id)
    session = page.work.session
    return {
        "queues": {
            row.id: row.name
            for row in session.execute(
                service.all_of(*key).with_only_columns(Queue.id, Queue.name).order_by(Queue.letter)
            )
        },
        "counters": {
            row.id: row.name
            for row in session.execute(
                counters.all_of(*key)
                .with_only_columns(QueueCounter.id, QueueCounter.name)
                .order_by(QueueCounter.name)
            )
        },
    }


def _person_name(page: PageCall, event_id: str, participant_id: str | None) -> str:
    if participant_id is None or not page.caller.has_permission(PARTICIPANTS_READ):
        return ""
    try:
        person = participants.get(page.work, page.tenant_id, event_id, participant_id)
    except ParticipantNotFound:
        return ""
    return participants.display_name(person)
