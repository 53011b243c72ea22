"""The console's forms of a draft's steps: add a step or a fork at a place, edit, add a branch, remove."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.contract.enums import StepType
from hub_sync.hub.console import N_, FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.workflows.calendars import calendars
from hub_sync.hub.domains.workflows.definition.conditions import FIELDS
from hub_sync.hub.domains.workflows.definition.model import HUMAN, Definition, StepDefinition
from hub_sync.hub.domains.workflows.definition.regions import Regions
from hub_sync.hub.domains.workflows.definitions import definitions, edits
from hub_sync.hub.domains.workflows.definitions.edits import START, StepPlace, free_key
from hub_sync.hub.domains.workflows.definitions.schemas import WorkflowChanges
from hub_sync.hub.domains.workflows.definitions.surroundings import (
    deciding_roles,
    deciding_users,
    message_templates,
)
from hub_sync.hub.domains.workflows.diagrams.words import (
    JOIN_RULES,
    ON_REJECT,
    ON_TIMEOUT,
    REOPENINGS,
    STEP_TYPES,
    VOTERS,
    conditions_text,
    fault_text,
    role_name,
)
from hub_sync.hub.domains.workflows.errors import (
    PlaceNotFound,
    StepNotFound,
    TooManyBranches,
    TooManySteps,
    WorkflowChanged,
)
from hub_sync.hub.domains.workflows.pages.step_forms import (
    BranchForm,
    NewForkForm,
    NewStepForm,
    StepForm,
    choices,
    parse_conditions,
    row_count,
    step_values,
    targets_of,
)
from hub_sync.hub.domains.workflows.pages.workflows import PATH, condition_choices, draft_drawing
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.tables import Workflow
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id

_STEP: Final = f"{PATH}/steps/{{step_key}}"
_BESIDE: dict[Any, Any] = {PlaceNotFound: "place", TooManySteps: "", TooManyBranches: "", WorkflowChanged: ""}
_CARRIED = "carried"
_PLAIN = (StepType.APPROVAL, StepType.REVIEW, StepType.COLLECT, StepType.PRINT, StepType.NOTIFY)

router = PageRouter()


class RemovalForm(BaseModel):
    """The version that was on the page."""

    version: int | None = None


@router.get(f"{PATH}/add-step", permissions=WORKFLOWS_MANAGE)
def new_step(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Show the form of a new step."""
    return _new(
        page,
        event_id,
        workflow_id,
        "workflows/step_new.html",
        choices({each: STEP_TYPES[each] for each in _PLAIN}),
    )


