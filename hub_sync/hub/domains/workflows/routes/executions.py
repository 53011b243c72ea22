"""Executions of workflows over REST."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.redaction import visible_text
from hub_sync.hub.domains.workflows.clocks.schemas import SlaClockResponse
from hub_sync.hub.domains.workflows.definition.errors import WorkflowUnreadable
from hub_sync.hub.domains.workflows.definition.model import StartTrigger
from hub_sync.hub.domains.workflows.definitions import definitions
from hub_sync.hub.domains.workflows.engine import executions
from hub_sync.hub.domains.workflows.errors import (
    NotAssigned,
    WorkflowEventCalledOff,
    WorkflowExecutionEnded,
    WorkflowExecutionNotFound,
    WorkflowNotFound,
    WorkflowNotPublished,
    WorkflowRunsAlready,
)
from hub_sync.hub.domains.workflows.execution_manifest import WORKFLOWS_DECIDE
from hub_sync.hub.domains.workflows.executions import queries
from hub_sync.hub.domains.workflows.executions.lists import EXECUTIONS, HISTORY
from hub_sync.hub.domains.workflows.executions.schemas import (
    BranchResponse,
    ExecutionCancellation,
    ExecutionResponse,
    ExecutionStateResponse,
    JoinResponse,
    NewExecution,
)
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.tables import WorkflowExecution, WorkflowTask
from hub_sync.hub.domains.workflows.tasks.deciders import check_involved, decider_of
from hub_sync.hub.domains.workflows.tasks.schemas import TaskResponse
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.security.access import Caller, CallerKind
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}", tags=["workflow-executions"])
_MISSING = (EventNotFound, WorkflowExecutionNotFound)


@router.get("/workflow-executions", permissions=WORKFLOWS_READ, listing=EXECUTIONS, errors=(EventNotFound,))
def list_workflow_executions(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(EXECUTIONS.parse_query)]
) -> Response:
    """List the executions of an event's workflows, the newest first."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return EXECUTIONS.list_response(call, query, queries.of_event(FeedKey(call.tenant_id, event_id)))


@router.post(
    "/workflows/{workflow_id}/executions",
    permissions=WORKFLOWS_MANAGE,
    schema=ExecutionStateResponse,
    status=201,
    errors=(
        EventNotFound,
        WorkflowNotFound,
        ParticipantNotFound,
        WorkflowEventCalledOff,
        WorkflowNotPublished,
        WorkflowUnreadable,
        WorkflowRunsAlready,
    ),
)
def start_workflow(call: Call, event_id: Id, workflow_id: Id, new: NewExecution) -> Response:
    """Start a workflow for a participant, with its published version; whoever was in it may be put into it again."""
    with call.begin() as work:
        key = FeedKey(call.tenant_id, event_id)
        events.check_exists(work, *key)
        workflow = definitions.get(work, key, workflow_id)
        execution = executions.start(work, key, workflow, new.participant_id, StartTrigger.REST)
        work.session.flush()
        location = f"{API}/events/{event_id}/workflow-executions/{execution.id}"
        data = _state_response(work, execution, call.caller)
        return call.created(data, location, version=execution.version)


@router.get(
    "/workflow-executions/{execution_id}",
    permissions=(WORKFLOWS_READ, WORKFLOWS_DECIDE),
    schema=ExecutionStateResponse,
    errors=(*_MISSING, NotAssigned),
)
def get_workflow_execution(call: Call, event_id: Id, execution_id: Id) -> Response:
    """Return an execution: its branches, joins, tasks and deadlines, and for whom it waits.

    `waiting_for` says who is waited for, since when, by which rule, until when, and what happens if nobody acts. Without
    `workflows:read`, a user gets the executions in which a task is or was theirs.
    """
    execution = _get(call, event_id, execution_id)
    return call.ok(_state_response(call.work, execution, call.caller))


@router.get(
    "/workflow-executions/{execution_id}/history",
    permissions=(WORKFLOWS_READ, WORKFLOWS_DECIDE),
    listing=HISTORY,
    errors=(*_MISSING, NotAssigned),
)
def list_workflow_history(
    call: Call,
    event_id: Id,
    execution_id: Id,
    query: Annotated[ListQuery, Depends(HISTORY.parse_query)],
) -> Response:
    """List all that happened in an execution, in its order."""
    execution = _get(call, event_id, execution_id)
    return HISTORY.list_response(call, query, queries.history_of(execution), _conceal(call.caller))


@router.post(
    "/workflow-executions/{execution_id}/cancel",
    permissions=WORKFLOWS_MANAGE,
    schema=ExecutionStateResponse,
    errors=(*_MISSING, WorkflowExecutionEnded),
)
def cancel_workflow_execution(
    call: Call, event_id: Id, execution_id: Id, request: ExecutionCancellation
) -> Response:
    """End an execution where it stands, also one whose version can't be read. The participant's status stays."""
    with call.begin() as work:
        key = FeedKey(call.tenant_id, event_id)
        events.check_exists(work, *key)
        execution = executions.cancel(work, key, execution_id, request.reason)
        work.session.flush()
        return call.ok(_state_response(work, execution, call.caller))


def task_response(task: WorkflowTask, caller: Caller) -> TaskResponse:
    """Return a task as a caller may read it."""
    response = TaskResponse.model_validate(task)
    return response.model_copy(update={"reason": visible_text(caller, response.reason)})


def _get(call: RestCall, event_id: str, execution_id: str) -> WorkflowExecution:
    """Return an execution for whoever may read all of them, for a key that decides about all, and for those whom its tasks concern."""
    work, caller = call.work, call.caller
    events.check_exists(work, call.tenant_id, event_id)
    execution = executions.get(work, FeedKey(call.tenant_id, event_id), execution_id)
    if caller.kind is CallerKind.USER and not caller.has_permission(WORKFLOWS_READ):
        check_involved(work, execution, decider_of(work, caller))
    return execution


def _state_response(work: Work, execution: WorkflowExecution, caller: Caller) -> ExecutionStateResponse:
    state = queries.state_of(work, execution)
    return ExecutionStateResponse(
        **vars(ExecutionResponse.model_validate(execution)),
        branches=[BranchResponse.model_validate(row) for row in state.rows.branches.values()],
        joins=[JoinResponse.model_validate(row) for row in state.rows.joins.values()],
        tasks=[task_response(row, caller) for row in state.rows.tasks.values()],
        clocks=[SlaClockResponse.model_validate(row) for row in state.clocks],
        waiting_for=state.waiting_for,
    )


def _conceal(caller: Caller) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the function that conceals the reasons of a history from callers who may not read names."""

    def conceal(row: dict[str, Any]) -> dict[str, Any]:
        data = row["data"]
        if not data.get("reason"):
            return row
        return row | {"data": data | {"reason": visible_text(caller, data["reason"])}}

    return conceal
