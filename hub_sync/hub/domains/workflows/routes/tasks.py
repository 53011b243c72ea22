"""Tasks of workflows over REST: lists, the inbox of a person, and decisions."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.participants.redaction import conceal_text
from hub_sync.hub.domains.workflows.engine import decisions
from hub_sync.hub.domains.workflows.engine.decisions import Decider
from hub_sync.hub.domains.workflows.errors import (
    BypassNotAllowed,
    CollectedFieldsMissing,
    DecisionReasonMissing,
    DecisionTakenEffect,
    InboxOfNobody,
    NotAssigned,
    NothingDecided,
    ReturnImpossible,
    VotedAlready,
    WorkflowTaskChanged,
    WorkflowTaskEnded,
    WorkflowTaskNotFound,
)
from hub_sync.hub.domains.workflows.execution_manifest import WORKFLOWS_DECIDE
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ
from hub_sync.hub.domains.workflows.routes.executions import task_response
from hub_sync.hub.domains.workflows.tables import WorkflowTask
from hub_sync.hub.domains.workflows.tasks import tasks
from hub_sync.hub.domains.workflows.tasks.deciders import decider_of, inbox_of
from hub_sync.hub.domains.workflows.tasks.lists import TASKS
from hub_sync.hub.domains.workflows.tasks.schemas import (
    ManyTaskAnswers,
    ManyTaskResults,
    TaskAnswer,
    TaskResponse,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestCall, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="", tags=["workflow-tasks"])
_MISSING = (EventNotFound, WorkflowTaskNotFound)
_TASKS = "/events/{event_id}/workflow-tasks"


@router.get("/workflow-inbox", permissions=WORKFLOWS_DECIDE, listing=TASKS, errors=(InboxOfNobody,))
def list_inbox(call: Call, query: Annotated[ListQuery, Depends(TASKS.parse_query)]) -> Response:
    """List the caller's open tasks in all events, the oldest first: by name, by role, or in the place of somebody who is away."""
    statement = inbox_of(call.tenant_id, decider_of(call.work, call.caller))
    return TASKS.list_response(call, query, statement, conceal_text(call.caller, "reason"))


@router.get(_TASKS, permissions=(WORKFLOWS_READ, WORKFLOWS_DECIDE), listing=TASKS, errors=(EventNotFound,))
def list_workflow_tasks(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(TASKS.parse_query)]
) -> Response:
    """List the tasks of an event, the oldest first. Late ones: `filter[deadline_state]=BREACHED`."""
    events.check_exists(call.work, call.tenant_id, event_id)
    statement = tasks.of_event(FeedKey(call.tenant_id, event_id))
    return TASKS.list_response(call, query, statement, conceal_text(call.caller, "reason"))


@router.get(
    f"{_TASKS}/{{task_id}}",
    permissions=(WORKFLOWS_READ, WORKFLOWS_DECIDE),
    schema=TaskResponse,
    listing=TASKS,
    errors=_MISSING,
)
def get_workflow_task(
    call: Call,
    event_id: Id,
    task_id: Id,
    selection: Annotated[FieldSelection, Depends(TASKS.parse_selection)],
) -> Response:
    """Return a task. A decision takes its ETag as `If-Match`."""
    events.check_exists(call.work, call.tenant_id, event_id)
    task = tasks.get(call.work, FeedKey(call.tenant_id, event_id), task_id)
    return TASKS.item_response(call, selection, task, conceal_text(call.caller, "reason"))


@router.post(
    f"{_TASKS}/decide", permissions=WORKFLOWS_DECIDE, schema=ManyTaskResults, errors=(EventNotFound,)
)
def decide_workflow_tasks(call: Call, event_id: Id, answer: ManyTaskAnswers) -> Response:
    """Decide many tasks alike, each by itself: what is refused keeps nothing else back, and `results` says why."""
    call.replay_if_stored()
    key = FeedKey(call.tenant_id, event_id)
    with call.hub.uow.look_up() as work:
        events.check_exists(work, *key)
    results = tasks.decide_many(call.hub.uow, key, call.caller, answer.task_ids, tasks.answer_of(answer))
    with call.begin():
        return call.ok(results)


@router.post(
    f"{_TASKS}/{{task_id}}/decide",
    permissions=WORKFLOWS_DECIDE,
    schema=TaskResponse,
    errors=(
        *_MISSING,
        NotAssigned,
        BypassNotAllowed,
        WorkflowTaskChanged,
        WorkflowTaskEnded,
        VotedAlready,
        DecisionReasonMissing,
        ReturnImpossible,
        CollectedFieldsMissing,
    ),
)
def decide_workflow_task(call: Call, event_id: Id, task_id: Id, answer: TaskAnswer) -> Response:
    """Decide a task. It takes effect at `effective_at`; until then it can be taken back. `If-Match` is optional.

    A task that is not open any more is refused (409), and the answer is written into the history.
    """
    version = call.optional_expected_version()
    with call.begin() as work:
        key = _key(call, work, event_id)
        decider = decider_of(work, call.caller)
        task = decisions.decide(work, key, task_id, decider, tasks.answer_of(answer), version)
        return _answer(call, work, task)


@router.post(
    f"{_TASKS}/{{task_id}}/take-back",
    permissions=WORKFLOWS_DECIDE,
    schema=TaskResponse,
    errors=(*_MISSING, NotAssigned, NothingDecided, DecisionTakenEffect),
)
def take_back_decision(call: Call, event_id: Id, task_id: Id) -> Response:
    """Take a decision back that has not taken effect; the task is open again, and its deadline goes on."""
    return _act(call, event_id, task_id, decisions.take_back)


@router.post(
    f"{_TASKS}/{{task_id}}/apply",
    permissions=WORKFLOWS_DECIDE,
    schema=TaskResponse,
    errors=(*_MISSING, NotAssigned, NothingDecided),
)
def apply_decision(call: Call, event_id: Id, task_id: Id) -> Response:
    """Let a decision take effect now. It can't be taken back afterwards."""
    return _act(call, event_id, task_id, decisions.apply_now)


def _act(
    call: RestCall, event_id: str, task_id: str, act: Callable[[Work, FeedKey, str, Decider], WorkflowTask]
) -> Response:
    with call.begin() as work:
        key = _key(call, work, event_id)
        return _answer(call, work, act(work, key, task_id, decider_of(work, call.caller)))


def _key(call: RestCall, work: Work, event_id: str) -> FeedKey:
    events.check_exists(work, call.tenant_id, event_id)
    return FeedKey(call.tenant_id, event_id)


def _answer(call: RestCall, work: Work, task: WorkflowTask) -> Response:
    work.session.flush()
    return call.ok(task_response(task, call.caller), version=task.version)
