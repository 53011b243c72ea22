"""The present day of the served event's queues: what is read of them, and the records that a station writes."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from hub_sync.client.store import Store
from hub_sync.client.store.queue.actions import counters_on_break
from hub_sync.client.store.queue.stored_queue import QueueSettings
from hub_sync.client.timekeeper import ClockReading, Timekeeper
from hub_sync.contract.clock import Clock, epoch_ms, from_epoch_ms
from hub_sync.contract.enums import DeviceProfile, QueueStatus
from hub_sync.contract.ids import NewId
from hub_sync.contract.queue import CounterRow, QueueAction, QueueActionKind, QueueRecord, QueueRow
from hub_sync.contract.sync import EventRow
from hub_sync.rules.queue.event_day import event_service_day
from hub_sync.rules.queue.ticket_state import TicketState, action_order
from hub_sync.rules.times.opening_hours import is_open, next_opening, parse_hour
from hub_sync.rules.times.time_zones import load_time_zone_or_utc
from kiosk_app.queue_messages import StationClosure


@dataclass(frozen=True, slots=True)
class QueueDay:
    """A moment of an event's queues at this station."""

    event: EventRow
    device_id: str
    day: str
    settings: QueueSettings
    reading: ClockReading
    is_on: bool = True
    """False: the hub has queues switched off; numbers that were given are still called."""

    @property
    def now_ms(self) -> int:
        """The corrected time, in milliseconds since 1970."""
        return epoch_ms(self.reading.now)

    @property
    def time_zone(self) -> ZoneInfo:
        """The event's time zone."""
        return load_time_zone_or_utc(self.event.time_zone)

    def is_open(self, queue: QueueRow) -> bool:
        """Return True if a queue takes people now."""
        return self.is_on and queue.active and is_open(self.reading.now, *_hours(queue), self.time_zone)

    def opens_at(self, queue: QueueRow) -> datetime | None:
        """Return when a queue opens again whose opening hours are over, in the event's zone; None: it is open, or switched off."""
        if not (self.is_on and queue.active):
            return None
        opening = next_opening(self.reading.now, *_hours(queue), self.time_zone)
        return None if opening is None else opening.astimezone(self.time_zone)


