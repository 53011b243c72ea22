"""Automatic starts: workflows whose trigger is a registration or an import, for whom their conditions describe.

Each starts once for a participant: whoever has been in a workflow before is not put into it again by a trigger.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog
from sqlalchemy import select

from hub_sync.contract.enums import EventStatus, ParticipantStatus
from hub_sync.hub.domains.bulk.service import BulkItemStatus, BulkOperationItem
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.manifest import ParticipantRegistered, ParticipantsImported
from hub_sync.hub.domains.workflows.definition.model import Definition, StartTrigger, find_definition
from hub_sync.hub.domains.workflows.engine import executions
from hub_sync.hub.domains.workflows.manifest import WorkflowStartsDue
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowExecution, WorkflowVersion
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import Received

PART = 50
"""Registrations of an import for which workflows start in one transaction: it holds SQLite's only lock for writing."""
ACTOR = "system"
log = structlog.get_logger(__name__)


def started_by(work: Work, key: FeedKey, trigger: StartTrigger) -> list[tuple[Workflow, Definition]]:
    """Return the event's workflows that a trigger starts, with the definitions that they take.

    A version that can't be read, such as one of an older hub, is passed over and logged: it must not keep the others from starting.
    """
    query = (
        select(Workflow, WorkflowVersion.definition)
        .join(
            WorkflowVersion,
            (WorkflowVersion.tenant_id == Workflow.tenant_id)
            & (WorkflowVersion.workflow_id == Workflow.id)
            & (WorkflowVersion.number == Workflow.published_version),
        )
        .where(Workflow.tenant_id == key.tenant_id, Workflow.event_id == key.event_id, Workflow.is_enabled)
        .order_by(Workflow.id)
    )
    found = []
    for workflow, stored in work.session.execute(query):
        definition = find_definition(stored)
        if definition is None:
            log.warning("workflow_unreadable", workflow=workflow.id)
        elif trigger in definition.start.on:
            found.append((workflow, definition))
    return found


def start_for(
    work: Work,
    key: FeedKey,
    participant_ids: Sequence[str],
    trigger: StartTrigger,
    workflows: Sequence[tuple[Workflow, Definition]],
) -> int:
    """Start workflows for participants; return how many executions began.

    Nobody is put into a workflow twice, and whoever is cancelled, deleted or merged meanwhile into none.
    """
    work = replace(work, actor=ACTOR)
    count = 0
    for participant_id in participant_ids:
        try:
            person = participants.get(work, *key, participant_id)
        except ParticipantNotFound:
            continue
        if person.status is ParticipantStatus.CANCELLED:
            continue
        for workflow, definition in workflows:
            if definition.start.when.hold(person) and not has_been_in(work, workflow, person.id):
                executions.start(work, key, workflow, person.id, trigger)
                count += 1
    return count


def has_been_in(work: Work, workflow: Workflow, participant_id: str) -> bool:
    """Return True if a participant is or was in a workflow."""
    row = WorkflowExecution
    query = select(row.id).where(
        row.tenant_id == workflow.tenant_id,
        row.participant_id == participant_id,
        row.workflow_id == workflow.id,
    )
    return work.session.scalar(query.limit(1)) is not None


def on_registered(work: Work, received: Received[ParticipantRegistered]) -> None:
    """Start workflows for somebody who was registered, by whatever way."""
    key = FeedKey(received.tenant_id, received.event.event_id or "")
    workflows = started_by(work, key, StartTrigger.REGISTRATION)
    if workflows and _takes_place(work, key):
        start_for(work, key, [received.event.entity_id], StartTrigger.REGISTRATION, workflows)


def on_imported(work: Work, received: Received[ParticipantsImported]) -> None:
    """Have workflows started for an import's registrations, part by part."""
    event = received.event
    key = FeedKey(received.tenant_id, event.event_id or "")
    if event.import_operation_id and started_by(work, key, StartTrigger.IMPORT):
        _go_on(work, key, event.import_operation_id, -1)


def on_starts_due(work: Work, received: Received[WorkflowStartsDue]) -> None:
    """Start workflows for the next part of an import's registrations."""
    key = FeedKey(received.tenant_id, received.event.event_id or "")
    workflows = started_by(work, key, StartTrigger.IMPORT)
    if not workflows or not _takes_place(work, key):
        return
    row = BulkOperationItem
    query = (
        select(row.position, row.target_id)
        .where(
            row.tenant_id == key.tenant_id,
            row.operation_id == received.event.operation,
            row.position > received.event.position,
            row.status == BulkItemStatus.DONE,
            row.target_version.is_(None),
            row.target_id.is_not(None),
        )
        .order_by(row.position)
        .limit(PART)
    )
    items = work.session.execute(query).all()
    ids = [item.target_id for item in items if item.target_id is not None]
    start_for(work, key, ids, StartTrigger.IMPORT, workflows)
    if len(items) == PART:
        _go_on(work, key, received.event.operation, items[-1].position)


def _go_on(work: Work, key: FeedKey, operation_id: str, position: int) -> None:
    due = WorkflowStartsDue(
        entity_id=key.event_id, event_id=key.event_id, operation=operation_id, position=position
    )
    domain_events.emit(work, key.tenant_id, due)


def _takes_place(work: Work, key: FeedKey) -> bool:
    return events.find_status(work, *key) not in (None, EventStatus.CANCELLED)
