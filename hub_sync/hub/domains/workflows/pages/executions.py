"""The console's pages of executions: the list, one execution with all that it waits for, start and cancel."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import Depends
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import select

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.participants.redaction import visible_text
from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.clocks.views import PERIOD_KINDS, sum_view
from hub_sync.hub.domains.workflows.definition.errors import WorkflowUnreadable
from hub_sync.hub.domains.workflows.definition.history import END_REASONS, HISTORY_WORDS
from hub_sync.hub.domains.workflows.definition.model import Definition, StartTrigger
from hub_sync.hub.domains.workflows.definitions import definitions
from hub_sync.hub.domains.workflows.delegations import delegations
from hub_sync.hub.domains.workflows.diagrams.marks import marks_of
from hub_sync.hub.domains.workflows.diagrams.views import DrawingView, view_of
from hub_sync.hub.domains.workflows.engine import executions
from hub_sync.hub.domains.workflows.errors import (
    WorkflowEventCalledOff,
    WorkflowExecutionEnded,
    WorkflowNotPublished,
    WorkflowRunsAlready,
)
from hub_sync.hub.domains.workflows.execution_manifest import (
    BRANCH_STATUSES,
    EXECUTION_STATUSES,
    EXECUTION_TONES,
    START_TRIGGERS,
    WORKFLOWS_DECIDE,
    decision_word,
)
from hub_sync.hub.domains.workflows.executions import queries
from hub_sync.hub.domains.workflows.executions.lists import EXECUTIONS
from hub_sync.hub.domains.workflows.executions.queries import ExecutionState
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ, BranchStatus
from hub_sync.hub.domains.workflows.pages.waits import problem_sentence, wait_view
from hub_sync.hub.domains.workflows.service import workflows_of
from hub_sync.hub.domains.workflows.sla_manifest import CLOCK_STATES, WORKFLOWS_MANAGE, ClockState
from hub_sync.hub.domains.workflows.tables import (
    JoinStatus,
    Workflow,
    WorkflowHistoryEntry,
)
from hub_sync.hub.domains.workflows.tasks.deciders import check_involved, decider_of, own_tasks
from hub_sync.hub.domains.workflows.tasks.subjects import load_subjects
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.security.access import Caller
from hub_sync.hub.kit.text_types import Id, NoteText

_LIST: Final = "/events/{event_id}/workflow-executions"
_PATH: Final = f"{_LIST}/{{execution_id}}"
_READ: Final = (WORKFLOWS_READ, WORKFLOWS_DECIDE)

router = PageRouter()


class CancelForm(BaseModel):
    """Why an execution is cancelled."""

    reason: NoteText = ""


class ExecutionStartForm(BaseModel):
    """The workflow to start."""

    workflow_id: Id
    participant_id: Id


@router.get(_LIST, permissions=_READ, also=PARTICIPANTS_READ)
def list_executions(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(EXECUTIONS.parse_console_query)]
) -> Response:
    """List the executions of an event, the newest first."""
    event = events.get(page.work, page.tenant_id, event_id)
    result = EXECUTIONS.page(
        page.work, queries.of_event(FeedKey(page.tenant_id, event_id)), query, page.tenant_id
    )
    people = {row.participant_id for row in result.rows}
    return page.render(
        "workflows/executions.html",
        event=event,
        result=result,
        people=load_subjects(page.work, page.tenant_id, people),
        workflows=_workflow_names(page, event_id),
        statuses=EXECUTION_STATUSES,
        tones=EXECUTION_TONES,
        triggers=START_TRIGGERS,
        is_filtered=bool(query.conditions),
    )


@router.get(f"{_LIST}/new", permissions=WORKFLOWS_MANAGE, also=PARTICIPANTS_READ)
def new_execution(page: PageCall, event_id: Id) -> Response:
    """Show the form that starts a workflow for a participant."""
    participant_id = page.value("participant_id") or page.request.query_params.get("participant_id", "")
    person = participants.get(page.work, page.tenant_id, event_id, participant_id)
    published = workflows_of(page.tenant_id, event_id).where(
        Workflow.published_version.is_not(None), Workflow.is_enabled
    )
    return page.render(
        "workflows/execution_new.html",
        event=events.get(page.work, page.tenant_id, event_id),
        person=person,
        name=participants.display_name(person),
        choices=[(row.id, row.name) for row in page.work.session.scalars(published.order_by(Workflow.name))],
    )


@router.post(
    f"{_LIST}/new",
    creates=True,
    permissions=WORKFLOWS_MANAGE,
    also=PARTICIPANTS_READ,
    on_error=new_execution,
    beside=dict.fromkeys(
        (WorkflowEventCalledOff, WorkflowNotPublished, WorkflowUnreadable, WorkflowRunsAlready), "workflow_id"
    ),
)
def start_execution(page: PageCall, event_id: Id) -> Response:
    """Start the workflow for the participant."""
    form = page.parse(ExecutionStartForm)
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        events.check_exists(work, *key)
        workflow = definitions.get(work, key, form.workflow_id)
        execution_id = executions.start(work, key, workflow, form.participant_id, StartTrigger.MANUAL).id
        name = workflow.name
    return page.redirect(
        f"/events/{event_id}/workflow-executions/{execution_id}",
        say=_("“%(name)s” has begun.") % {"name": isolated(name)},
    )


@router.get(_PATH, permissions=_READ)
def show_execution(page: PageCall, event_id: Id, execution_id: Id) -> Response:
    """Show an execution: the drawing with its state, who is waited for, its deadlines and its history.

    Whoever may not read participants sees the executions in which a task is or was theirs, with no reasons of others.
    """
    work, key = page.work, FeedKey(page.tenant_id, event_id)
    event = events.get(work, page.tenant_id, event_id)
    execution = executions.get(work, key, execution_id)
    state = queries.state_of(work, execution)
    reachable = {task.id for task in state.rows.tasks.values()}
    if not page.caller.has_permission(PARTICIPANTS_READ):
        decider = decider_of(work, page.caller)
        check_involved(work, execution, decider)
        reachable = own_tasks(work, execution, decider)
    history = work.session.scalars(queries.history_of(execution).order_by(WorkflowHistoryEntry.number)).all()
    person = load_subjects(work, page.tenant_id, {execution.participant_id}).get(execution.participant_id)
    absent = {str(each.data["represented"]) for each in history if "represented" in each.data}
    represented = delegations.names_of(work, page.tenant_id, absent)
    return page.render(
        "workflows/execution.html",
        event=event,
        execution=execution,
        workflow=definitions.get(work, key, execution.workflow_id),
        person=person,
        drawing=drawing_of(state.definition, state, history, reachable) if state.definition else None,
        reachable=reachable,
        waits=[
            wait_view(each, _names(page, state), event.time_zone, problem_sentence(each.problem))
            for each in state.waiting_for
        ],
        clocks=[(clock, sum_view(clocks.total(work, clock))) for clock in state.clocks],
        clock_states=CLOCK_STATES,
        period_kinds=PERIOD_KINDS,
        history=history[::-1],
        actors=audit.names_of_actors(work, page.tenant_id, {each.actor for each in history}),
        actor_name=audit.actor_name,
        history_text=lambda entry: _history_text(page.caller, state, entry, represented),
        statuses=EXECUTION_STATUSES,
        tones=EXECUTION_TONES,
        triggers=START_TRIGGERS,
    )


@router.get(f"{_PATH}/cancel", permissions=WORKFLOWS_MANAGE, also=PARTICIPANTS_READ)
def ask_to_cancel(page: PageCall, event_id: Id, execution_id: Id) -> Response:
    """Show the page that confirms the cancellation."""
    key = FeedKey(page.tenant_id, event_id)
    execution = executions.get(page.work, key, execution_id)
    return page.render(
        "workflows/execution_cancel.html",
        event=events.get(page.work, page.tenant_id, event_id),
        execution=execution,
        workflow=definitions.get(page.work, key, execution.workflow_id),
    )


@router.post(
    f"{_PATH}/cancel",
    permissions=WORKFLOWS_MANAGE,
    also=PARTICIPANTS_READ,
    on_error=ask_to_cancel,
    beside={WorkflowExecutionEnded: ""},
)
def cancel_execution(page: PageCall, event_id: Id, execution_id: Id) -> Response:
    """Cancel the execution where it stands."""
    form = page.parse(CancelForm)
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        events.check_exists(work, *key)
        executions.cancel(work, key, execution_id, form.reason)
    say = _("The workflow is cancelled. The participant's status stays as it is.")
    return page.redirect(f"/events/{event_id}/workflow-executions/{execution_id}", say=say)


def drawing_of(
    definition: Definition,
    state: ExecutionState,
    history: Sequence[WorkflowHistoryEntry],
    reachable: Collection[str],
) -> DrawingView:
    """Return the drawing of an execution, with the marks of its steps. Steps lead to their open tasks, of those that are reachable."""
    event_id = state.rows.execution.event_id
    late = {clock.task_id for clock in state.clocks if clock.state is ClockState.BREACHED and clock.task_id}
    open_tasks = {
        task.step_key: task.id
        for task in state.rows.tasks.values()
        if task.ended_at is None and task.id in reachable
    }
    done = (BranchStatus.COMPLETED, BranchStatus.BYPASSED)
    notes = {
        join.step_key: _("%(done)s of %(needed)s done")
        % {
            "done": formats.number(sum(each.status in done for each in state.rows.branches_of(join))),
            "needed": formats.number(join.needed),
        }
        for join in state.rows.joins.values()
        if join.status is JoinStatus.WAITING
    }
    return view_of(
        definition,
        lambda step: (
            f"/events/{event_id}/workflow-tasks/{open_tasks[step.key]}"
            if step.key in open_tasks
            else "#history-title"
        ),
        marks=marks_of(definition, state.rows, history, late),
        notes=notes,
    )


def _names(page: Page, state: ExecutionState) -> dict[str, str]:
    users = {
        user for wait in state.waiting_for for user in (*wait.users, *wait.delegates, *wait.escalate_to.users)
    }
    return delegations.names_of(page.work, page.tenant_id, users)


def _workflow_names(page: Page, event_id: str) -> dict[str, str]:
    query = select(Workflow.id, Workflow.name).where(
        Workflow.tenant_id == page.tenant_id, Workflow.event_id == event_id
    )
    return {row.id: row.name for row in page.work.session.execute(query.order_by(Workflow.name))}


def _history_text(
    caller: Caller, state: ExecutionState, entry: WorkflowHistoryEntry, represented: Mapping[str, str]
) -> dict[str, Any]:
    """Return what a line of the history says to a caller: what, the step, and more of it; `represented`: the names of those who were away."""
    step = state.definition.by_key.get(entry.step_key or "") if state.definition else None
    data = entry.data
    status = str(data.get("status", ""))
    decision = decision_word(data.get("decision"), step.type if step else None)
    reason = str(data.get("reason", ""))
    return {
        "what": _(HISTORY_WORDS.get(entry.kind, entry.kind)),
        "step": step.name if step else entry.step_key or "",
        "decision": _(decision) if decision else "",
        "status": _(BRANCH_STATUSES[status]) if status in BRANCH_STATUSES else "",
        "reason": _(END_REASONS[reason]) if reason in END_REASONS else visible_text(caller, reason),
        "in_place_of": represented.get(str(data.get("represented", "")), ""),
    }
