"""Changes of participants who are in workflows: details that a step collects, cancellations, deletions and merges.

The change itself only notes that somebody is concerned (`reactions`); a listener acts in a transaction of its own. Otherwise a change
would lock an execution after its participant, and a decision the participant after its execution.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from hub_sync.contract.enums import ParticipantStatus, StepType
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.workflows.definition.conditions import is_filled
from hub_sync.hub.domains.workflows.definition.errors import WorkflowUnreadable
from hub_sync.hub.domains.workflows.definition.history import EndReason
from hub_sync.hub.domains.workflows.definition.model import StartTrigger
from hub_sync.hub.domains.workflows.engine import decisions, executions
from hub_sync.hub.domains.workflows.engine.decisions import Answer, Decider
from hub_sync.hub.domains.workflows.errors import WorkflowEventCalledOff, WorkflowNotPublished
from hub_sync.hub.domains.workflows.manifest import (
    ExecutionStatus,
    TaskDecision,
    WorkflowParticipantChanged,
)
from hub_sync.hub.domains.workflows.tables import TaskStatus, Workflow, WorkflowExecution
from hub_sync.hub.domains.workflows.triggers.starts import ACTOR, has_been_in
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import Received

_E = WorkflowExecution
_SYSTEM = Decider()


def note_changes(work: Work, key: FeedKey, participant_ids: Sequence[str]) -> None:
    """Announce those of some changed participants who are in a workflow."""
    running = select(_E.id).where(
        _E.tenant_id == key.tenant_id, _E.event_id == key.event_id, _E.status == ExecutionStatus.ACTIVE
    )
    if work.session.scalar(running.limit(1)) is None:
        return
    concerned = (
        running.with_only_columns(_E.participant_id)
        .where(in_values(_E.participant_id, list(dict.fromkeys(participant_ids)), work.dialect))
        .distinct()
        .order_by(_E.participant_id)
    )
    changed = [
        WorkflowParticipantChanged(entity_id=id_, event_id=key.event_id)
        for id_ in work.session.scalars(concerned)
    ]
    if changed:
        domain_events.emit(work, key.tenant_id, *changed)


def on_changed(work: Work, received: Received[WorkflowParticipantChanged]) -> None:
    """End the executions of somebody who is gone, and complete the steps whose details are there now."""
    key = FeedKey(received.tenant_id, received.event.event_id or "")
    work = replace(work, actor=ACTOR)
    person = work.session.get(Participant, (key.tenant_id, received.event.entity_id), populate_existing=True)
    if person is None:
        return
    reason = _reason_of_end(person)
    for execution_id in _active(work, key, person.id):
        if reason is None:
            _complete_collected(work, key, execution_id)
        else:
            execution = executions.cancel(work, key, execution_id, reason.value)
            if participants.is_merged(person.standing):
                _start_for_survivor(work, key, execution, participants.survivor_of(person.standing))


def _reason_of_end(person: Participant) -> EndReason | None:
    if participants.is_merged(person.standing):
        return EndReason.PARTICIPANT_MERGED
    if person.deleted_at is not None:
        return EndReason.PARTICIPANT_DELETED
    if person.status is ParticipantStatus.CANCELLED:
        return EndReason.PARTICIPANT_CANCELLED
    return None


def _active(work: Work, key: FeedKey, participant_id: str) -> list[str]:
    query = (
        select(_E.id)
        .where(
            _E.tenant_id == key.tenant_id,
            _E.event_id == key.event_id,
            _E.participant_id == participant_id,
            _E.status == ExecutionStatus.ACTIVE,
        )
        .order_by(_E.id)
    )
    return list(work.session.scalars(query))


def _complete_collected(work: Work, key: FeedKey, execution_id: str) -> None:
    try:
        task_ids = list(executions.lock(work, key, execution_id).rows.tasks)
    except WorkflowUnreadable:  # it waits for whoever cancels it; the others of the participant go on
        return
    for task_id in task_ids:
        running, task = executions.lock_of_task(work, key, task_id)  # as the task before has left it
        if task.type is not StepType.COLLECT or task.status is not TaskStatus.OPEN:
            continue
        step = running.machine.definition.step(task.step_key)
        if all(is_filled(running.host.participant, field) for field in step.collect):
            decisions.decide(work, key, task.id, _SYSTEM, Answer(decision=TaskDecision.APPROVE))


def _start_for_survivor(work: Work, key: FeedKey, ended: WorkflowExecution, survivor_id: str) -> None:
    """Let the surviving registration begin anew, if it was never in the workflow and waits for a decision."""
    workflow = work.session.get_one(Workflow, (key.tenant_id, ended.workflow_id))
    survivor = work.session.get(Participant, (key.tenant_id, survivor_id), populate_existing=True)
    if survivor is None or _reason_of_end(survivor) or has_been_in(work, workflow, survivor_id):
        return
    try:
        executions.start(work, key, workflow, survivor_id, StartTrigger(ended.trigger))
    except (WorkflowEventCalledOff, WorkflowNotPublished, WorkflowUnreadable):  # it starts for nobody new
        return
