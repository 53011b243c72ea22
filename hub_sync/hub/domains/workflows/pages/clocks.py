"""The console's page of one deadline: its sum line by line, paused and resumed."""

from typing import Final

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.workflows.clocks import clocks as service
from hub_sync.hub.domains.workflows.clocks.errors import (
    SlaClockChanged,
    SlaClockNotPaused,
    SlaClockNotRunning,
)
from hub_sync.hub.domains.workflows.clocks.views import PERIOD_KINDS, sum_view
from hub_sync.hub.domains.workflows.manifest import WORKFLOWS_READ
from hub_sync.hub.domains.workflows.sla_manifest import CLOCK_STATES, WORKFLOWS_MANAGE
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id, NoteText

_PATH: Final = "/events/{event_id}/sla-clocks/{clock_id}"

router = PageRouter()


class SlaPauseForm(BaseModel):
    """The reason of a pause, and the version that was on the page."""

    reason: NoteText = ""
    version: int | None = None


class SlaResumeForm(BaseModel):
    """The version that was on the page."""

    version: int | None = None


@router.get(_PATH, permissions=WORKFLOWS_READ)
def show_clock(page: PageCall, event_id: Id, clock_id: Id) -> Response:
    """Show a deadline with its sum."""
    event = events.get(page.work, page.tenant_id, event_id)
    clock = service.get(page.work, FeedKey(page.tenant_id, event_id), clock_id)
    return page.render(
        "workflows/clock_page.html",
        event=event,
        clock=clock,
        total=sum_view(service.total(page.work, clock)),
        clock_states=CLOCK_STATES,
        period_kinds=PERIOD_KINDS,
    )


@router.post(
    f"{_PATH}/pause",
    permissions=WORKFLOWS_MANAGE,
    on_error=show_clock,
    beside={SlaClockChanged: "", SlaClockNotRunning: ""},
)
def pause_clock(page: PageCall, event_id: Id, clock_id: Id) -> Response:
    """Pause the deadline."""
    form = page.parse(SlaPauseForm)
    with page.begin() as work:
        service.pause(work, FeedKey(page.tenant_id, event_id), clock_id, form.reason, form.version)
    say = _("The deadline is paused. Nothing counts until it is resumed.")
    return page.redirect(f"/events/{event_id}/sla-clocks/{clock_id}", say=say)


@router.post(
    f"{_PATH}/resume",
    permissions=WORKFLOWS_MANAGE,
    on_error=show_clock,
    beside={SlaClockChanged: "", SlaClockNotPaused: ""},
)
def resume_clock(page: PageCall, event_id: Id, clock_id: Id) -> Response:
    """Let the deadline run on."""
    form = page.parse(SlaResumeForm)
    with page.begin() as work:
        service.resume(work, FeedKey(page.tenant_id, event_id), clock_id, form.version)
    return page.redirect(f"/events/{event_id}/sla-clocks/{clock_id}", say=_("The deadline runs on."))
