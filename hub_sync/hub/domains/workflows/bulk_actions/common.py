"""Common parts of the bulk actions of workflows: their workflow, and the executions of their items."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import BulkOperationType
from hub_sync.hub.domains.bulk.errors import BulkTargetGone
from hub_sync.hub.domains.bulk.service import BulkAction, BulkItem, BulkItemStatus, BulkOperation, ItemPlan
from hub_sync.hub.domains.workflows.definitions import definitions
from hub_sync.hub.domains.workflows.errors import WorkflowNotFound
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus
from hub_sync.hub.domains.workflows.service import workflows_of
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowExecution
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey

_E = WorkflowExecution


class WorkflowAction(BulkAction):
    """An act of a workflow upon participants. Their own version does not matter: a workflow is no part of it."""

    type = BulkOperationType.WORKFLOW_ACTION

    def form_choices(self, work: Work, key: FeedKey) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return the event's workflows that were published."""
        published = workflows_of(*key).where(Workflow.published_version.is_not(None)).order_by(Workflow.name)
        return {"workflow_id": [(row.id, row.name) for row in work.session.scalars(published)]}

    def lock(self, work: Work, operation: BulkOperation, items: Sequence[BulkItem]) -> None:
        """Lock the executions of the participants: a decision locks them before anything else."""
        ids = [item.target_id for item in items if item.target_id]
        query = (
            select(_E.id)
            .where(
                _E.tenant_id == operation.tenant_id,
                _E.workflow_id == operation.arguments["workflow_id"],
                _E.status == ExecutionStatus.ACTIVE,
                in_values(_E.participant_id, ids, work.dialect),
            )
            .order_by(_E.id)
        )
        work.session.scalars(query.with_for_update()).all()


def key_of(operation: BulkOperation) -> FeedKey:
    """Return the event of an operation."""
    return FeedKey(operation.tenant_id, operation.event_id)


def workflow_of(work: Work, operation: BulkOperation) -> Workflow:
    """Return the workflow of an operation.

    Raises:
        WorkflowNotFound: 404.
    """
    return definitions.get(work, key_of(operation), operation.arguments["workflow_id"])


def find_workflow(work: Work, operation: BulkOperation) -> Workflow | None:
    """Return the workflow of an operation, or None."""
    try:
        return workflow_of(work, operation)
    except WorkflowNotFound:
        return None


def running_of(work: Work, operation: BulkOperation, ids: Sequence[str]) -> dict[str, WorkflowExecution]:
    """Return the executions of the operation's workflow that run, by participant."""
    query = select(_E).where(
        _E.tenant_id == operation.tenant_id,
        _E.workflow_id == operation.arguments["workflow_id"],
        _E.status == ExecutionStatus.ACTIVE,
        in_values(_E.participant_id, list(ids), work.dialect),
    )
    return {row.participant_id: row for row in work.session.scalars(query)}


def person_of(item: BulkItem) -> str:
    """Return the id of the participant of an item."""
    if item.target_id is None:
        raise BulkTargetGone
    return item.target_id


def refusal(id_: str, reason: HubError, status: BulkItemStatus = BulkItemStatus.REFUSED) -> ItemPlan:
    """Return the plan of somebody to whom nothing happens."""
    return ItemPlan(id_, status=status, reason=reason)


def plan(id_: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> ItemPlan:
    """Return the plan of somebody for whom the act is done."""
    return ItemPlan(id_, None, before, after)
