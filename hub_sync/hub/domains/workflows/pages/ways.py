"""The console's forms of the ways of a draft: other next steps by conditions, and the branches of forks."""

from typing import Any, Final

from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.workflows.definition.conditions import Conditions
from hub_sync.hub.domains.workflows.definition.model import MOST_BRANCHES, Definition, Route, StepDefinition
from hub_sync.hub.domains.workflows.definitions import definitions, edits
from hub_sync.hub.domains.workflows.definitions.schemas import WorkflowChanges
from hub_sync.hub.domains.workflows.errors import BranchNotFound, StepNotFound, WorkflowChanged
from hub_sync.hub.domains.workflows.pages.step_forms import (
    condition_values,
    parse_conditions,
    row_count,
    targets_of,
)
from hub_sync.hub.domains.workflows.pages.workflows import PATH, condition_choices
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.tables import Workflow
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id, SingleLineText

NEW: Final = "new"
_STEP: Final = f"{PATH}/steps/{{step_key}}"
_ROUTE: Final = f"{_STEP}/routes/{{route_number}}"
_BRANCH: Final = f"{_STEP}/branches/{{branch_key}}"

router = PageRouter()


class RouteForm(BaseModel):
    """Another next step."""

    to: str = Field(max_length=64)
    version: int | None = None


class BranchChangesForm(BaseModel):
    """The name of a branch."""

    name: SingleLineText
    version: int | None = None


class RouteRemovalForm(BaseModel):
    """The version that was on the page."""

    version: int | None = None


@router.get(_ROUTE, permissions=WORKFLOWS_MANAGE)
def edit_route(page: PageCall, event_id: Id, workflow_id: Id, step_key: str, route_number: str) -> Response:
    """Show the form of another way from a step, or of a new one."""
    workflow, draft, step = _read(page, event_id, workflow_id, step_key)
    route = None if route_number == NEW else _route(step, route_number)
    when = route.when if route else Conditions()
    return page.render(
        "workflows/route.html",
        event=events.get(page.work, page.tenant_id, event_id),
        workflow=workflow,
        step=step,
        number=route_number,
        targets=[(each.key, each.name) for each in targets_of(draft, step)],
        values={"to": route.to if route else "", **condition_values(when)},
        rows=row_count(when),
        **condition_choices(),
    )


@router.post(_ROUTE, permissions=WORKFLOWS_MANAGE, on_error=edit_route, beside={WorkflowChanged: ""})
def update_route(page: PageCall, event_id: Id, workflow_id: Id, step_key: str, route_number: str) -> Response:
    """Store the way in the draft."""
    form, when = page.parse(RouteForm), parse_conditions(page)
    if when.are_empty:
        raise FormInvalid({"when_field_0": _("Give one condition at least.")})
    with page.begin() as work:
        workflow, draft, step = _lock(page, work, (event_id, workflow_id, step_key), form.version)
        if form.to not in {each.key for each in targets_of(draft, step)}:
            raise FormInvalid({"to": _("Choose one of the list.")})
        routes = list(step.routes)
        if route_number != NEW:
            routes[routes.index(_route(step, route_number))] = Route(when=when, to=form.to)
        elif len(routes) >= MOST_BRANCHES:
            raise FormInvalid({"": _("A step has %(most)s ways at most.") % {"most": MOST_BRANCHES}})
        else:
            routes.append(Route(when=when, to=form.to))
        _save(page, work, workflow, draft, step, routes=tuple(routes))
    return page.redirect(_path(event_id, workflow_id, step_key), say=_("The way is saved in the draft."))


@router.post(
    f"{_ROUTE}/remove", permissions=WORKFLOWS_MANAGE, on_error=edit_route, beside={WorkflowChanged: ""}
)
def remove_route(page: PageCall, event_id: Id, workflow_id: Id, step_key: str, route_number: str) -> Response:
    """Remove the way from the draft."""
    form = page.parse(RouteRemovalForm)
    with page.begin() as work:
        workflow, draft, step = _lock(page, work, (event_id, workflow_id, step_key), form.version)
        gone = _route(step, route_number)
        _save(
            page, work, workflow, draft, step, routes=tuple(each for each in step.routes if each is not gone)
        )
    return page.redirect(_path(event_id, workflow_id, step_key), say=_("The way is removed from the draft."))


@router.get(_BRANCH, permissions=WORKFLOWS_MANAGE)
def edit_branch(page: PageCall, event_id: Id, workflow_id: Id, step_key: str, branch_key: str) -> Response:
    """Show the form of a fork's branch."""
    workflow, _draft, step = _read(page, event_id, workflow_id, step_key)
    branch = next((each for each in step.branches if each.key == branch_key), None)
    if branch is None:
        raise BranchNotFound
    return page.render(
        "workflows/branch.html",
        event=events.get(page.work, page.tenant_id, event_id),
        workflow=workflow,
        step=step,
        branch=branch,
        values={"name": branch.name, **condition_values(branch.when)},
        rows=row_count(branch.when),
        **condition_choices(),
    )


@router.post(_BRANCH, permissions=WORKFLOWS_MANAGE, on_error=edit_branch, beside={WorkflowChanged: ""})
def update_branch(page: PageCall, event_id: Id, workflow_id: Id, step_key: str, branch_key: str) -> Response:
    """Store the branch in the draft."""
    form, when = page.parse(BranchChangesForm), parse_conditions(page)
    with page.begin() as work:
        workflow, draft, step = _lock(page, work, (event_id, workflow_id, step_key), form.version)
        if all(each.key != branch_key for each in step.branches):
            raise BranchNotFound
        branches = tuple(
            each.model_copy(update={"name": form.name, "when": when}) if each.key == branch_key else each
            for each in step.branches
        )
        _save(page, work, workflow, draft, step, branches=branches)
    return page.redirect(_path(event_id, workflow_id, step_key), say=_("The branch is saved in the draft."))


def _read(
    page: Page, event_id: str, workflow_id: str, step_key: str
) -> tuple[Workflow, Definition, StepDefinition]:
    workflow = definitions.get(page.work, FeedKey(page.tenant_id, event_id), workflow_id)
    draft = definitions.draft_of(workflow)
    return workflow, draft, edits.get_step(draft, step_key)


def _lock(
    page: Page, work: Work, place: tuple[str, str, str], version: int | None
) -> tuple[Workflow, Definition, StepDefinition]:
    event_id, workflow_id, step_key = place
    workflow = definitions.get_for_update(work, FeedKey(page.tenant_id, event_id), workflow_id, version)
    draft = definitions.draft_of(workflow)
    return workflow, draft, edits.get_step(draft, step_key)


def _save(
    page: Page, work: Work, workflow: Workflow, draft: Definition, step: StepDefinition, **changes: Any
) -> None:
    changed = edits.replace_step(draft, step.model_copy(update=changes))
    key = FeedKey(page.tenant_id, workflow.event_id)
    definitions.update(work, key, workflow.id, WorkflowChanges(definition=changed), workflow.version)


def _route(step: StepDefinition, number: str) -> Route:
    """Return a way of a step by its number from 0.

    Raises:
        StepNotFound: 404.
    """
    if not number.isascii() or not number.isdecimal() or int(number) >= len(step.routes):
        raise StepNotFound
    return step.routes[int(number)]


def _path(event_id: str, workflow_id: str, step_key: str) -> str:
    return f"/events/{event_id}/workflows/{workflow_id}/steps/{step_key}"
