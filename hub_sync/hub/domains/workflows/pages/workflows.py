"""The console's pages of an event's workflows: list, create, edit, publish, simulate, versions, switch and delete."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ, STATUSES
from hub_sync.hub.domains.workflows.definition.model import (
    MOST_TAKE_BACK_S,
    Definition,
    Start,
    StartTrigger,
    find_definition,
    read_definition,
)
from hub_sync.hub.domains.workflows.definitions import definitions
from hub_sync.hub.domains.workflows.definitions.edits import START
from hub_sync.hub.domains.workflows.definitions.lists import VERSIONS
from hub_sync.hub.domains.workflows.definitions.schemas import (
    NewWorkflow,
    WorkflowChanges,
    WorkflowSimulation,
)
from hub_sync.hub.domains.workflows.definitions.simulation import simulate
from hub_sync.hub.domains.workflows.definitions.workflow_templates import SHAPES, WorkflowShape
from hub_sync.hub.domains.workflows.diagrams.views import DrawingView, view_of
from hub_sync.hub.domains.workflows.diagrams.words import MATCHES, OPERATORS, STEP_TYPES, fault_text, sla_text
from hub_sync.hub.domains.workflows.errors import (
    WorkflowChanged,
    WorkflowExists,
    WorkflowFaulty,
    WorkflowInUse,
)
from hub_sync.hub.domains.workflows.execution_manifest import START_TRIGGERS, WORKFLOW
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ, ExecutionStatus
from hub_sync.hub.domains.workflows.pages.step_forms import (
    choices,
    condition_values,
    field_choices,
    parse_conditions,
    row_count,
)
from hub_sync.hub.domains.workflows.service import steps_of, workflows_of
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE, ClockState
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowExecution
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id, NoteText, SingleLineText

LIST: Final = "/events/{event_id}/workflows"
PATH: Final = f"{LIST}/{{workflow_id}}"
PUBLISHED: Final = "PUBLISHED"
EMPTY: Final = "EMPTY"
_BESIDE: Mapping[Any, Any] = {WorkflowExists: "name", WorkflowChanged: ""}

router = PageRouter()


class WorkflowForm(BaseModel):
    """A new workflow, and what it begins with."""

    name: SingleLineText
    shape: WorkflowShape | None = None


class WorkflowSettingsForm(BaseModel):
    """The settings of a workflow."""

    name: SingleLineText
    description: NoteText = ""
    on: list[StartTrigger] = []
    take_back_seconds: int = Field(ge=0, le=MOST_TAKE_BACK_S)
    approved_status: ParticipantStatus | None = None
    rejected_status: ParticipantStatus | None = None


class WorkflowVersionForm(BaseModel):
    """The version that was on the page."""

    version: int | None = None


class WorkflowToggleForm(BaseModel):
    """On or off."""

    is_enabled: bool = False


class _RunningCounts(NamedTuple):
    """The executions of a workflow that run, and those of them that are late."""

    running: int = 0
    late: int = 0


@router.get(LIST, permissions=WORKFLOWS_READ)
def list_workflows(page: PageCall, event_id: Id) -> Response:
    """List the event's workflows."""
    event = events.get(page.work, page.tenant_id, event_id)
    query = workflows_of(page.tenant_id, event_id).order_by(Workflow.name)
    rows = page.work.session.scalars(query).all()
    published = [row.id for row in rows if row.published_version is not None]
    steps = steps_of(page.work, page.tenant_id, published)
    return page.render(
        "workflows/list.html",
        event=event,
        workflows=rows,
        unreadable={
            row.id
            for row in rows
            if not (steps[row.id] if row.id in steps else find_definition(row.draft) is not None)
        },
        counts=_counts(page, event_id),
    )


@router.get(f"{LIST}/new", permissions=WORKFLOWS_MANAGE)
def new_workflow(page: PageCall, event_id: Id) -> Response:
    """Show the form of a new workflow."""
    shapes = [("", _("Empty")), *choices(SHAPES)]
    return page.render(
        "workflows/new.html", event=events.get(page.work, page.tenant_id, event_id), shapes=shapes
    )


@router.post(f"{LIST}/new", creates=True, permissions=WORKFLOWS_MANAGE, on_error=new_workflow, beside=_BESIDE)
def create_workflow(page: PageCall, event_id: Id) -> Response:
    """Create the workflow."""
    form = page.parse(WorkflowForm)
    with page.begin() as work:
        new = NewWorkflow(name=form.name, shape=form.shape)
        workflow = definitions.create(work, FeedKey(page.tenant_id, event_id), new, _)
        path = f"/events/{event_id}/workflows/{workflow.id}"
    say = _("“%(name)s” is a draft: it starts for nobody before it is published.") % {
        "name": isolated(form.name)
    }
    return page.redirect(path, say=say)


