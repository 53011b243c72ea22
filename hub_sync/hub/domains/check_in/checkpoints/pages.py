"""The console's pages to list, create, edit, switch and delete an event's checkpoints."""

from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, Question, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.checkpoints import service
from hub_sync.hub.domains.check_in.checkpoints.forms import (
    CheckpointForm,
    DeleteCheckpointForm,
    ToggleForm,
    form_values,
    new_form_values,
)
from hub_sync.hub.domains.check_in.errors import CheckpointChanged, CheckpointExists
from hub_sync.hub.domains.check_in.lists import CHECKPOINTS, select_checkpoints
from hub_sync.hub.domains.check_in.manifest import (
    CHECKPOINT_DIRECTIONS,
    CHECKPOINT_TYPES,
    CHECKPOINTS_CREATE,
    CHECKPOINTS_DELETE,
    CHECKPOINTS_READ,
    CHECKPOINTS_UPDATE,
    REENTRY_POLICIES,
)
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

_LIST_PATH = "/events/{event_id}/checkpoints"
_PATH = f"{_LIST_PATH}/{{checkpoint_id}}"
_BESIDE = {CheckpointExists: "name", CheckpointChanged: ""}

router = PageRouter()


@router.get(_LIST_PATH, permissions=CHECKPOINTS_READ)
def list_checkpoints(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(CHECKPOINTS.parse_console_query)]
) -> Response:
    """List the event's checkpoints."""
    event = events.get(page.work, page.tenant_id, event_id)
    result = CHECKPOINTS.page(page.work, select_checkpoints(page.tenant_id, event_id), query, page.tenant_id)
    return page.render(
        "checkpoints/list.html",
        event=event,
        result=result,
        types=CHECKPOINT_TYPES,
        directions=CHECKPOINT_DIRECTIONS,
        policies=REENTRY_POLICIES,
    )


@router.get(f"{_LIST_PATH}/new", permissions=CHECKPOINTS_CREATE)
def new_checkpoint(page: PageCall, event_id: Id) -> Response:
    """Show the form of a new checkpoint."""
    return page.render("checkpoints/new.html", values=new_form_values(), **_form_context(page, event_id))


@router.post(
    f"{_LIST_PATH}/new", creates=True, permissions=CHECKPOINTS_CREATE, on_error=new_checkpoint, beside=_BESIDE
)
def create_checkpoint(page: PageCall, event_id: Id) -> Response:
    """Create the checkpoint."""
    form = page.parse(CheckpointForm)
    with page.begin() as work:
        service.create_checkpoint(work, page.tenant_id, event_id, form.new_checkpoint())
    say = _("“%(name)s” was created. Stations know it with their next pull.") % {"name": isolated(form.name)}
    return page.redirect(_list_of(event_id), say=say)


@router.get(f"{_PATH}/edit", permissions=CHECKPOINTS_UPDATE)
def edit_checkpoint(page: PageCall, event_id: Id, checkpoint_id: Id) -> Response:
    """Show the form of a checkpoint."""
    checkpoint = service.get_checkpoint(page.work, page.tenant_id, event_id, checkpoint_id)
    context = _form_context(page, event_id)
    entries = audit.entries_of(page.work, page.tenant_id, "checkpoint", checkpoint_id)
    return page.render(
        "checkpoints/edit.html",
        checkpoint=checkpoint,
        values=form_values(checkpoint),
        history=audit.history(page.work, entries[-20:][::-1], context["event"].time_zone),
        **context,
    )


@router.post(f"{_PATH}/edit", permissions=CHECKPOINTS_UPDATE, on_error=edit_checkpoint, beside=_BESIDE)
def update_checkpoint(page: PageCall, event_id: Id, checkpoint_id: Id) -> Response:
    """Update the checkpoint."""
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        checkpoint = service.get_checkpoint(work, page.tenant_id, event_id, checkpoint_id)
        audit.merge_form(page, work, "checkpoint", checkpoint, form_values(checkpoint), event.time_zone)
        changes = page.parse(CheckpointForm).changes(checkpoint)
        if changes is not None:
            service.update_checkpoint(
                work, page.tenant_id, event_id, checkpoint_id, changes, checkpoint.version
            )
    return page.redirect(
        _list_of(event_id), say=_("The changes are saved. Stations know them with their next pull.")
    )


@router.post(f"{_PATH}/toggle", permissions=CHECKPOINTS_UPDATE)
def toggle_checkpoint(page: PageCall, event_id: Id, checkpoint_id: Id) -> Response:
    """Switch the checkpoint on or off. Before it goes off, the user is asked: people stand there."""
    active = page.parse(ToggleForm).active
    with page.begin() as work:
        checkpoint = service.get_checkpoint(work, page.tenant_id, event_id, checkpoint_id)
        if checkpoint.active and not active:
            _ask_to_switch_off(page, checkpoint)
        service.toggle_checkpoint(work, page.tenant_id, event_id, checkpoint_id, active)
        name = {"name": isolated(checkpoint.name)}
    if active:
        return page.redirect(_list_of(event_id), say=_("“%(name)s” is switched on.") % name)
    return page.redirect(
        _list_of(event_id),
        say=_("“%(name)s” is switched off: its stations refuse from their next pull on.") % name,
    )


@router.get(f"{_PATH}/delete", permissions=CHECKPOINTS_DELETE)
def ask_to_delete(page: PageCall, event_id: Id, checkpoint_id: Id) -> Response:
    """Show the page that confirms the deletion."""
    event = events.get(page.work, page.tenant_id, event_id)
    checkpoint = service.get_checkpoint(page.work, page.tenant_id, event_id, checkpoint_id)
    return page.render("checkpoints/delete.html", event=event, checkpoint=checkpoint)


@router.post(f"{_PATH}/delete", permissions=CHECKPOINTS_DELETE, on_error=ask_to_delete, beside=_BESIDE)
def delete_checkpoint(page: PageCall, event_id: Id, checkpoint_id: Id) -> Response:
    """Delete the checkpoint."""
    form = page.parse(DeleteCheckpointForm)
    with page.begin() as work:
        name = service.get_checkpoint(work, page.tenant_id, event_id, checkpoint_id).name
        service.delete_checkpoint(work, page.tenant_id, event_id, checkpoint_id, form.version)
    return page.redirect(_list_of(event_id), say=_("“%(name)s” was deleted.") % {"name": isolated(name)})


def _form_context(page: Page, event_id: str) -> dict[str, Any]:
    event = events.get(page.work, page.tenant_id, event_id)
    checkpoints = service.list_checkpoints(page.work, page.tenant_id, event_id)
    return {
        "event": event,
        "types": CHECKPOINT_TYPES,
        "directions": CHECKPOINT_DIRECTIONS,
        "policies": REENTRY_POLICIES,
        "zones": sorted({checkpoint.zone for checkpoint in checkpoints if checkpoint.zone}),
        "categories": participants.categories(page.work, page.tenant_id, event_id),
    }


def _ask_to_switch_off(page: Page, checkpoint: Checkpoint) -> None:
    title = _("Switch “%(name)s” off?") % {"name": isolated(checkpoint.name)}
    consequences = (
        _("Its stations refuse everybody from their next pull on, also people who want to leave."),
        _("You can switch it on again at any time."),
    )
    page.ask_first(Question("switch-off", title, consequences, _("Switch off")))


def _list_of(event_id: str) -> str:
    return f"/events/{event_id}/checkpoints"
