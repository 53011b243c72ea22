"""The console's pages to list, create, edit and delete an event's operators."""

from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.manifest import DEVICES_READ, KIOSK_MANAGE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.operators import service
from hub_sync.hub.domains.operators.errors import (
    OperatorChanged,
    OperatorExists,
    StationNotAtEvent,
    TooManyOperators,
)
from hub_sync.hub.domains.operators.forms import (
    DeleteOperatorForm,
    OperatorForm,
    form_values,
    new_form_values,
)
from hub_sync.hub.domains.operators.lists import OPERATORS
from hub_sync.hub.domains.operators.manifest import OPERATOR_ROLES
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

_LIST_PATH = "/events/{event_id}/operators"
_PATH = f"{_LIST_PATH}/{{operator_id}}"
_BESIDE = {
    OperatorExists: "name",
    OperatorChanged: "",
    TooManyOperators: "",
    StationNotAtEvent: "device_ids",
}

router = PageRouter()


@router.get(_LIST_PATH, permissions=DEVICES_READ)
def list_operators(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(OPERATORS.parse_console_query)]
) -> Response:
    """List the event's operators."""
    event = events.get(page.work, page.tenant_id, event_id)
    result = OPERATORS.page(page.work, service.all_of(page.tenant_id, event_id), query, page.tenant_id)
    return page.render(
        "operators/list.html",
        event=event,
        result=result,
        roles=OPERATOR_ROLES,
        stations=_stations(page, event_id),
    )


@router.get(f"{_LIST_PATH}/new", permissions=KIOSK_MANAGE)
def new_operator(page: PageCall, event_id: Id) -> Response:
    """Show the form of a new operator."""
    return page.render("operators/new.html", values=new_form_values(), **_form_context(page, event_id))


@router.post(
    f"{_LIST_PATH}/new", creates=True, permissions=KIOSK_MANAGE, on_error=new_operator, beside=_BESIDE
)
def create_operator(page: PageCall, event_id: Id) -> Response:
    """Create the operator."""
    new = page.parse(OperatorForm).new_operator()
    with page.begin() as work:
        service.create(work, page.tenant_id, event_id, new)
    say = _("“%(name)s” may sign on from the stations' next pull on.") % {"name": isolated(new.name)}
    return page.redirect(_list_of(event_id), say=say)


@router.get(f"{_PATH}/edit", permissions=KIOSK_MANAGE)
def edit_operator(page: PageCall, event_id: Id, operator_id: Id) -> Response:
    """Show the form of an operator."""
    operator = service.get(page.work, page.tenant_id, event_id, operator_id)
    context = _form_context(page, event_id)
    entries = audit.entries_of(page.work, page.tenant_id, "station_operator", operator_id)
    return page.render(
        "operators/edit.html",
        operator=operator,
        values=form_values(operator),
        history=audit.history(page.work, entries[-20:][::-1], context["event"].time_zone),
        **context,
    )


@router.post(f"{_PATH}/edit", permissions=KIOSK_MANAGE, on_error=edit_operator, beside=_BESIDE)
def update_operator(page: PageCall, event_id: Id, operator_id: Id) -> Response:
    """Update the operator."""
    with page.begin() as work:
        event = events.get(work, page.tenant_id, event_id)
        operator = service.get(work, page.tenant_id, event_id, operator_id)
        audit.merge_form(page, work, "station_operator", operator, form_values(operator), event.time_zone)
        changes = page.parse(OperatorForm).changes(operator)
        if changes is not None:
            service.update(work, page.tenant_id, event_id, operator_id, changes, operator.version)
    return page.redirect(
        _list_of(event_id), say=_("The changes are saved. Stations know them with their next pull.")
    )


@router.get(f"{_PATH}/delete", permissions=KIOSK_MANAGE)
def ask_to_delete(page: PageCall, event_id: Id, operator_id: Id) -> Response:
    """Show the page that confirms the deletion."""
    event = events.get(page.work, page.tenant_id, event_id)
    operator = service.get(page.work, page.tenant_id, event_id, operator_id)
    return page.render("operators/delete.html", event=event, operator=operator)


@router.post(f"{_PATH}/delete", permissions=KIOSK_MANAGE, on_error=ask_to_delete, beside=_BESIDE)
def delete_operator(page: PageCall, event_id: Id, operator_id: Id) -> Response:
    """Delete the operator."""
    form = page.parse(DeleteOperatorForm)
    with page.begin() as work:
        name = service.get(work, page.tenant_id, event_id, operator_id).name
        service.delete(work, page.tenant_id, event_id, operator_id, form.version)
    say = _("“%(name)s” was deleted, and is signed off with the stations' next pull.") % {
        "name": isolated(name)
    }
    return page.redirect(_list_of(event_id), say=say)


def _form_context(page: Page, event_id: str) -> dict[str, Any]:
    return {
        "event": events.get(page.work, page.tenant_id, event_id),
        "roles": OPERATOR_ROLES,
        "stations": _stations(page, event_id),
    }


def _stations(page: Page, event_id: str) -> dict[str, str]:
    """Return the names of the event's stations by their ids."""
    return {device.id: device.name for device in devices.list_in_service(page.work, page.tenant_id, event_id)}


def _list_of(event_id: str) -> str:
    return f"/events/{event_id}/operators"
