"""The console's page of who waits and who serves, desk by desk."""

from dataclasses import dataclass
from datetime import datetime

from fastapi.responses import Response

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import QueueStatus
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.queue.manifest import (
    COUNTER_STATES,
    QUEUE_PRIORITIES,
    QUEUE_STATUSES,
    QUEUES_READ,
    QUEUES_SERVE,
    CounterState,
)
from hub_sync.hub.domains.queue.pages.forms import IssueForm
from hub_sync.hub.domains.queue.queues import counters, service
from hub_sync.hub.domains.queue.schemas import NewQueueTicket
from hub_sync.hub.domains.queue.tables import Queue, QueueCounter
from hub_sync.hub.domains.queue.tickets import audited
from hub_sync.hub.domains.queue.tickets.days import accepts_visitors
from hub_sync.hub.domains.queue.tickets.waits import EventWaits, event_waits
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.link_base import find_link_base
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.queue.estimates import WaitRange
from hub_sync.rules.queue.order import waiting_tickets
from hub_sync.rules.queue.ticket_state import TicketState

PATH = "/events/{event_id}/queue"
MOST_SHOWN = 25
"""People of a queue that are listed; the list of numbers has all."""

router = PageRouter()


@dataclass(frozen=True, slots=True)
class LiveQueue:
    """A queue as the page shows it. `last_wait`: what somebody who came now would wait."""

    queue: Queue
    waiting: list[TicketState]
    parked: int
    accepts: bool
    last_wait: WaitRange | None

    @property
    def oldest(self) -> datetime | None:
        """Since when the next one waits."""
        return from_epoch_ms(self.waiting[0].issued_at_ms) if self.waiting else None


@dataclass(frozen=True, slots=True)
class LiveCounter:
    """A counter as the page shows it, with whoever is there."""

    counter: QueueCounter
    ticket: TicketState | None

    @property
    def tone(self) -> str:
        """The colour of its state."""
        if self.ticket is not None:
            return "good"
        return {CounterState.OPEN: "info", CounterState.BREAK: "warn"}.get(self.counter.state, "quiet")

    @property
    def is_idle(self) -> bool:
        """True if it is open and serves nobody."""
        return self.ticket is None and self.counter.state is CounterState.OPEN


@router.get(PATH, permissions=QUEUES_READ, flag=FF_KIOSK_MODE)
def show_live(page: PageCall, event_id: Id) -> Response:
    """Show who waits, who is called, and what each counter does."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    waits = event_waits(page.work, key)
    queues = [
        _live_queue(page, waits, event, queue)
        for queue in page.work.session.scalars(service.all_of(*key).order_by(Queue.letter)).all()
    ]
    at = {
        each.counter_id: each
        for each in waits.live
        if each.status in (QueueStatus.CALLED, QueueStatus.SERVING)
    }
    shown = [
        LiveCounter(counter, at.get(counter.id))
        for counter in page.work.session.scalars(counters.all_of(*key).order_by(QueueCounter.name))
    ]
    oldest = min((each.oldest for each in queues if each.oldest is not None), default=None)
    return page.render(
        "queues/live.html",
        event=event,
        queues=queues,
        counters=shown,
        waiting=sum(len(each.waiting) for each in queues),
        served=sum(each.ticket is not None for each in shown),
        idle=sum(each.is_idle for each in shown),
        oldest=oldest,
        states=COUNTER_STATES,
        statuses=QUEUE_STATUSES,
        priorities=QUEUE_PRIORITIES,
        instant=from_epoch_ms,
        most=MOST_SHOWN,
    )


@router.post(f"{PATH}/issue", creates=True, permissions=QUEUES_SERVE, flag=FF_KIOSK_MODE)
def issue_number(page: PageCall, event_id: Id) -> Response:
    """Issue a number for somebody who stands here."""
    form = page.parse(IssueForm)
    with page.begin() as work:
        new = NewQueueTicket(queue_id=form.queue_id, priority=form.priority)
        issued = audited.issue_number(work, FeedKey(page.tenant_id, event_id), new, page.caller.actor)
    base = find_link_base(page.hub.settings, page.request, page.hub.trusted_proxies)
    address = f"{base}/q/{issued.token}"
    say = _("Number %(number)s was issued. Its status page: %(address)s") % {
        "number": issued.ticket.number,
        "address": address,
    }
    return page.redirect(f"/events/{event_id}/queue", say=say)


def _live_queue(page: Page, waits: EventWaits, event: events.Event, queue: Queue) -> LiveQueue:
    waiting = waiting_tickets(waits.live, {queue.id})
    return LiveQueue(
        queue,
        waiting,
        sum(each.status is QueueStatus.PARKED and each.queue_id == queue.id for each in waits.live),
        accepts_visitors(page.work, event, queue),
        waits.wait_of(waiting[-1]) if waiting else None,
    )
