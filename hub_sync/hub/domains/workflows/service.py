"""Read workflows and their steps."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Select, select

from hub_sync.hub.domains.workflows.errors import WorkflowNotFound
from hub_sync.hub.domains.workflows.tables import Step, Workflow
from hub_sync.hub.kit.db.unit_of_work import Work

__all__ = ["Step", "Workflow", "get", "steps_of", "workflows_of"]


def get(work: Work, tenant_id: str, event_id: str, workflow_id: str) -> Workflow:
    """Return the workflow of an id.

    Raises:
        WorkflowNotFound: no such workflow in the event (404).
    """
    workflow = work.session.get(Workflow, (tenant_id, workflow_id))
    if workflow is None or workflow.event_id != event_id:
        raise WorkflowNotFound
    return workflow


def workflows_of(tenant_id: str, event_id: str) -> Select[Workflow]:
    """Return the query of an event's workflows."""
    return select(Workflow).where(Workflow.tenant_id == tenant_id, Workflow.event_id == event_id)


def steps_of(work: Work, tenant_id: str, workflow_ids: Iterable[str]) -> dict[str, list[Step]]:
    """Return the steps of workflows in their order, by workflow id; a workflow without steps has an empty list."""
    query = (
        select(Step)
        .where(Step.tenant_id == tenant_id, Step.workflow_id.in_(list(workflow_ids)))
        .order_by(Step.workflow_id, Step.position, Step.id)
    )
    steps: dict[str, list[Step]] = defaultdict(list)
    for step in work.session.scalars(query):
        steps[step.workflow_id].append(step)
    return steps
