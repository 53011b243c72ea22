"""Workflows over REST: definitions, versions and simulations."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Path
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.workflows import service as workflows
from hub_sync.hub.domains.workflows.definition.errors import WorkflowUnreadable
from hub_sync.hub.domains.workflows.definitions import definitions
from hub_sync.hub.domains.workflows.definitions.lists import VERSIONS
from hub_sync.hub.domains.workflows.definitions.schemas import (
    NewWorkflow,
    WorkflowChanges,
    WorkflowDraftResponse,
    WorkflowFaultResponse,
    WorkflowFaultsResponse,
    WorkflowPublication,
    WorkflowSimulation,
    WorkflowSimulationResponse,
    WorkflowVersionWithDefinitionResponse,
)
from hub_sync.hub.domains.workflows.definitions.simulation import simulate
from hub_sync.hub.domains.workflows.errors import (
    WorkflowChanged,
    WorkflowExists,
    WorkflowFaulty,
    WorkflowInUse,
    WorkflowNotFound,
    WorkflowShapeAmbiguous,
    WorkflowVersionNotFound,
)
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ
from hub_sync.hub.domains.workflows.schemas import StepResponse, WorkflowResponse
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.tables import Workflow
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.result_pages import Listing, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/workflows", tags=["workflows"])
_MISSING = (EventNotFound, WorkflowNotFound)
_UNREADABLE = (*_MISSING, WorkflowUnreadable)


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
    filters={
        "name": Workflow.name,
        "published_version": Workflow.published_version,
        "is_enabled": Workflow.is_enabled,
    },
    expands={"steps": _load_steps},
)


@router.get("", permissions=WORKFLOWS_READ, listing=WORKFLOWS, errors=(EventNotFound,))
def list_workflows(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(WORKFLOWS.parse_query)]
) -> Response:
    """List the workflows of an event."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return WORKFLOWS.list_response(call, query, workflows.workflows_of(call.tenant_id, event_id))


@router.get("/{workflow_id}", permissions=WORKFLOWS_READ, schema=WorkflowDraftResponse, errors=_MISSING)
def get_workflow(call: Call, event_id: Id, workflow_id: Id) -> Response:
    """Return a workflow with its steps, those of the published version, and its draft."""
    workflow = _get(call, event_id, workflow_id)
    return call.ok(_draft_response(call.work, workflow), version=workflow.version)


@router.post(
    "",
    permissions=WORKFLOWS_MANAGE,
    schema=WorkflowDraftResponse,
    status=201,
    errors=(EventNotFound, WorkflowExists, WorkflowShapeAmbiguous),
)
def create_workflow(call: Call, event_id: Id, new: NewWorkflow) -> Response:
    """Create a workflow as a draft: empty, of a shape, or with steps. It starts for nobody before it is published."""
    with call.begin() as work:
        workflow = definitions.create(work, FeedKey(call.tenant_id, event_id), new)
        location = f"{API}/events/{event_id}/workflows/{workflow.id}"
        return call.created(_draft_response(work, workflow), location, version=workflow.version)


@router.put(
    "/{workflow_id}",
    permissions=WORKFLOWS_MANAGE,
    schema=WorkflowDraftResponse,
    errors=(*_MISSING, WorkflowChanged, WorkflowExists),
)
def update_workflow(call: Call, event_id: Id, workflow_id: Id, changes: WorkflowChanges) -> Response:
    """Change the members of the body; the others stay. A draft with faults is stored. Needs If-Match."""
    version = call.expected_version()
    with call.begin() as work:
        key = FeedKey(call.tenant_id, event_id)
        return _answer(call, work, definitions.update(work, key, workflow_id, changes, version))


