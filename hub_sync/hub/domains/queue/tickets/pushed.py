"""Checks of the actions that a station pushes: what can't be right is quarantined, with the reason, and never becomes a ticket.

A printed number is no such case: a hub that was restored from an older backup has forgotten its leases and lanes, and the people with
these numbers stand there. Their numbers are adopted. Two tickets may have one number then; boards and desks tell them apart.

Nothing here may raise for what a station wrote. The caller holds the feeds of the events.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from sqlalchemy import select

from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.queue import FURTHEST_TICK, QueueAction, QueueActionKind, QueueRecord, TicketIssue
from hub_sync.hub.domains.queue.tables import (
    TICKETS,
    Queue,
    QueueCounter,
    QueueTicket,
    StoredQueueAction,
)
from hub_sync.hub.domains.queue.tickets import numbers, queries
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.authority import may_act
from hub_sync.rules.queue.order import format_number

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RefusedAction:
    """The reason why an action is quarantined: a code for programs, a sentence for people."""

    code: str
    message: str


@dataclass
class _EventQueues:
    """What is known of an event's queues, read once for a push."""

    letters: dict[str, str]
    counters: set[str]
    leases: numbers.StationLeases
    tick: int
    numbers: set[tuple[str, str]] = field(default_factory=set)
    """Numbers that tickets have, with their day."""
    issuers: dict[str, str] = field(default_factory=dict)
    """The tickets that this push cancels or issues, with the station that issued them."""


class PushingStation(Protocol):
    """The station of a push."""

    @property
    def id(self) -> str:
        """The id of its device."""
        ...

    @property
    def tenant_id(self) -> str:
        """Its tenant."""
        ...

    @property
    def profile(self) -> DeviceProfile:
        """What its credential may do."""
        ...