@router.get(PATH, permissions=WORKFLOWS_READ)
def show_workflow(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Show the draft of a workflow with its drawing and its faults; of one that can't be read, the ways to another draft."""
    key = FeedKey(page.tenant_id, event_id)
    workflow = definitions.get(page.work, key, workflow_id)
    published = definitions.find_published(page.work, workflow)
    is_unreadable = published is not None and find_definition(published) is None
    draft = find_definition(workflow.draft)
    if draft is None:
        return page.render(
            "workflows/unreadable_draft.html",
            event=events.get(page.work, page.tenant_id, event_id),
            workflow=workflow,
            sources=draft_sources(workflow, has_readable_version=published is not None and not is_unreadable),
        )
    return page.render(
        "workflows/editor.html",
        event=events.get(page.work, page.tenant_id, event_id),
        workflow=workflow,
        draft=draft,
        drawing=draft_drawing(page, workflow),
        faults=[(fault, fault_text(fault)) for fault in definitions.faults_of(page.work, workflow)],
        is_published=published is not None and not is_unreadable and draft.equals(published),
        is_unreadable=is_unreadable,
        triggers=START_TRIGGERS,
        counts=_counts(page, event_id).get(workflow_id, _RunningCounts()),
        start=START,
        result_statuses=STATUSES,
    )


@router.get(f"{PATH}/settings", permissions=WORKFLOWS_MANAGE)
def edit_settings(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Show the form of a workflow's settings."""
    event = events.get(page.work, page.tenant_id, event_id)
    workflow = definitions.get(page.work, FeedKey(page.tenant_id, event_id), workflow_id)
    entries = audit.entries_of(page.work, page.tenant_id, WORKFLOW.name, workflow_id)
    start = definitions.draft_of(workflow).start
    return page.render(
        "workflows/settings.html",
        event=event,
        workflow=workflow,
        values=_settings_values(workflow),
        history=audit.history(page.work, entries[-20:][::-1], event.time_zone),
        triggers=choices(START_TRIGGERS),
        statuses=[("", _("It stays as it is")), *choices(STATUSES)],
        rows=row_count(start.when),
        **condition_choices(),
    )


@router.post(f"{PATH}/settings", permissions=WORKFLOWS_MANAGE, on_error=edit_settings, beside=_BESIDE)
def update_settings(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Store the settings in the draft."""
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        workflow = definitions.get_for_update(work, key, workflow_id)
        audit.merge_form(page, work, WORKFLOW.name, workflow, _settings_values(workflow), event.time_zone)
        form, when = page.parse(WorkflowSettingsForm), parse_conditions(page)
        draft = definitions.draft_of(workflow)
        changed = Definition.model_validate(
            {
                **draft.model_dump(),
                "start": Start(on=frozenset(form.on), when=when).model_dump(),
                "take_back_seconds": form.take_back_seconds,
                "approved_status": form.approved_status,
                "rejected_status": form.rejected_status,
            }
        )
        changes = WorkflowChanges(name=form.name, description=form.description, definition=changed)
        definitions.update(work, key, workflow_id, changes, workflow.version)
    return page.redirect(
        f"/events/{event_id}/workflows/{workflow_id}",
        say=_("The changes are saved in the draft. Publish it, and whoever starts from then on takes them."),
    )


@router.post(
    f"{PATH}/publish",
    permissions=WORKFLOWS_MANAGE,
    on_error=show_workflow,
    beside={WorkflowFaulty: "", WorkflowChanged: ""},
)
def publish_workflow(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Publish the draft as a new version."""
    form = page.parse(WorkflowVersionForm)
    with page.begin() as work:
        workflow = definitions.publish(work, FeedKey(page.tenant_id, event_id), workflow_id, form.version)
        number = workflow.published_version
    say = _(
        "Version %(number)s is published: whoever starts from now on takes it. What runs finishes by the version it began with."
    )
    return page.redirect(
        f"/events/{event_id}/workflows/{workflow_id}", say=say % {"number": formats.number(number)}
    )


@router.post(f"{PATH}/toggle", permissions=WORKFLOWS_MANAGE, on_error=show_workflow)
def toggle_workflow(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Switch the workflow on or off."""
    is_enabled = page.parse(WorkflowToggleForm).is_enabled
    with page.begin() as work:
        changes = WorkflowChanges(is_enabled=is_enabled)
        name = definitions.update(work, FeedKey(page.tenant_id, event_id), workflow_id, changes).name
    say = (
        _("“%(name)s” starts again for new people.")
        if is_enabled
        else _("“%(name)s” starts for nobody new. What runs goes on.")
    )
    return page.redirect(f"/events/{event_id}/workflows/{workflow_id}", say=say % {"name": isolated(name)})


@router.get(f"{PATH}/simulate", permissions=WORKFLOWS_MANAGE)
def simulate_workflow(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Show what would have happened to the people who are registered, by the draft."""
    event = events.get(page.work, page.tenant_id, event_id)
    workflow = definitions.get(page.work, FeedKey(page.tenant_id, event_id), workflow_id)
    result = problem = None
    try:
        with_examples = page.caller.has_permission(PARTICIPANTS_READ)
        result = simulate(page.work, workflow, WorkflowSimulation(), with_examples=with_examples)
    except WorkflowFaulty:
        problem = _("The draft has faults and can't be tried. Mend them first.")
    return page.render(
        "workflows/simulation.html",
        event=event,
        workflow=workflow,
        result=result,
        problem=problem,
        step_types=STEP_TYPES,
        length=sla_text,
        branch_names={
            (step.key, branch.key): branch.name
            for step in definitions.draft_of(workflow).steps
            for branch in step.branches
        },
    )


@router.get(f"{PATH}/versions", permissions=WORKFLOWS_READ)
def list_versions(
    page: PageCall,
    event_id: Id,
    workflow_id: Id,
    query: Annotated[ListQuery, Depends(VERSIONS.parse_console_query)],
) -> Response:
    """List the published versions, the newest first."""
    workflow = definitions.get(page.work, FeedKey(page.tenant_id, event_id), workflow_id)
    result = VERSIONS.page(page.work, definitions.versions_of(workflow), query, page.tenant_id)
    actors = {row.published_by for row in result.rows}
    return page.render(
        "workflows/versions.html",
        event=events.get(page.work, page.tenant_id, event_id),
        workflow=workflow,
        result=result,
        actors=audit.names_of_actors(page.work, page.tenant_id, actors),
        actor_name=audit.actor_name,
    )


@router.get(f"{PATH}/versions/{{number}}", permissions=WORKFLOWS_READ)
def show_version(page: PageCall, event_id: Id, workflow_id: Id, number: int) -> Response:
    """Show the drawing of a published version."""
    workflow = definitions.get(page.work, FeedKey(page.tenant_id, event_id), workflow_id)
    version = definitions.get_version(page.work, workflow, number)
    return page.render(
        "workflows/version.html",
        event=events.get(page.work, page.tenant_id, event_id),
        workflow=workflow,
        version=version,
        drawing=view_of(read_definition(version.definition), lambda step: f"#{step.key}"),
    )


@router.get(f"{PATH}/delete", permissions=WORKFLOWS_MANAGE)
def ask_to_delete(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Show the page that confirms the deletion."""
    return page.render(
        "workflows/delete.html",
        event=events.get(page.work, page.tenant_id, event_id),
        workflow=definitions.get(page.work, FeedKey(page.tenant_id, event_id), workflow_id),
    )


@router.post(
    f"{PATH}/delete",
    permissions=WORKFLOWS_MANAGE,
    on_error=ask_to_delete,
    beside={WorkflowInUse: "", WorkflowChanged: ""},
)
def delete_workflow(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Delete a workflow that never ran."""
    form = page.parse(WorkflowVersionForm)
    key = FeedKey(page.tenant_id, event_id)
    with page.begin() as work:
        name = definitions.get(work, key, workflow_id).name
        definitions.remove(work, key, workflow_id, form.version)
    say = _("“%(name)s” was deleted.") % {"name": isolated(name)}
    return page.redirect(f"/events/{event_id}/workflows", say=say)


def draft_sources(workflow: Workflow, *, has_readable_version: bool) -> list[tuple[str, str]]:
    """Return what may come in the place of a draft: values and labels of a form's choices."""
    number = {"number": formats.number(workflow.published_version or 0)}
    published = [(PUBLISHED, _("Version %(number)s, as it is published") % number)]
    return [*(published if has_readable_version else []), *choices(SHAPES), (EMPTY, _("Empty"))]


def draft_drawing(page: Page, workflow: Workflow, current: str = "") -> DrawingView:
    """Return the drawing of a workflow's draft, whose steps lead to their forms."""
    base = f"/events/{workflow.event_id}/workflows/{workflow.id}/steps"
    return view_of(
        definitions.draft_of(workflow),
        lambda step: f"{base}/{step.key}",
        faults=definitions.faults_of(page.work, workflow),
        current=current,
    )


def condition_choices() -> dict[str, Any]:
    """Return what the fields of conditions offer."""
    return {"fields": field_choices(), "operators": choices(OPERATORS), "matches": choices(MATCHES)}


def _settings_values(workflow: Workflow) -> dict[str, Any]:
    draft = definitions.draft_of(workflow)
    return {
        "name": workflow.name,
        "description": workflow.description,
        "on": sorted(trigger.value for trigger in draft.start.on),
        "take_back_seconds": draft.take_back_seconds,
        "approved_status": draft.approved_status or "",
        "rejected_status": draft.rejected_status or "",
        **condition_values(draft.start.when),
    }


def _counts(page: Page, event_id: str) -> dict[str, _RunningCounts]:
    e, c = WorkflowExecution, SlaClock
    late = (
        select(c.execution_id)
        .where(c.tenant_id == page.tenant_id, c.event_id == event_id, c.state == ClockState.BREACHED)
        .distinct()
        .subquery()
    )
    query = (
        select(e.workflow_id, func.count(), func.count(late.c.execution_id))
        .outerjoin(late, late.c.execution_id == e.id)
        .where(e.tenant_id == page.tenant_id, e.event_id == event_id, e.status == ExecutionStatus.ACTIVE)
        .group_by(e.workflow_id)
    )
    return {
        workflow_id: _RunningCounts(running, late)
        for workflow_id, running, late in page.work.session.execute(query)
    }