@router.post(
    f"{PATH}/add-step", creates=True, permissions=WORKFLOWS_MANAGE, on_error=new_step, beside=_BESIDE
)
def create_step(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Add the step at its place."""
    form = page.parse(NewStepForm)
    carried = (page.parse(StepForm), parse_conditions(page)) if page.value(_CARRIED) else None
    with page.begin() as work:
        workflow, draft = _lock(page, work, event_id, workflow_id)
        key = free_key(draft, form.name)
        step = form.step(key)
        if carried is not None:
            step = _validated(carried[0], step, carried[1])
        _save(page, work, workflow, edits.add_step(draft, StepPlace.parse(form.place), step))
    say = _("“%(name)s” is in the draft. Complete it here.") % {"name": isolated(form.name)}
    return page.redirect(f"/events/{event_id}/workflows/{workflow_id}/steps/{key}", say=say)


@router.get(f"{PATH}/add-fork", permissions=WORKFLOWS_MANAGE)
def new_fork(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Show the form of a new fork."""
    types = choices({each: STEP_TYPES[each] for each in _PLAIN if each in HUMAN})
    return _new(page, event_id, workflow_id, "workflows/fork_new.html", types, rules=choices(JOIN_RULES))


@router.post(
    f"{PATH}/add-fork", creates=True, permissions=WORKFLOWS_MANAGE, on_error=new_fork, beside=_BESIDE
)
def create_fork(page: PageCall, event_id: Id, workflow_id: Id) -> Response:
    """Add the fork with its branches and its join."""
    form = page.parse(NewForkForm)
    names, needed = form.names(), form.needed()
    with page.begin() as work:
        workflow, draft = _lock(page, work, event_id, workflow_id)
        fork_key = free_key(draft, form.name)
        taken = [fork_key]
        join_name = _("%(fork)s: together") % {"fork": form.name[:150]}
        join_key = free_key(draft, f"{fork_key}-join", taken=taken)
        taken.append(join_key)
        steps = []
        for name in names:
            key = free_key(draft, name, taken=taken)
            taken.append(key)
            steps.append(
                StepDefinition.model_validate(
                    {"key": key, "name": name, "type": form.type, "assignees": {"roles": form.roles}}
                )
            )
        fork = StepDefinition(key=fork_key, name=form.name, type=StepType.FORK)
        join = StepDefinition(
            key=join_key,
            name=join_name,
            type=StepType.JOIN,
            rule=form.rule,
            n=needed,
            on_reject=form.on_reject(),
        )
        _save(page, work, workflow, edits.add_fork(draft, StepPlace.parse(form.place), fork, join, steps))
    say = _("The fork, its branches and its join are in the draft.")
    return page.redirect(f"/events/{event_id}/workflows/{workflow_id}", say=say)


@router.get(_STEP, permissions=WORKFLOWS_MANAGE)
def edit_step(page: PageCall, event_id: Id, workflow_id: Id, step_key: str) -> Response:
    """Show the form of a step, with the drawing beside it."""
    key = FeedKey(page.tenant_id, event_id)
    workflow = definitions.get(page.work, key, workflow_id)
    draft = definitions.draft_of(workflow)
    step = edits.get_step(draft, step_key)
    earlier = Regions(draft).earlier(step_key)
    returns = [
        (each.key, each.name)
        for each in draft.steps
        if each.is_human and each.key in {*earlier, *step.return_to}
    ]
    fork = draft.forks.get(step_key)
    templates = [(choice.id, choice.label) for choice in message_templates(page.work, key)]
    return page.render(
        "workflows/step.html",
        event=events.get(page.work, page.tenant_id, event_id),
        workflow=workflow,
        step=step,
        type_name=_(STEP_TYPES[step.type]),
        fork=fork,
        values=step_values(step),
        drawing=draft_drawing(page, workflow, step_key),
        faults=[
            fault_text(fault) for fault in definitions.faults_of(page.work, workflow) if fault.key == step_key
        ],
        returns=returns,
        calendars=[("", _("Day and night")), *calendars.names(page.work, page.tenant_id).items()],
        templates=[("", "—"), *templates],
        details=choices(FIELDS),
        rules=choices(JOIN_RULES),
        on_reject=choices(ON_REJECT),
        voters=choices(VOTERS),
        on_timeout=choices(ON_TIMEOUT),
        reopenings=choices(REOPENINGS),
        units=[("1", _("minutes")), ("60", _("hours")), ("1440", _("days"))],
        rows=row_count(step.when),
        routes=[
            (number, conditions_text(route.when), draft.by_key.get(route.to))
            for number, route in enumerate(step.routes)
        ],
        may_route=bool(targets_of(draft, step)),
        conditions_of={branch.key: conditions_text(branch.when) for branch in step.branches},
        **_people(page),
        **condition_choices(),
    )


@router.post(_STEP, permissions=WORKFLOWS_MANAGE, on_error=edit_step, beside=_BESIDE)
def update_step(page: PageCall, event_id: Id, workflow_id: Id, step_key: str) -> Response:
    """Store the step in the draft. If somebody has removed it meanwhile, what was typed becomes the form of a new step."""
    try:
        with page.begin() as work:
            workflow, draft = _lock(page, work, event_id, workflow_id)
            step = edits.get_step(draft, step_key)
            page.merge(step_values(step), (), workflow.version)
            form, when = page.parse(StepForm), parse_conditions(page)
            _save(page, work, workflow, edits.replace_step(draft, _validated(form, step, when)))
    except StepNotFound as error:
        page.refuse(
            error,
            sentence=N_(
                "Somebody has removed this step meanwhile. What you typed is kept: add it as a new step."
            ),
        )
        page.status, page.sent = HTTPStatus.CONFLICT, {**(page.sent or {}), _CARRIED: ["1"]}
        with page.reading():
            return new_step(page, event_id, workflow_id)
    return page.redirect(
        f"/events/{event_id}/workflows/{workflow_id}", say=_("The step is saved in the draft.")
    )


@router.post(
    f"{_STEP}/branches", creates=True, permissions=WORKFLOWS_MANAGE, on_error=edit_step, beside=_BESIDE
)
def create_branch(page: PageCall, event_id: Id, workflow_id: Id, step_key: str) -> Response:
    """Add a branch to the fork, with one step on it."""
    form = page.parse(BranchForm)
    with page.begin() as work:
        workflow, draft = _lock(page, work, event_id, workflow_id)
        key = free_key(draft, form.branch_name)
        step = StepDefinition(key=key, name=form.branch_name, type=StepType.APPROVAL)
        _save(page, work, workflow, edits.add_branch(draft, step_key, step))
    say = _("“%(name)s” is in the draft. Complete it here.") % {"name": isolated(form.branch_name)}
    return page.redirect(f"/events/{event_id}/workflows/{workflow_id}/steps/{key}", say=say)


@router.get(f"{_STEP}/remove", permissions=WORKFLOWS_MANAGE)
def ask_to_remove(page: PageCall, event_id: Id, workflow_id: Id, step_key: str) -> Response:
    """Show what goes with a step that is removed."""
    workflow = definitions.get(page.work, FeedKey(page.tenant_id, event_id), workflow_id)
    draft = definitions.draft_of(workflow)
    return page.render(
        "workflows/step_remove.html",
        event=events.get(page.work, page.tenant_id, event_id),
        workflow=workflow,
        step=edits.get_step(draft, step_key),
        gone=edits.removed_with(draft, step_key),
    )


@router.post(
    f"{_STEP}/remove", permissions=WORKFLOWS_MANAGE, on_error=ask_to_remove, beside={WorkflowChanged: ""}
)
def remove_step(page: PageCall, event_id: Id, workflow_id: Id, step_key: str) -> Response:
    """Remove the step from the draft."""
    form = page.parse(RemovalForm)
    with page.begin() as work:
        workflow, draft = _lock(page, work, event_id, workflow_id, form.version)
        name = edits.get_step(draft, step_key).name
        _save(page, work, workflow, edits.remove_step(draft, step_key))
    say = _("“%(name)s” is removed from the draft.") % {"name": isolated(name)}
    return page.redirect(f"/events/{event_id}/workflows/{workflow_id}", say=say)


def place_choices(draft: Definition) -> list[tuple[str, str]]:
    """Return the places for a new step, in words."""
    places = [(START, _("At the start"))]
    for step in draft.steps:
        if step.type is StepType.FORK:
            places += [
                (
                    str(StepPlace(fork=step.key, branch=each.key)),
                    _("%(fork)s: first in the branch “%(branch)s”")
                    % {"fork": isolated(step.name), "branch": isolated(each.name)},
                )
                for each in step.branches
            ]
        else:
            places.append(
                (str(StepPlace(after=step.key)), _("After “%(step)s”") % {"step": isolated(step.name)})
            )
    return places


def _new(
    page: Page, event_id: str, workflow_id: str, template: str, types: list[tuple[str, str]], **context: Any
) -> Response:
    workflow = definitions.get(page.work, FeedKey(page.tenant_id, event_id), workflow_id)
    places = place_choices(definitions.draft_of(workflow))
    wanted = page.request.query_params.get("place", "")
    return page.render(
        template,
        event=events.get(page.work, page.tenant_id, event_id),
        workflow=workflow,
        types=types,
        places=places,
        place=wanted or places[-1][0],
        carried=_carried(page),
        **_people(page),
        **context,
    )


def _carried(page: Page) -> list[tuple[str, str]]:
    """Return the other fields of a step's form whose step is gone, for the form of a new one."""
    if not page.value(_CARRIED):
        return []
    visible = {*NewStepForm.model_fields, "csrf", "form_token", "version", "base", "draft"}
    return [
        (name, value) for name, values in (page.sent or {}).items() if name not in visible for value in values
    ]


def _people(page: Page) -> dict[str, Any]:
    users = deciding_users(page.work, page.tenant_id)
    return {
        "roles": [(role, role_name(role)) for role in deciding_roles(page.work, page.tenant_id)],
        "users": [(user.id, user.name or user.email) for user in users],
    }


def _lock(
    page: Page, work: Work, event_id: str, workflow_id: str, version: int | None = None
) -> tuple[Workflow, Definition]:
    workflow = definitions.get_for_update(work, FeedKey(page.tenant_id, event_id), workflow_id, version)
    return workflow, definitions.draft_of(workflow)


def _save(page: Page, work: Work, workflow: Workflow, draft: Definition) -> None:
    key = FeedKey(page.tenant_id, workflow.event_id)
    definitions.update(work, key, workflow.id, WorkflowChanges(definition=draft), workflow.version)


def _validated(form: StepForm, step: StepDefinition, when: Any) -> StepDefinition:
    changed: Callable[[StepDefinition, Any], StepDefinition] = form.changed
    try:
        return changed(step, when)
    except ValueError as error:
        raise FormInvalid({"": _("This can't be used here.")}) from error
