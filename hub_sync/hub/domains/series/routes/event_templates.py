"""Event templates over REST: the list of them, and new events that are made from one."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventExists, EventNotFound
from hub_sync.hub.domains.events.manifest import EVENTS_READ
from hub_sync.hub.domains.series import service as series
from hub_sync.hub.domains.series.cloning.rights import require_rights
from hub_sync.hub.domains.series.cloning.schemas import CloneOptions, ClonePlan, CloneResponse, RunClone
from hub_sync.hub.domains.series.errors import (
    CloneBlocked,
    CloneDatesOutOfRange,
    CloneHolidaysUnknown,
    ClonePartUnknown,
    ClonePlanChanged,
    CloneTargetNotEmpty,
    CloneTimeZoneUnknown,
)
from hub_sync.hub.domains.series.event_templates.lists import TEMPLATES
from hub_sync.hub.domains.series.manifest import EVENT_CLONE_EXECUTE, FF_EVENT_CLONE
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/event-templates", tags=["event-templates"], flag=FF_EVENT_CLONE)
_ACCESS = {"permissions": EVENT_CLONE_EXECUTE, "also": EVENTS_READ}
_PLANNING = (
    EventNotFound,
    EventExists,
    CloneDatesOutOfRange,
    CloneHolidaysUnknown,
    ClonePartUnknown,
    CloneTargetNotEmpty,
    CloneTimeZoneUnknown,
)


@router.get("", permissions=EVENTS_READ, listing=TEMPLATES)
def list_event_templates(call: Call, query: Annotated[ListQuery, Depends(TEMPLATES.parse_query)]) -> Response:
    """List the templates of events. `clones` makes one from an event, with `as_template`."""
    return TEMPLATES.list_response(call, query, events.TEMPLATES, t=call.tenant_id)


@router.post("/{event_template_id}/event-plans", **_ACCESS, schema=ClonePlan, errors=_PLANNING)
def plan_event_from_template(call: Call, event_template_id: Id, options: CloneOptions) -> Response:
    """Say what an event from this template would be: each thing, each new date, and what to look at. Nothing is made."""
    require_rights(call.caller, options)
    call.replay_if_stored()
    with call.hub.uow.read() as work:
        events.get_template(work, call.tenant_id, event_template_id)
        plan = series.plan_clone(work, call.tenant_id, event_template_id, options)
    with call.begin():
        return call.ok(plan)


@router.post(
    "/{event_template_id}/events",
    **_ACCESS,
    schema=CloneResponse,
    status=201,
    errors=(*_PLANNING, ClonePlanChanged, CloneBlocked),
)
def create_event_from_template(call: Call, event_template_id: Id, request: RunClone) -> Response:
    """Make an event from a template as a plan says, all or nothing. The template stays as it is."""
    options = request.options()
    require_rights(call.caller, options)
    with call.begin() as work:
        events.get_template(work, call.tenant_id, event_template_id)
        clone = series.run_clone(work, call.tenant_id, event_template_id, options, request.plan_hash)
        location = f"{API}/events/{clone.target_event_id}/clones/{clone.id}"
        return call.created(CloneResponse.model_validate(clone), location)