@router.post(
    "/{workflow_id}/publish",
    permissions=WORKFLOWS_MANAGE,
    schema=WorkflowDraftResponse,
    errors=(*_UNREADABLE, WorkflowChanged, WorkflowFaulty),
)
def publish_workflow(call: Call, event_id: Id, workflow_id: Id, draft: WorkflowPublication) -> Response:
    """Publish the draft as a version that never changes. Who is in the workflow already finishes by theirs.

    A draft with faults is refused, and `faults` of the problem lists all of them.
    """
    with call.begin() as work:
        key = FeedKey(call.tenant_id, event_id)
        return _answer(call, work, definitions.publish(work, key, workflow_id, draft.version))


@router.delete(
    "/{workflow_id}", permissions=WORKFLOWS_MANAGE, errors=(*_MISSING, WorkflowChanged, WorkflowInUse)
)
def delete_workflow(call: Call, event_id: Id, workflow_id: Id) -> Response:
    """Delete a workflow that was never executed. `If-Match` is optional."""
    version = call.optional_expected_version()
    with call.begin() as work:
        definitions.remove(work, FeedKey(call.tenant_id, event_id), workflow_id, version)
        return call.no_content()


@router.get(
    "/{workflow_id}/faults", permissions=WORKFLOWS_READ, schema=WorkflowFaultsResponse, errors=_UNREADABLE
)
def list_workflow_faults(call: Call, event_id: Id, workflow_id: Id) -> Response:
    """Return what keeps the draft from being published."""
    faults = definitions.faults_of(call.work, _get(call, event_id, workflow_id))
    return call.ok(WorkflowFaultsResponse(faults=[WorkflowFaultResponse.of(fault) for fault in faults]))


@router.post(
    "/{workflow_id}/simulate",
    permissions=WORKFLOWS_MANAGE,
    schema=WorkflowSimulationResponse,
    errors=(*_UNREADABLE, WorkflowFaulty),
)
def simulate_workflow(call: Call, event_id: Id, workflow_id: Id, wanted: WorkflowSimulation) -> Response:
    """Run the draft in memory for the event's newest participants, as if everybody approved. Nothing is stored."""
    call.replay_if_stored()
    with call.hub.uow.read() as work:
        events.check_exists(work, call.tenant_id, event_id)
        workflow = definitions.get(work, FeedKey(call.tenant_id, event_id), workflow_id)
        is_reader = call.caller.has_permission(PARTICIPANTS_READ)
        response = simulate(work, workflow, wanted, with_examples=is_reader)
    with call.begin():
        return call.ok(response)


@router.get("/{workflow_id}/versions", permissions=WORKFLOWS_READ, listing=VERSIONS, errors=_MISSING)
def list_workflow_versions(
    call: Call,
    event_id: Id,
    workflow_id: Id,
    query: Annotated[ListQuery, Depends(VERSIONS.parse_query)],
) -> Response:
    """List the published versions of a workflow, the newest first."""
    workflow = _get(call, event_id, workflow_id)
    return VERSIONS.list_response(call, query, definitions.versions_of(workflow))


@router.get(
    "/{workflow_id}/versions/{number}",
    permissions=WORKFLOWS_READ,
    schema=WorkflowVersionWithDefinitionResponse,
    errors=(*_MISSING, WorkflowVersionNotFound),
)
def get_workflow_version(
    call: Call, event_id: Id, workflow_id: Id, number: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> Response:
    """Return a published version with its definition."""
    version = definitions.get_version(call.work, _get(call, event_id, workflow_id), number)
    return call.ok(WorkflowVersionWithDefinitionResponse.model_validate(version))


def _get(call: RestCall, event_id: str, workflow_id: str) -> Workflow:
    events.check_exists(call.work, call.tenant_id, event_id)
    return definitions.get(call.work, FeedKey(call.tenant_id, event_id), workflow_id)


def _draft_response(work: Work, workflow: Workflow) -> WorkflowDraftResponse:
    steps = _load_steps(work, workflow.tenant_id, [workflow])[workflow.id]
    response = WorkflowResponse.model_validate(workflow)
    return WorkflowDraftResponse(**vars(response), steps=steps, draft=workflow.draft)


def _answer(call: RestCall, work: Work, workflow: Workflow) -> Response:
    return call.ok(_draft_response(work, workflow), version=workflow.version)
