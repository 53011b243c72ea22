"""Workflows over REST, read only."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.workflows import service as workflows
from hub_sync.hub.domains.workflows.errors import WorkflowNotFound
from hub_sync.hub.domains.workflows.schemas import StepResponse, WorkflowResponse, WorkflowWithStepsResponse
from hub_sync.hub.domains.workflows.tables import Workflow
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import Listing, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/workflows", tags=["workflows"])


def _load_steps(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    steps = workflows.steps_of(work, tenant_id, [row.id for row in rows])
    return {row.id: [StepResponse.of(*each) for each in enumerate(steps[row.id], start=1)] for row in rows}


WORKFLOWS = Listing(
    row=Workflow,
    schema=WorkflowResponse,
    sorts={
        "name": Workflow.name,
        "created_at": Workflow.created_at,
        "updated_at": Workflow.updated_at,
        "id": Workflow.id,
    },
    default_sort="name",
    filters={"name": Workflow.name, "published_version": Workflow.published_version},
    expands={"steps": _load_steps},
)


@router.get("", permissions="workflows:read", listing=WORKFLOWS, errors=(EventNotFound,))
def list_workflows(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(WORKFLOWS.parse_query)]
) -> Response:
    """List the workflows of an event."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return WORKFLOWS.list_response(call, query, workflows.workflows_of(call.tenant_id, event_id))


@router.get(
    "/{workflow_id}",
    permissions="workflows:read",
    schema=WorkflowWithStepsResponse,
    errors=(EventNotFound, WorkflowNotFound),
)
def get_workflow(call: Call, event_id: Id, workflow_id: Id) -> Response:
    """Return a workflow with its steps."""
    events.check_exists(call.work, call.tenant_id, event_id)
    workflow = workflows.get(call.work, call.tenant_id, event_id, workflow_id)
    steps = _load_steps(call.work, call.tenant_id, [workflow])[workflow.id]
    response = WorkflowResponse.model_validate(workflow)
    return call.ok(WorkflowWithStepsResponse(**vars(response), steps=steps), version=workflow.version)
