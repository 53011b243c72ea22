"""Deadlines over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.workflows.calendars.errors import BusinessCalendarNotFound
from hub_sync.hub.domains.workflows.clocks import clocks as service
from hub_sync.hub.domains.workflows.clocks.errors import (
    SlaClockChanged,
    SlaClockEnded,
    SlaClockNotFound,
    SlaClockNotPaused,
    SlaClockNotRunning,
)
from hub_sync.hub.domains.workflows.clocks.lists import CLOCKS
from hub_sync.hub.domains.workflows.clocks.schemas import (
    SlaClockChanges,
    SlaClockPause,
    SlaClockResponse,
    SlaClockSumResponse,
    with_sum,
)
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ
from hub_sync.hub.domains.workflows.sla_manifest import WORKFLOWS_MANAGE
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/sla-clocks", tags=["sla-clocks"])

_MISSING = (EventNotFound, SlaClockNotFound)


@router.get("", permissions=WORKFLOWS_READ, listing=CLOCKS, errors=(EventNotFound,))
def list_sla_clocks(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(CLOCKS.parse_query)]
) -> Response:
    """List the deadlines of an event's steps, the earliest first."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return CLOCKS.list_response(call, query, service.of_event(FeedKey(call.tenant_id, event_id)))


@router.get("/{clock_id}", permissions=WORKFLOWS_READ, schema=SlaClockSumResponse, errors=_MISSING)
def get_sla_clock(call: Call, event_id: Id, clock_id: Id) -> Response:
    """Return a deadline with its sum: what counted, and when it was closed, a holiday or paused."""
    events.check_exists(call.work, call.tenant_id, event_id)
    clock = service.get(call.work, FeedKey(call.tenant_id, event_id), clock_id)
    return call.ok(with_sum(clock, service.total(call.work, clock)), version=clock.version)


@router.post(
    "/{clock_id}/pause",
    permissions=WORKFLOWS_MANAGE,
    schema=SlaClockResponse,
    errors=(*_MISSING, SlaClockNotRunning),
)
def pause_sla_clock(call: Call, event_id: Id, clock_id: Id, request: SlaClockPause) -> Response:
    """Pause a deadline that runs; nothing counts until it is resumed."""
    with call.begin() as work:
        key = FeedKey(call.tenant_id, event_id)
        events.check_exists(work, *key)
        return _answer(call, service.pause(work, key, clock_id, request.reason))


@router.post(
    "/{clock_id}/resume",
    permissions=WORKFLOWS_MANAGE,
    schema=SlaClockResponse,
    errors=(*_MISSING, SlaClockNotPaused),
)
def resume_sla_clock(call: Call, event_id: Id, clock_id: Id) -> Response:
    """Let a paused deadline run on; its due time moves by what the pause took of its hours."""
    with call.begin() as work:
        key = FeedKey(call.tenant_id, event_id)
        events.check_exists(work, *key)
        return _answer(call, service.resume(work, key, clock_id))


@router.put(
    "/{clock_id}",
    permissions=WORKFLOWS_MANAGE,
    schema=SlaClockResponse,
    errors=(*_MISSING, SlaClockChanged, SlaClockEnded, BusinessCalendarNotFound),
)
def update_sla_clock(call: Call, event_id: Id, clock_id: Id, changes: SlaClockChanges) -> Response:
    """Give a deadline another target, warning or business hours. Its start and its pauses stay. Needs If-Match."""
    version = call.expected_version()
    with call.begin() as work:
        key = FeedKey(call.tenant_id, event_id)
        events.check_exists(work, *key)
        return _answer(call, service.retarget(work, key, clock_id, changes, version))


def _answer(call: Call, clock: SlaClock) -> Response:
    return call.ok(SlaClockResponse.model_validate(clock), version=clock.version)
