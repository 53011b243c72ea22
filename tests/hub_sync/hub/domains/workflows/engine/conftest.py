"""A published workflow, and whoever decides in it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.clocks.jobs import SlaSweepJob
from hub_sync.hub.domains.workflows.definition.model import Definition, StartTrigger
from hub_sync.hub.domains.workflows.engine import decisions, executions
from hub_sync.hub.domains.workflows.engine.decisions import Answer, Decider
from hub_sync.hub.domains.workflows.engine.jobs import DecisionJob
from hub_sync.hub.domains.workflows.engine.timeouts import on_timeout
from hub_sync.hub.domains.workflows.listeners import LISTENERS
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus, TaskDecision
from hub_sync.hub.domains.workflows.tables import (
    TaskStatus,
    Workflow,
    WorkflowExecution,
    WorkflowHistoryEntry,
    WorkflowTask,
    WorkflowVersion,
)
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.events.listeners import ListenerJob
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

ADMIN = Decider(user_id=None)


class WorkflowDesk:
    """Publishes a workflow, starts it for people, and decides."""

    def __init__(self, hub: HubContext, seeded: Seeded, clock: ManualClock) -> None:
        self.hub, self.clock = hub, clock
        self.key = FeedKey(seeded.tenant_id, seeded.event_id)
        self.workflow_id = ""
        self.people = 0

    def publish(self, definition: Definition) -> None:
        """Store a workflow with one published version."""
        with self.hub.uow.begin() as work:
            common = {"tenant_id": self.key.tenant_id}
            self.workflow_id = work.new_id()
            work.session.add(
                Workflow(
                    id=self.workflow_id,
                    event_id=self.key.event_id,
                    name=f"Workflow {self.workflow_id}",
                    draft=definition.dump(),
                    published_version=1,
                    is_enabled=True,
                    **common,
                )
            )
            work.session.flush()
            work.session.add(
                WorkflowVersion(
                    id=work.new_id(),
                    workflow_id=self.workflow_id,
                    number=1,
                    definition=definition.dump(),
                    published_at=work.now(),
                    published_by="system",
                    **common,
                )
            )

    def start(self, *, takes_seat: bool = True, **values: Any) -> str:
        """Register somebody and start the workflow for them; return the execution's id."""
        self.people += 1
        with self.hub.uow.begin() as work:
            new = {"first_name": f"P{self.people}", "last_name": "Doe", "category": "Press", **values}
            person = participants.create(
                work, *self.key, participants.NewParticipant(**new), takes_seat=takes_seat
            )
            workflow = work.session.get_one(Workflow, (self.key.tenant_id, self.workflow_id))
            return executions.start(work, self.key, workflow, person.id, StartTrigger.MANUAL).id

    def open(self, execution_id: str) -> Mapping[str, str]:
        """Return the open tasks of an execution: their ids by the keys of their steps."""
        t = WorkflowTask
        query = select(t.step_key, t.id).where(t.execution_id == execution_id, t.status == TaskStatus.OPEN)
        with self.hub.uow.read() as work:
            return {row.step_key: row.id for row in work.session.execute(query)}

    def execution_of(self, participant_id: str) -> str:
        """Return the newest execution of a participant."""
        e = WorkflowExecution
        query = select(e.id).where(e.participant_id == participant_id).order_by(e.started_at.desc())
        with self.hub.uow.read() as work:
            return work.session.scalars(query.limit(1)).one()

    def open_of(self, participant_id: str) -> Mapping[str, str]:
        """Return the open tasks about a participant: their ids by the keys of their steps."""
        return self.open(self.execution_of(participant_id))

    def decide(
        self,
        execution_id: str,
        step: str,
        decision: TaskDecision = TaskDecision.APPROVE,
        decider: Decider = ADMIN,
        **answer: Any,
    ) -> str:
        """Decide the open task of a step; return its id."""
        task_id = self.open(execution_id)[step]
        values = {"reason": "because", **answer}
        with self.hub.uow.begin(actor="user:ada@example.org") as work:
            decisions.decide(work, self.key, task_id, decider, Answer(decision=decision, **values))
        return task_id

    def status(self, execution_id: str) -> tuple[ExecutionStatus, ParticipantStatus]:
        """Return the status of an execution, and of its participant."""
        with self.hub.uow.read() as work:
            execution = executions.get(work, self.key, execution_id)
            person = work.session.get_one(
                participants.Participant, (self.key.tenant_id, execution.participant_id)
            )
            return execution.status, person.status

    def history(self, execution_id: str) -> list[str]:
        """Return the kinds of the entries of an execution's history."""
        h = WorkflowHistoryEntry
        query = select(h.kind).where(h.execution_id == execution_id).order_by(h.number)
        with self.hub.uow.read() as work:
            return list(work.session.scalars(query))

    def entries(self, execution_id: str, kind: str) -> list[dict[str, Any]]:
        """Return what the entries of a kind in an execution's history say."""
        h = WorkflowHistoryEntry
        query = select(h.data).where(h.execution_id == execution_id, h.kind == kind).order_by(h.number)
        with self.hub.uow.read() as work:
            return list(work.session.scalars(query))

    def reasons(self, execution_id: str) -> dict[str, str]:
        """Return the reasons of the decisions about an execution, by the keys of their steps."""
        t = WorkflowTask
        query = select(t.step_key, t.reason).where(t.execution_id == execution_id, t.decision.is_not(None))
        with self.hub.uow.read() as work:
            return {row.step_key: row.reason for row in work.session.execute(query)}

    def clocks(self, execution_id: str) -> list[str]:
        """Return the ids of an execution's clocks."""
        with self.hub.uow.read() as work:
            return [clock.id for clock in clocks.of_execution(work, self.key.tenant_id, execution_id)]

    def listen(self) -> None:
        """Let the listeners of workflows hear of what happened."""
        ListenerJob(self.hub.uow, self.hub.notifier, LISTENERS).run_until_idle()

    def event_types(self, *types: str) -> list[str]:
        """Return the domain events of these types, in their order."""
        e = StoredDomainEvent
        query = select(e.type).where(e.type.in_(types)).order_by(e.occurred_at, e.id)
        with self.hub.uow.read() as work:
            return list(work.session.scalars(query))

    def later(self, **time: float) -> int:
        """Let time pass, then sweep the clocks and apply what is due; return how many decisions and outcomes were applied."""
        self.clock.advance(timedelta(**time))
        SlaSweepJob(self.hub, on_timeout).run_once()
        return DecisionJob(self.hub).run_once()


@pytest.fixture
def desk(hub: HubContext, seeded: Seeded, clock: ManualClock) -> WorkflowDesk:
    return WorkflowDesk(hub, seeded, clock)
