"""The status page of a visitor: the number, how many people come before, and when it is their turn. No login, no name.

The address has a token, of which the hub stores the SHA-256 alone. Wrong tokens are limited by the caller's address, views by the
token: hundreds of visitors share one address of the venue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi.responses import Response
from sqlalchemy import select

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueueActionKind
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.queue.errors import QueueActionImpossible, StatusPageUnknown
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter, QueueTicket
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.domains.queue.tickets.actions import Clerk, act, token_hash
from hub_sync.hub.domains.queue.tickets.waits import estimate_of, surroundings
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.client_address import read_credentials
from hub_sync.rules.queue.estimates import WaitRange
from hub_sync.rules.queue.order import people_ahead

PATH = "/q/{token}"
WRONG_TOKENS_A_MINUTE = 30
VIEWS_A_MINUTE = 120
UNDO = timedelta(minutes=1)
"""How long a visitor who has left the queue may take it back."""
VISITOR = "visitor"
"""Who did it, in the ticket's actions."""
_LONGEST_TOKEN = 128
_K = QueueActionKind

router = PageRouter()


@dataclass(frozen=True, slots=True)
class VisitorPlace:
    """What a visitor is shown."""

    ticket: QueueTicket
    event_name: str
    queue: str
    counter: str
    ahead: int
    wait: WaitRange | None
    may_undo: bool
    now: datetime

    @property
    def word(self) -> str:
        """The state, by which the page looks."""
        return self.ticket.status.value.lower()

    @property
    def may_leave(self) -> bool:
        """True if they may give the number back."""
        return self.ticket.status in (QueueStatus.WAITING, QueueStatus.CALLED, QueueStatus.PARKED)


@router.get(PATH, public=True)
def show_status(page: PageCall, token: str) -> Response:
    """Show where a number is."""
    return _render(page, token)


@router.post(f"{PATH}/leave", public=True, on_error=show_status)
def leave_queue(page: PageCall, token: str) -> Response:
    """Give the number back."""
    key, ticket_id = _find(page, token)
    with page.begin() as work:
        act(work, key, ticket_id, _K.CANCELLED, Clerk(VISITOR))
    return page.redirect(f"/q/{token}")


@router.post(f"{PATH}/undo", public=True, on_error=show_status)
def stay_in_queue(page: PageCall, token: str) -> Response:
    """Take it back within a minute; the place in the queue is as before."""
    key, ticket_id = _find(page, token)
    with page.begin() as work:
        ticket = queries.get(work, key, ticket_id)
        if not _may_undo(work, ticket):
            raise QueueActionImpossible(number=ticket.number)
        act(work, key, ticket_id, _K.RETURNED, Clerk(VISITOR))
    return page.redirect(f"/q/{token}", say=_("You are in the queue again, at the same place."))


def _render(page: Page, token: str) -> Response:
    key, ticket_id = _find(page, token)
    with page.reading() as work:
        place = _place(work, key, ticket_id)
        response = page.render("queues/visitor.html", place=place, token=token)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _find(page: Page, token: str) -> tuple[FeedKey, str]:
    """Return the ticket of a token.

    Raises:
        StatusPageUnknown: 404, there is none. TooManyRequests: 429.
    """
    address = read_credentials(page.request, page.hub.trusted_proxies).client_ip
    digest = token_hash(token)
    limits, row = page.hub.rate_limits, None
    if len(token) <= _LONGEST_TOKEN:
        query = select(QueueTicket.tenant_id, QueueTicket.event_id, QueueTicket.id).where(
            QueueTicket.status_token_hash == digest
        )
        with page.hub.uow.look_up() as work:
            row = work.session.execute(query).one_or_none()
    if row is None:
        # After the look-up: whoever guesses at the venue's address must not keep its visitors from their pages.
        limits.acquire(f"queue-status-wrong:{address}", WRONG_TOKENS_A_MINUTE).raise_if_exceeded()
        raise StatusPageUnknown
    limits.acquire(f"queue-status:{digest}", VIEWS_A_MINUTE).raise_if_exceeded()
    return FeedKey(row.tenant_id, row.event_id), row.id


def _place(work: Work, key: FeedKey, ticket_id: str) -> VisitorPlace:
    try:
        event = events.read(work, *key)
    except EventNotFound:
        raise StatusPageUnknown from None
    ticket = queries.get(work, key, ticket_id)
    state = queries.state_of(ticket)
    queue = work.session.get(Queue, (key.tenant_id, ticket.queue_id))
    counter = work.session.get(QueueCounter, (key.tenant_id, ticket.counter_id or ""))
    ahead, wait = 0, None
    if ticket.status is QueueStatus.WAITING:
        around = surroundings(work, key, ticket.queue_id)
        ahead, wait = people_ahead(state, around.live), estimate_of(around, state)
    return VisitorPlace(
        ticket,
        event.name,
        queue.name if queue is not None else "",
        counter.name if counter is not None else "",
        ahead,
        wait,
        _may_undo(work, ticket),
        work.now(),
    )


def _may_undo(work: Work, ticket: QueueTicket) -> bool:
    return (
        ticket.status is QueueStatus.CANCELLED
        and ticket.ended_at is not None
        and work.now() - ticket.ended_at <= UNDO
    )