class PushedActions:
    """Checks the actions of one push in their order; those that passed count for the ones after them."""

    def __init__(self, work: Work, station: PushingStation, records: Iterable[QueueRecord]) -> None:
        self._work, self._station = work, station
        self._tenant_id, self._device_id = station.tenant_id, station.id
        self._events: dict[str, _EventQueues] = {}
        self._records = list(records)
        self._ids = self._taken_ids()
        # Of all events: two tickets of one tenant can't share an id, and each token opens one ticket's status page.
        self._issued: set[str] = set()
        self._tokens: set[str] = set()

    def check(self, record: QueueRecord) -> RefusedAction | QueueAction:
        """Return why an action can't be stored, or what is to be stored of it, which counts for the next ones.

        A tick that is too far ahead is corrected to the next one here: a stolen station may have told its neighbours
        so, and their numbers must not be lost for it.
        """
        if record.id in self._ids:
            return RefusedAction("DuplicateId", "an action with this id is stored already")
        action = record.action
        known = self._of_event(record.event_id)
        if action.tick > known.tick + FURTHEST_TICK:
            action = action.model_copy(update={"tick": known.tick + 1})
        refused = self._check_authority(action, known) or self._check_places(action, known)
        if refused is None and action.issue is not None:
            refused = self._check_issue(action, action.issue, known)
        if refused is not None:
            return refused
        self._ids.add(record.id)
        if action.issue is not None and action.ticket_id is not None:
            self._adopt_number(action, action.issue, known)
            self._issued.add(action.ticket_id)
            known.issuers[action.ticket_id] = self._device_id
            self._tokens.add(action.issue.status_token_hash or "")
        known.tick = max(known.tick, action.tick)
        return action

    def _check_authority(self, action: QueueAction, known: _EventQueues) -> RefusedAction | None:
        profile = self._station.profile
        if may_act(profile, action, known.issuers.get(action.ticket_id or "")):
            return None
        return RefusedAction(
            "ProfileForbidsRow",
            f"a station that is enrolled as {profile} may not send this action “{action.kind}”",
        )

    def _check_places(self, action: QueueAction, known: _EventQueues) -> RefusedAction | None:
        for queue_id in (action.queue_id, action.to_queue_id):
            if queue_id is not None and queue_id not in known.letters:
                return RefusedAction("UnknownQueue", "the event has no such queue")
        for counter_id in (action.counter_id, action.to_counter_id):
            if counter_id is not None and counter_id not in known.counters:
                return RefusedAction("UnknownCounter", "the event has no such counter")
        return None

    def _check_issue(
        self, action: QueueAction, issue: TicketIssue, known: _EventQueues
    ) -> RefusedAction | None:
        queue_id = action.queue_id or ""
        if action.ticket_id in self._issued:
            return RefusedAction("QueueTicketExists", "the ticket was issued already")
        if issue.number != format_number(known.letters[queue_id], issue.lane, issue.sequence):
            return RefusedAction(
                "QueueNumberWrong", f"{issue.number} is not number {issue.sequence} of this queue and lane"
            )
        if issue.status_token_hash and issue.status_token_hash in self._tokens:
            return RefusedAction("StatusTokenTaken", "another ticket's status page has the same token")
        is_leased = not issue.lane and known.leases.include(queue_id, action.service_date, issue.sequence)
        if issue.sequence > numbers.FURTHEST_SEQUENCE and not is_leased:
            return RefusedAction("QueueNumberWrong", f"no queue gives the number {issue.number}")
        if issue.lane and not known.leases.may_use(issue.lane):
            return RefusedAction("ForeignLane", f"this station had other letters than {issue.lane} too often")
        return None

    def _adopt_number(self, action: QueueAction, issue: TicketIssue, known: _EventQueues) -> None:
        number = (action.service_date, issue.number)
        if number in known.numbers:
            _log.warning(
                "queue_number_twice",
                device=self._device_id,
                number=issue.number,
                service_date=action.service_date,
            )
        known.numbers.add(number)
        if issue.lane:
            known.leases.adopt_lane(self._work, issue.lane)
        else:
            known.leases.adopt(self._work, action.queue_id or "", action.service_date, issue.sequence)

    def _taken_ids(self) -> set[str]:
        if not self._records:
            return set()
        a = StoredQueueAction
        ids = sorted(record.id for record in self._records)
        query = select(a.id).where(a.tenant_id == self._tenant_id, in_values(a.id, ids, self._work.dialect))
        return set(self._work.session.scalars(query))

    def _of_event(self, event_id: str) -> _EventQueues:
        if event_id not in self._events:
            self._events[event_id] = self._read(FeedKey(self._tenant_id, event_id))
        return self._events[event_id]

    def _read(self, key: FeedKey) -> _EventQueues:
        session = self._work.session
        q, c = Queue, QueueCounter
        letters = session.execute(
            select(q.id, q.letter).where(q.tenant_id == key.tenant_id, q.event_id == key.event_id)
        )
        counters = session.scalars(
            select(c.id).where(c.tenant_id == key.tenant_id, c.event_id == key.event_id)
        )
        known = _EventQueues(
            {row.id: row.letter for row in letters},
            set(counters),
            numbers.StationLeases(key, self._device_id),
            queries.last_tick(self._work, key),
        )
        known.issuers = self._issuers_of_cancelled(key.event_id)
        issues = [
            record.action
            for record in self._records
            if record.event_id == key.event_id and record.action.kind is QueueActionKind.ISSUED
        ]
        if issues:
            dates = sorted({action.service_date for action in issues})
            known.leases.read(self._work, dates)
            self._read_tickets(key, known, issues, dates)
        return known

    def _issuers_of_cancelled(self, event_id: str) -> dict[str, str]:
        """Return the tickets of an event that this push cancels, each with the station that issued it."""
        cancelled = sorted(
            record.action.ticket_id
            for record in self._records
            if record.event_id == event_id
            and record.action.kind is QueueActionKind.CANCELLED
            and record.action.ticket_id is not None
        )
        if not cancelled:
            return {}
        t = QueueTicket
        rows = self._work.session.execute(
            select(t.id, t.device_id).where(
                t.tenant_id == self._tenant_id,
                t.event_id == event_id,
                in_values(t.id, cancelled, self._work.dialect),
            )
        )
        return {row.id: row.device_id for row in rows}

    def _read_tickets(
        self, key: FeedKey, known: _EventQueues, issues: list[QueueAction], dates: list[str]
    ) -> None:
        t, session, dialect = QueueTicket, self._work.session, self._work.dialect
        printed = sorted({action.issue.number for action in issues if action.issue is not None})
        rows = session.execute(
            select(t.service_date, t.number).where(
                t.tenant_id == key.tenant_id,
                t.event_id == key.event_id,
                in_values(t.service_date, dates, dialect),
                in_values(t.number, printed, dialect),
            )
        )
        known.numbers = {(row.service_date, row.number) for row in rows}
        ids = sorted({action.ticket_id for action in issues if action.ticket_id is not None})
        self._issued |= set(
            session.scalars(select(t.id).where(t.tenant_id == key.tenant_id, in_values(t.id, ids, dialect)))
        )
        hashes = sorted(
            {action.issue.status_token_hash or "" for action in issues if action.issue is not None}
        )
        tokens = session.scalars(
            select(t.status_token_hash).where(in_values(TICKETS.c.status_token_hash, hashes, dialect))
        )
        self._tokens |= {token for token in tokens if token is not None}
