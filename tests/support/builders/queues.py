"""Queues, counters and stations that have them."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from hub_sync.client.store import Store
from hub_sync.client.store.queue.stored_queue import QueuePage
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import CounterRow, NumberBlock, QueueAction, QueuePull, QueueRow
from kiosk_app.core.queue.service import IssuedTicket, QueueService
from tests.support.builders.people import EVENT
from tests.support.builders.station import NOON, build_station_store

_NAMESPACE = UUID("018f3a00-0000-7000-8000-000000000000")


def queue_id(name: str) -> str:
    """Return the id of a queue, a counter or anything else of a name."""
    return str(uuid5(_NAMESPACE, name))


def queue_row(letter: str = "A", **changes: Any) -> QueueRow:
    """Return a queue; its id is `queue_id(letter)`."""
    members: dict[str, Any] = {
        "id": queue_id(letter),
        "event_id": EVENT,
        "name": f"Queue {letter}",
        "letter": letter,
    }
    return QueueRow.model_validate(members | changes)


def counter_row(name: str, *letters: str, **changes: Any) -> CounterRow:
    """Return a counter that serves the queues of these letters (none: A); its id is `queue_id(name)`."""
    members: dict[str, Any] = {
        "id": queue_id(name),
        "event_id": EVENT,
        "name": name,
        "queue_ids": [queue_id(letter) for letter in letters or ("A",)],
    }
    return CounterRow.model_validate(members | changes)


def apply_queue(store: Store, *, snapshot: bool = True, at: datetime = NOON, **members: Any) -> None:
    """Store what the hub says of queues, as a pull does; `members` are those of `QueuePull`."""
    page = QueuePage(
        QueuePull.model_validate(members),
        snapshot,
        store.queue.actions.last_seq(),
        store.queue.journal_id(),
        epoch_ms(at),
    )
    store.queue.apply(EVENT, page)


def lease(store: Store, letter: str, first: int, last: int, *, day: str = "2026-06-11") -> NumberBlock:
    """Ask for a block of numbers, and take it."""
    row = next(row for row in store.queue.queues(EVENT) if row.letter == letter)
    request = store.queue.numbers.open_request(row, day, store.queue.journal_id(), new_id)
    block = NumberBlock(
        id=request.id, queue_id=request.queue_id, service_date=request.day, first=first, last=last
    )
    store.queue.numbers.add_block(block)
    return block


@dataclass
class QueueStation:
    """A station with queues."""

    store: Store
    clock: ManualClock
    service: QueueService
    folder: Path

    def issue(self, letter: str = "A", person: str | None = None) -> IssuedTicket:
        """Give a number, which must succeed."""
        issued = self.service.issue(queue_id(letter), person)
        assert isinstance(issued, IssuedTicket), issued
        return issued

    def own_actions(self) -> tuple[QueueAction, ...]:
        """Return all actions that this station has."""
        return self.store.queue.actions.since(EVENT, 0)


def build_queue_station(
    folder: Path, number: int = 1, *, lane: str = "", now: datetime = NOON, **members: Any
) -> QueueStation:
    """Return an enrolled station with queue A and counters 1 and 2; `members` replace those of `QueuePull`."""
    clock = ManualClock(now)
    store = build_station_store(folder, (), clock)
    enrolment = store.settings.enrolment()
    assert enrolment is not None
    store.settings.save_enrolment(replace(enrolment, device_id=f"device-{number}", profile="kiosk"))
    queue = {
        "queues": (queue_row(),),
        "counters": (counter_row("1"), counter_row("2")),
        "lane": lane,
        "day": "2026-06-11",
    }
    apply_queue(store, at=now, **(queue | members))
    return QueueStation(store, clock, build_service(store, clock), folder)


def build_service(store: Store, clock: ManualClock) -> QueueService:
    """Return the service of a store's session."""
    return QueueService(store, Timekeeper(clock, store), clock, new_id)