class QueueBook:
    """The queues of the served event, for one thread. It writes what a station does."""

    def __init__(
        self,
        store: Store,
        timekeeper: Timekeeper,
        clock: Clock,
        new_id: NewId,
        on_written: Callable[[], None] = lambda: None,
    ) -> None:
        """Create the book. `store` is the thread's session; `on_written` is called after each commit of an own action."""
        self.store, self.clock, self.new_id = store, clock, new_id
        self._timekeeper, self._on_written = timekeeper, on_written
        self._tickets: tuple[TicketState, ...] = ()
        self._shared_numbers: frozenset[str] = frozenset()
        self._tickets_key: tuple[tuple[int, int], str, str] | None = None

    def day(self) -> QueueDay | None:
        """Return the present day; None: this station has no queues of the served event.

        Raises:
            StoreError: the store could not be read.
        """
        enrolment, event = self.store.settings.enrolment(), self.store.venue.event()
        settings = None if event is None else self.store.queue.settings_of(event.id)
        if enrolment is None or event is None or settings is None or not self.store.access.is_active:
            return None
        reading = self._timekeeper.read()
        day = event_service_day(event, reading.now)
        is_on = self.store.queue.is_on(event.id)
        return QueueDay(event, enrolment.device_id, day, settings, reading, is_on)

    def closure(self) -> StationClosure | None:
        """Return why the hub lets this station serve nobody; None: it does.

        Raises:
            StoreError: the store could not be read.
        """
        access = self.store.access
        if access.is_active:
            return None
        if access.wiping_id:
            return StationClosure.ERASING
        return StationClosure.WITHDRAWN if access.is_withdrawn else StationClosure.LOCKED

    def event_name_and_zone(self) -> tuple[str, ZoneInfo | None]:
        """Return the event's name and time zone, also while the station serves nobody; empty and None if there is no event.

        Raises:
            StoreError: the store could not be read.
        """
        event = self.store.venue.event()
        return ("", None) if event is None else (event.name, load_time_zone_or_utc(event.time_zone))

    def profile(self) -> DeviceProfile:
        """Return the profile of this station; one that a newer hub has may do what a kiosk may.

        Raises:
            StoreError: the store could not be read.
        """
        enrolment = self.store.settings.enrolment()
        known = enrolment is not None and enrolment.profile in set(DeviceProfile)
        return DeviceProfile(enrolment.profile) if enrolment is not None and known else DeviceProfile.KIOSK

    def queues(self, day: QueueDay) -> tuple[QueueRow, ...]:
        """Return the event's queues."""
        return self.store.queue.queues(day.event.id)

    def counters(self, day: QueueDay) -> tuple[CounterRow, ...]:
        """Return the event's counters that are switched on."""
        return tuple(row for row in self.store.queue.counters(day.event.id) if row.active)

    def tickets(self, day: QueueDay, *, live_only: bool = False) -> tuple[TicketState, ...]:
        """Return the day's tickets. A live one that a wrong clock gave to another day belongs to it by its true time, as at the hub."""
        # A screen looks several times a second, and a day may have thousands: they are read again once the store has changed.
        key = self.store.queue.version(), day.event.id, day.day
        if key != self._tickets_key:
            tickets = self.store.queue.actions.tickets(day.event.id, day.day)
            self._tickets = tuple(ticket for ticket in tickets if _is_of(ticket, day))
            counts = Counter(ticket.number for ticket in self._tickets)
            self._shared_numbers = frozenset(number for number, count in counts.items() if count > 1)
            self._tickets_key = key
        return tuple(ticket for ticket in self._tickets if ticket.is_live) if live_only else self._tickets

    def label(self, day: QueueDay, ticket: TicketState) -> str:
        """Return a ticket's number as screens show it: with the time that is on its slip if another ticket of the day has the number, too.

        The hub was restored from an older backup then, and both people stand there with it.
        """
        self.tickets(day)
        if ticket.number not in self._shared_numbers:
            return ticket.number
        return f"{ticket.number} ({from_epoch_ms(ticket.issued_at_ms).astimezone(day.time_zone):%H:%M})"

    def pauses(self, day: QueueDay) -> dict[str, QueueAction]:
        """Return the action with which each counter that is closed or has a break began it, by counter."""
        return counters_on_break(self.store.queue.actions.of_counters(day.event.id, day.day))

    def holders(self, day: QueueDay) -> dict[str, QueueAction]:
        """Return the last action at each counter where another desk, or somebody at the hub, works now."""
        last: dict[str, QueueAction] = {}
        actions = self.store.queue.actions.of_counters(day.event.id, day.day)
        for action in sorted(actions, key=action_order):
            if action.counter_id is not None:
                last[action.counter_id] = action
        return {
            counter_id: action
            for counter_id, action in last.items()
            if action.kind is not QueueActionKind.COUNTER_CLOSED and action.device_id != day.device_id
        }

    def opened(self, day: QueueDay) -> frozenset[str]:
        """Return the ids of counters at which anything was said on this day: somebody works there, or did."""
        actions = self.store.queue.actions.of_counters(day.event.id, day.day)
        return frozenset(action.counter_id for action in actions if action.counter_id is not None)

    def write(self, build: Callable[[], Sequence[QueueRecord]]) -> int:
        """Write the records that `build` returns, which runs inside of the transaction. Return how many there were.

        Raises:
            StoreError: nothing was written.
        """
        rows = self.store.queue.write(build)
        if rows:
            self._on_written()
        return len(rows)

    def record(
        self,
        day: QueueDay,
        kind: QueueActionKind,
        *,
        ticket: TicketState | None = None,
        after: int = 0,
        members: Mapping[str, Any],
    ) -> QueueRecord:
        """Return the record of an action that is done now.

        Args:
            day: the moment.
            kind: what is done.
            ticket: what it is done to; None: see `members`.
            after: how many others of the same transaction come before it.
            members: further members of the action.
        """
        values = {"id": self.new_id(), "service_date": day.day, **members}
        if ticket is not None:
            values |= {
                "queue_id": ticket.queue_id,
                "ticket_id": ticket.id,
                "service_date": ticket.service_date,
            }
        action = QueueAction(
            kind=kind,
            event_id=day.event.id,
            tick=self.store.queue.actions.next_tick(day.event.id) + after,
            at_ms=max(0, day.now_ms),
            device_id=day.device_id,
            **values,
        )
        return QueueRecord(
            id=action.id,
            device_id=day.device_id,
            event_id=day.event.id,
            action=action,
            observed_at_ms=max(0, epoch_ms(self.clock.now())),
            monotonic_ms=self.clock.monotonic_ms(),
            boot_id=self.clock.boot_id,
            clock_offset_ms=day.reading.offset_ms,
            clock_sure=day.reading.sure,
        )


def _hours(queue: QueueRow) -> tuple[time | None, time | None]:
    """Return a queue's opening hours. Those that are not understood close nothing."""
    try:
        return parse_hour(queue.opens_at), parse_hour(queue.closes_at)
    except ValueError:
        return None, None


def _is_of(ticket: TicketState, day: QueueDay) -> bool:
    if ticket.service_date == day.day or ticket.status is QueueStatus.SERVING:
        return True
    issued_at = from_epoch_ms(ticket.issued_at_ms)
    return ticket.service_date > day.day or event_service_day(day.event, issued_at) >= day.day
