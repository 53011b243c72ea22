"""Executions end with their event: once it is deleted or called off, nobody is asked to decide any more."""

from dataclasses import replace

from sqlalchemy import select

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.manifest import EventDeleted, EventUpdated
from hub_sync.hub.domains.workflows.definition.history import EndReason
from hub_sync.hub.domains.workflows.engine import executions
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus, WorkflowEndsDue
from hub_sync.hub.domains.workflows.tables import WorkflowExecution
from hub_sync.hub.domains.workflows.triggers.starts import ACTOR, PART
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import Received

_E = WorkflowExecution


def on_event_deleted(work: Work, received: Received[EventDeleted]) -> None:
    """End the executions of an event that was deleted."""
    _end(work, FeedKey(received.tenant_id, received.event.entity_id), EndReason.EVENT_DELETED)


def on_event_updated(work: Work, received: Received[EventUpdated]) -> None:
    """End the executions of an event that was called off, unless it takes place again meanwhile."""
    key = FeedKey(received.tenant_id, received.event.entity_id)
    if "status" in received.event.changed and events.find_status(work, *key) is EventStatus.CANCELLED:
        _end(work, key, EndReason.EVENT_CANCELLED)


def on_ends_due(work: Work, received: Received[WorkflowEndsDue]) -> None:
    """End the next part of an event's executions."""
    _end(work, FeedKey(received.tenant_id, received.event.entity_id), EndReason(received.event.reason))


def _end(work: Work, key: FeedKey, reason: EndReason) -> None:
    """End some executions, and have the others ended by transactions of their own: this one holds SQLite's only lock for writing."""
    work = replace(work, actor=ACTOR)
    query = (
        select(_E.id)
        .where(
            _E.tenant_id == key.tenant_id,
            _E.event_id == key.event_id,
            _E.status == ExecutionStatus.ACTIVE,
        )
        .order_by(_E.started_at, _E.id)
        .limit(PART)
    )
    ids = work.session.scalars(query).all()
    for execution_id in sorted(ids):
        executions.cancel(work, key, execution_id, reason)
    if len(ids) == PART:
        due = WorkflowEndsDue(entity_id=key.event_id, event_id=key.event_id, reason=reason)
        domain_events.emit(work, key.tenant_id, due)
