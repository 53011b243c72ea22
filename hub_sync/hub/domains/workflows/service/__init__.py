"""Read workflows and their steps."""

from collections.abc import Iterable

from sqlalchemy import Select, and_, select

from hub_sync.hub.domains.workflows.clocks.people import people_of_clock
from hub_sync.hub.domains.workflows.definition.model import Definition, StepDefinition
from hub_sync.hub.domains.workflows.errors import WorkflowNotFound
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowVersion
from hub_sync.hub.kit.db.unit_of_work import Work

__all__ = ["Workflow", "get", "people_of_clock", "steps_of", "workflows_of"]


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


def steps_of(
    work: Work, tenant_id: str, workflow_ids: Iterable[str]
) -> dict[str, tuple[StepDefinition, ...]]:
    """Return the steps of workflows in their order, by workflow id: those of the published version, or of the draft if there is none."""
    row = WorkflowVersion
    is_published = and_(
        row.tenant_id == Workflow.tenant_id,
        row.workflow_id == Workflow.id,
        row.number == Workflow.published_version,
    )
    query = (
        select(Workflow.id, Workflow.draft, row.definition)
        .outerjoin(row, is_published)
        .where(Workflow.tenant_id == tenant_id, Workflow.id.in_(list(workflow_ids)))
    )
    return {
        id_: Definition.model_validate(definition or draft).steps
        for id_, draft, definition in work.session.execute(query)
    }
