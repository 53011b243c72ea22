"""The console's pages of event templates: the list, and a new event from one, which is looked at before it is made."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.manifest import EVENTS_READ
from hub_sync.hub.domains.series import service as series
from hub_sync.hub.domains.series.event_templates.lists import TEMPLATES
from hub_sync.hub.domains.series.manifest import EVENT_CLONE_EXECUTE, FF_EVENT_CLONE
from hub_sync.hub.domains.series.pages.clone_form import BESIDE, Way, read_options, render_form, render_plan
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

_LIST = "/event-templates"
_NEW = f"{_LIST}/{{event_template_id}}/new"

router = PageRouter()


@router.get(_LIST, permissions=EVENTS_READ, flag=FF_EVENT_CLONE)
def list_event_templates(
    page: PageCall, query: Annotated[ListQuery, Depends(TEMPLATES.parse_console_query)]
) -> Response:
    """List the templates."""
    result = TEMPLATES.page(page.work, events.TEMPLATES.params(t=page.tenant_id), query, page.tenant_id)
    return page.render("series/event_templates.html", result=result, clones=EVENT_CLONE_EXECUTE)


@router.get(_NEW, permissions=EVENT_CLONE_EXECUTE, also=EVENTS_READ, flag=FF_EVENT_CLONE)
def ask_event_from_template(page: PageCall, event_template_id: Id) -> Response:
    """Show the form of an event from a template."""
    template = events.get_template(page.work, page.tenant_id, event_template_id)
    return render_form(page, template, _way(event_template_id))


@router.post(
    f"{_NEW}/plan",
    permissions=EVENT_CLONE_EXECUTE,
    also=EVENTS_READ,
    flag=FF_EVENT_CLONE,
    on_error=ask_event_from_template,
    beside=BESIDE,
)
def show_plan(page: PageCall, event_template_id: Id) -> Response:
    """Show what the event would be; nothing is made."""
    options = read_options(page)
    with page.reading() as work:
        template = events.get_template(work, page.tenant_id, event_template_id)
        plan = series.plan_clone(work, page.tenant_id, event_template_id, options)
        return render_plan(page, template, plan, _way(event_template_id))


@router.post(
    f"{_NEW}/run",
    creates=True,
    permissions=EVENT_CLONE_EXECUTE,
    also=EVENTS_READ,
    flag=FF_EVENT_CLONE,
    on_error=ask_event_from_template,
    beside=BESIDE,
)
def create_event_from_template(page: PageCall, event_template_id: Id) -> Response:
    """Make the event that was looked at."""
    options = read_options(page)
    with page.begin() as work:
        events.get_template(work, page.tenant_id, event_template_id)
        clone = series.run_clone(work, page.tenant_id, event_template_id, options, page.value("plan_hash"))
        name = events.get(work, page.tenant_id, clone.target_event_id or "").name
        path = f"/events/{clone.target_event_id}/clones/{clone.id}"
    return page.redirect(path, say=_("You are in the new event now: “%(name)s”.") % {"name": isolated(name)})


def _way(template_id: str) -> Way:
    return Way(action=f"{_LIST}/{template_id}/new", back=_LIST, back_label=_("Event templates"))
