"""Public functions of workflows, for this domain's surfaces and for other domains."""

from collections.abc import Iterable

from sqlalchemy import Select, and_, select

from hub_sync.hub.domains.workflows.definition.model import StepDefinition, find_definition
from hub_sync.hub.domains.workflows.definitions.definitions import (
    create,
    draft_of,
    faults_of,
    get,
    publish,
    remove,
    update,
)
from hub_sync.hub.domains.workflows.definitions.schemas import NewWorkflow, WorkflowChanges
from hub_sync.hub.domains.workflows.definitions.surroundings import (
    MessageTemplateChoice,
    add_message_templates,
    message_templates,
)
from hub_sync.hub.domains.workflows.definitions.workflow_templates import SHAPES, WorkflowShape
from hub_sync.hub.domains.workflows.delegations.people import page_of_clock, people_of_clock
from hub_sync.hub.domains.workflows.engine.executions import find_active, start
from hub_sync.hub.domains.workflows.execution_manifest import EXECUTION_STATUSES, EXECUTION_TONES
from hub_sync.hub.domains.workflows.executions.of_person import workflows_of_person
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowVersion
from hub_sync.hub.kit.db.unit_of_work import Work

__all__ = [
    "EXECUTION_STATUSES",
    "EXECUTION_TONES",
    "SHAPES",
    "MessageTemplateChoice",
    "NewWorkflow",
    "Workflow",
    "WorkflowChanges",
    "WorkflowShape",
    "add_message_templates",
    "create",
    "draft_of",
    "faults_of",
    "find_active",
    "get",
    "message_templates",
    "page_of_clock",
    "people_of_clock",
    "publish",
    "remove",
    "start",
    "steps_of",
    "update",
    "workflows_of",
    "workflows_of_person",
]


def workflows_of(tenant_id: str, event_id: str) -> Select[Workflow]:
    """Return the query of an event's workflows."""
    return select(Workflow).where(Workflow.tenant_id == tenant_id, Workflow.event_id == event_id)


def steps_of(
    work: Work, tenant_id: str, workflow_ids: Iterable[str]
) -> dict[str, tuple[StepDefinition, ...]]:
    """Return the steps of workflows in their order, by workflow id: those of the published version, or of the draft if there is none.

    What can't be read has no steps.
    """
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
        id_: readable.steps if (readable := find_definition(definition or draft)) else ()
        for id_, draft, definition in work.session.execute(query)
    }
