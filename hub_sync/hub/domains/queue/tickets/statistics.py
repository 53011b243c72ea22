"""Figures of a service day: waits, service times, missed calls by the hour; how good the estimates were; breaks and calls out of order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueueAction, QueueActionKind
from hub_sync.hub.domains.queue.tables import QueueTicket, StoredQueueAction
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.estimates import WaitRange
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

_K = QueueActionKind
ESTIMATE_DAYS = 7
"""The error of the estimates is that of the last week: a day has too few of them."""


@dataclass(slots=True)
class HourFigures:
    """Figures of an hour, by the event's wall clock; waits and services count in the hour in which they ended."""

    hour: str
    issued: int = 0
    served: int = 0
    no_shows: int = 0
    waits_s: list[float] = field(default_factory=list)
    services_s: list[float] = field(default_factory=list)

    @property
    def wait_s(self) -> int | None:
        """The middle wait in seconds."""
        return round(median(self.waits_s)) if self.waits_s else None

    @property
    def service_s(self) -> int | None:
        """The middle service time in seconds."""
        return round(median(self.services_s)) if self.services_s else None


@dataclass(frozen=True, slots=True)
class EstimateError:
    """How the estimates of the last week compare with what came.

    Attributes:
        count: the number of people who got an estimate and were called.
        inside: how many of them waited as long as it said.
        early: how many were called sooner, `late` later.
        late_s: the middle of the seconds by which the late ones were late.
    """

    count: int = 0
    inside: int = 0
    early: int = 0
    late: int = 0
    late_s: int | None = None

    @property
    def percent_inside(self) -> int | None:
        """The share that was right; None: there was no estimate."""
        return round(100 * self.inside / self.count) if self.count else None


@dataclass(frozen=True, slots=True)
class DayStatistics:
    """The figures of a service day."""

    day: str
    hours: Sequence[HourFigures]
    issued: int
    served: int
    no_shows: int
    live: int
    wait_s: int | None
    longest_wait_s: int | None
    service_s: int | None
    estimates: EstimateError
    breaks: Sequence[QueueAction]
    out_of_order: Sequence[QueueAction]


def day_statistics(
    work: Work, key: FeedKey, event: Any, day: str, queue_id: str | None = None
) -> DayStatistics:
    """Return the figures of a day, of one queue or all."""
    zone = load_time_zone_or_utc(event.time_zone)
    query = queries.all_of(*key).where(QueueTicket.service_date == day)
    if queue_id is not None:
        query = query.where(QueueTicket.queue_id == queue_id)
    tickets = list(work.session.scalars(query))
    hours: dict[str, HourFigures] = defaultdict(lambda: HourFigures(""))

    def hour_of(at: datetime) -> HourFigures:
        name = f"{at.astimezone(zone):%H}:00"
        hours[name].hour = name
        return hours[name]

    for ticket in tickets:
        hour_of(ticket.issued_at).issued += 1
        if ticket.first_called_at is not None:
            waited = (ticket.first_called_at - ticket.issued_at).total_seconds()
            hour_of(ticket.first_called_at).waits_s.append(max(0.0, waited))
        if ticket.status is QueueStatus.COMPLETED and ticket.served_at and ticket.ended_at:
            ended = hour_of(ticket.ended_at)
            ended.served += 1
            ended.services_s.append(max(0.0, (ticket.ended_at - ticket.served_at).total_seconds()))
        if ticket.no_shows:
            hour_of(ticket.ended_at or ticket.called_at or ticket.issued_at).no_shows += ticket.no_shows
    waits = [wait for each in hours.values() for wait in each.waits_s]
    services = [taken for each in hours.values() for taken in each.services_s]
    actions = _special_actions(work, key, day, queue_id)
    return DayStatistics(
        day=day,
        hours=[hours[name] for name in sorted(hours)],
        issued=len(tickets),
        served=sum(each.served for each in hours.values()),
        no_shows=sum(each.no_shows for each in hours.values()),
        live=sum(queries.state_of(ticket).is_live for ticket in tickets),
        wait_s=round(median(waits)) if waits else None,
        longest_wait_s=round(max(waits)) if waits else None,
        service_s=round(median(services)) if services else None,
        estimates=estimate_error(work, key, queue_id),
        breaks=[each for each in actions if each.kind in (_K.BREAK_STARTED, _K.BREAK_ENDED)],
        out_of_order=[each for each in actions if each.out_of_order],
    )


def estimate_error(work: Work, key: FeedKey, queue_id: str | None = None) -> EstimateError:
    """Return how the estimates of the last week compare with what came."""
    t = QueueTicket
    query = select(t.issued_at, t.first_called_at, t.estimate_low_s, t.estimate_high_s).where(
        t.tenant_id == key.tenant_id,
        t.event_id == key.event_id,
        t.issued_at >= work.now() - timedelta(days=ESTIMATE_DAYS),
        t.estimate_high_s.is_not(None),
        t.first_called_at.is_not(None),
        *(() if queue_id is None else (t.queue_id == queue_id,)),
    )
    misses = [
        WaitRange(row.estimate_low_s, row.estimate_high_s).misses_by_s(
            (row.first_called_at - row.issued_at).total_seconds()
        )
        for row in work.session.execute(query)
    ]
    late = [miss for miss in misses if miss > 0]
    return EstimateError(
        count=len(misses),
        inside=sum(miss == 0 for miss in misses),
        early=sum(miss < 0 for miss in misses),
        late=len(late),
        late_s=round(median(late)) if late else None,
    )


def _special_actions(work: Work, key: FeedKey, day: str, queue_id: str | None) -> list[QueueAction]:
    a = StoredQueueAction
    query = select(a.content, a.kind, a.queue_id, a.out_of_order).where(
        a.tenant_id == key.tenant_id,
        a.event_id == key.event_id,
        a.service_date == day,
        a.kind.in_([_K.BREAK_STARTED, _K.BREAK_ENDED, _K.CALLED]),
    )
    return [
        queries.load_action(row.content)
        for row in work.session.execute(query.order_by(a.at))
        if row.kind is not _K.CALLED or (row.out_of_order and (queue_id is None or row.queue_id == queue_id))
    ]
