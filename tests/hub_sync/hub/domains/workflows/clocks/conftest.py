"""A task with a clock, and what the sweep makes of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.clocks.jobs import SlaSweepJob
from hub_sync.hub.domains.workflows.definition.model import Sla
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.support.builders.deadlines import OpenTask, open_task


class ClockKeeper:
    """Starts clocks of tasks, lets time pass, and sweeps."""

    def __init__(self, hub: HubContext, seeded: Seeded, clock: ManualClock) -> None:
        self.hub, self.clock = hub, clock
        self.key = FeedKey(seeded.tenant_id, seeded.event_id)
        self.timeouts: list[str] = []
        self.failures = 0

    def open(self, **sla: Any) -> tuple[OpenTask, str]:
        """Register somebody who stands at a task; return it and the id of its clock."""
        new = participants.NewParticipant(first_name="Ada", last_name="Lovelace", category="press")
        with self.hub.uow.begin() as work:
            person = participants.create(work, *self.key, new)
            task = open_task(work, self.key, person.id)
            started = clocks.start(work, task.start(Sla(**{"minutes": 60, **sla})))
            assert started is not None
            return task, started.id

    def sweep(self, *, after: float = 0) -> int:
        """Sweep after some minutes; return how many clocks warned, breached or timed out."""
        self.clock.advance(timedelta(minutes=after))
        return SlaSweepJob(self.hub, self._on_timeout).run_once()

    def read(self, clock_id: str) -> SlaClock:
        """Return a clock as it is stored."""
        with self.hub.uow.read() as work:
            clock = clocks.get(work, self.key, clock_id)
            work.session.expunge(clock)
            return clock

    def event_types(self) -> list[str]:
        """Return the types of the domain events of clocks, in their order."""
        e = StoredDomainEvent
        query = select(e.type).where(e.type.in_(("SlaWarned", "SlaBreached"))).order_by(e.occurred_at, e.id)
        with self.hub.uow.read() as work:
            return list(work.session.scalars(query))

    def _on_timeout(self, _: Work, clock: SlaClock) -> None:
        if self.failures:
            self.failures -= 1
            raise LookupError("the engine can't do it now")
        self.timeouts.append(clock.id)


@pytest.fixture
def keeper(hub: HubContext, seeded: Seeded, clock: ManualClock) -> ClockKeeper:
    return ClockKeeper(hub, seeded, clock)
