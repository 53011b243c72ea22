"""Listeners of domain events are called once, also after a fault, and for what a bulk operation did."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread
from typing import Any, ClassVar

import pytest
from sqlalchemy import func, select

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.domain_events import DomainEvent, StoredDomainEvent
from hub_sync.hub.kit.events.listeners import GIVE_UP_AFTER, Listener, ListenerJob, Received
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.support.waiting import eventually


@dataclass(frozen=True, kw_only=True)
class DoorPainted(DomainEvent):
    """A door was painted."""

    entity: ClassVar[str] = "door"
    label: ClassVar[str] = "A door was painted."
    is_followed: ClassVar[bool] = True
    colour: str
    from_: str | None = None


@dataclass(frozen=True, kw_only=True)
class DoorOiled(DomainEvent):
    """Nobody listens to this."""

    entity: ClassVar[str] = "door"
    label: ClassVar[str] = "A door was oiled."


def paint(hub: HubContext, tenant_id: str, *doors: str, operation_id: str | None = None) -> None:
    with hub.uow.begin(operation_id=operation_id) as work:
        domain_events.emit(
            work, tenant_id, *(DoorPainted(entity_id=door, colour="red", from_="blue") for door in doors)
        )


class Room:
    """Notes what it hears; writes a domain event for each, in the listener's transaction."""

    def __init__(self, hub: HubContext) -> None:
        self.hub = hub
        self.received: list[Received[DoorPainted]] = []
        self.broken: set[str] = set()

    def hear(self, work: Work, received: Received[DoorPainted]) -> None:
        self.received.append(received)
        domain_events.emit(work, received.tenant_id, DoorOiled(entity_id=received.event.entity_id))
        if received.event.entity_id in self.broken:
            raise KeyError("a fault that nobody foresaw")

    def job(self) -> ListenerJob:
        return ListenerJob(self.hub.uow, self.hub.notifier, [Listener(DoorPainted, self.hear)])

    def effects(self) -> list[str]:
        with self.hub.uow.look_up() as work:
            row = StoredDomainEvent
            query = select(row.entity_id).where(row.type == DoorOiled.__name__).order_by(row.entity_id)
            return list(work.session.scalars(query))


def test_a_listener_is_called_once_with_what_happened(hub: HubContext, seeded: Seeded) -> None:
    room = Room(hub)
    paint(hub, seeded.tenant_id, "a", "b", operation_id="bulk-1")
    paint(hub, seeded.tenant_id, "c")
    for _ in range(2):
        room.job().run_until_idle()
    assert room.effects() == ["a", "b", "c"]
    assert [received.operation_id for received in room.received] == ["bulk-1", "bulk-1", None]
    assert room.received[2].event == DoorPainted(entity_id="c", colour="red", from_="blue")


def test_a_listener_that_fails_keeps_no_other_event_waiting_and_is_called_again(
    hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    room = Room(hub)
    room.broken = {"b"}
    paint(hub, seeded.tenant_id, "a", "b", "c")
    room.job().run_until_idle()
    assert room.effects() == ["a", "c"], "what the failed one wrote is rolled back"
    room.broken = set()
    room.job().run_until_idle()
    assert room.effects() == ["a", "c"], "not before its time"
    clock.advance(timedelta(seconds=5))
    room.job().run_until_idle()
    assert room.effects() == ["a", "b", "c"]


def test_a_listener_that_always_fails_is_given_up(
    hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    room = Room(hub)
    room.broken = {"a"}
    paint(hub, seeded.tenant_id, "a")
    clock.advance(GIVE_UP_AFTER + timedelta(seconds=1))
    room.job().run_until_idle()
    calls = len(room.received)
    clock.advance(timedelta(days=1))
    room.job().run_until_idle()
    assert len(room.received) == calls > 0


def test_an_event_that_nobody_follows_waits_for_nobody(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        domain_events.emit(work, seeded.tenant_id, DoorOiled(entity_id="a"))
    with hub.uow.look_up() as work:
        waiting = select(func.count()).where(StoredDomainEvent.reactions_due_at.is_not(None))
        assert work.session.scalar(waiting) == 0
    with pytest.raises(ValueError, match="DoorOiled is not followed"):
        ListenerJob(hub.uow, hub.notifier, [Listener(DoorOiled, _ignore)])


def test_the_running_job_hears_at_once(hub: HubContext, seeded: Seeded) -> None:
    room = Room(hub)
    job = room.job()
    job.start()
    try:
        paint(hub, seeded.tenant_id, "a")
        eventually(lambda: room.effects() == ["a"])
    finally:
        job.stop()


def test_two_processes_call_a_listener_once(hub: HubContext, seeded: Seeded, kind: str) -> None:
    if kind == "sqlite":
        return  # one process
    first, second = Room(hub), Room(hub)
    paint(hub, seeded.tenant_id, "a")
    other = Thread(target=second.job().run_once)

    def run_the_other() -> None:
        other.start()
        other.join()

    first.hear = _after(first.hear, run_the_other)  # type: ignore[method-assign]
    first.job().run_until_idle()
    assert first.effects() == ["a"]
    assert not second.received


def _after(hear: Callable[..., None], then: Callable[[], object]) -> Callable[..., None]:
    def both(work: Work, received: Received[Any]) -> None:
        hear(work, received)
        then()

    return both


def _ignore(work: Work, received: Received[Any]) -> None:
    del work, received


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_what_another_process_has_taken_is_not_looked_at_again_without_a_pause(
    hub: HubContext, seeded: Seeded
) -> None:
    """The process that came second looked in a loop, a CPU whole, until the first one committed."""
    room, row = Room(hub), StoredDomainEvent
    paint(hub, seeded.tenant_id, "a")
    taken: list[bool] = []
    with hub.uow.begin() as work:
        work.session.scalars(select(row).where(row.reactions_due_at.is_not(None)).with_for_update()).all()
        second = Thread(target=lambda: taken.append(room.job().run_once()))
        second.start()
        second.join()
    assert taken == [False]
    assert room.job().run_once() is True
