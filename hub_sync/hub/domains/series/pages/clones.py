"""The console's pages of clones: the form, the plan, what was made, and the way back."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.manifest import EVENTS_READ
from hub_sync.hub.domains.series import service as series
from hub_sync.hub.domains.series.cloning.declarations import copied_tables
from hub_sync.hub.domains.series.cloning.lists import CLONES
from hub_sync.hub.domains.series.cloning.rights import require_undo_rights
from hub_sync.hub.domains.series.manifest import EVENT_CLONE_EXECUTE, FF_EVENT_CLONE
from hub_sync.hub.domains.series.pages.clone_form import (
    BESIDE,
    Way,
    read_options,
    render_form,
    render_plan,
)
from hub_sync.hub.domains.series.pages.notes import name_text, sentence_of
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.stored_problems import problem_sentence
from hub_sync.hub.kit.text_types import Id

_LIST = "/events/{event_id}/clones"
_ONE = f"{_LIST}/{{clone_id}}"
_NEW = "/events/{event_id}/clone"
_PEOPLE = "participants"

router = PageRouter()


@router.get(_LIST, permissions=EVENT_CLONE_EXECUTE, also=EVENTS_READ, flag=FF_EVENT_CLONE)
def list_clones(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(CLONES.parse_console_query)]
) -> Response:
    """List the clones of which an event is the source or the copy."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    result = CLONES.page(page.work, series.clones_of_event(key), query, page.tenant_id)
    return page.render(
        "series/clones.html",
        event=event,
        result=result,
        names=_event_names(page, result.rows),
        actor_of=_actor_names(page, [row.requested_by for row in result.rows]),
    )


@router.get(_NEW, permissions=EVENT_CLONE_EXECUTE, also=EVENTS_READ, flag=FF_EVENT_CLONE)
def ask_clone(page: PageCall, event_id: Id) -> Response:
    """Show the form."""
    event = events.get(page.work, page.tenant_id, event_id)
    return render_form(page, event, _way(event))


@router.post(
    f"{_NEW}/plan",
    permissions=EVENT_CLONE_EXECUTE,
    also=EVENTS_READ,
    flag=FF_EVENT_CLONE,
    on_error=ask_clone,
    beside=BESIDE,
)
def show_plan(page: PageCall, event_id: Id) -> Response:
    """Show the plan; nothing is made."""
    options = read_options(page)
    with page.reading() as work:
        event = events.get(work, page.tenant_id, event_id)
        plan = series.plan_clone(work, page.tenant_id, event_id, options)
        return render_plan(page, event, plan, _way(event))


@router.post(
    f"{_NEW}/run",
    creates=True,
    permissions=EVENT_CLONE_EXECUTE,
    also=EVENTS_READ,
    flag=FF_EVENT_CLONE,
    on_error=ask_clone,
    beside=BESIDE,
)
def run_clone(page: PageCall, event_id: Id) -> Response:
    """Make the copy that was looked at, and show what was made."""
    options = read_options(page)
    with page.begin() as work:
        clone = series.run_clone(work, page.tenant_id, event_id, options, page.value("plan_hash"))
        name = events.get(work, page.tenant_id, clone.target_event_id or "").name
        path = f"/events/{clone.target_event_id}/clones/{clone.id}"
    return page.redirect(path, say=_("You are in the copy now: “%(name)s”.") % {"name": isolated(name)})


@router.get(_ONE, permissions=EVENT_CLONE_EXECUTE, also=EVENTS_READ, flag=FF_EVENT_CLONE)
def show_clone(page: PageCall, event_id: Id, clone_id: Id) -> Response:
    """Show what a clone has made, and the way back."""
    event = events.get(page.work, page.tenant_id, event_id)
    clone = series.get_clone(page.work, FeedKey(page.tenant_id, event_id), clone_id)
    labels = {copied.table: copied.label for copied in copied_tables()}
    return page.render(
        "series/clone_done.html",
        event=event,
        clone=clone,
        names=_event_names(page, [clone]),
        counts=[(_(labels[name]), count) for name, count in clone.counts.items() if name in labels],
        people=clone.counts.get(_PEOPLE, 0),
        plan=series.ClonePlan.model_validate(clone.plan),
        problem=problem_sentence(clone.problem, clone.error, _),
        sentence=sentence_of,
        name_text=name_text,
        actor_of=_actor_names(page, [clone.requested_by, *filter(None, [clone.undone_by])]),
    )


@router.post(
    f"{_ONE}/undo",
    permissions=EVENT_CLONE_EXECUTE,
    also=EVENTS_READ,
    flag=FF_EVENT_CLONE,
    on_error=show_clone,
)
def undo_clone(page: PageCall, event_id: Id, clone_id: Id) -> Response:
    """Take a clone back, and show the event that was copied."""
    with page.begin() as work:
        key = FeedKey(page.tenant_id, event_id)
        require_undo_rights(page.caller, series.get_clone(work, key, clone_id))
        clone = series.undo_clone(work, page.tenant_id, event_id, clone_id)
        path = f"/events/{clone.source_event_id}/clones"
    return page.redirect(path, say=_("The copy was taken back."))


def _way(event: events.Event) -> Way:
    base = f"/events/{event.id}"
    return Way(action=f"{base}/clone", back=f"{base}/clones", back_label=_("Copies"), place=base)


def _actor_names(page: Page, actors: Sequence[str]) -> Callable[[str], str]:
    """Return a function that names who did something."""
    names = audit.names_of_actors(page.work, page.tenant_id, actors)
    return lambda actor: names.get(actor) or audit.actor_name(actor)


def _event_names(page: Page, clones: Sequence[series.CloneOperation]) -> dict[str, str]:
    ids = [id_ for row in clones for id_ in (row.source_event_id, row.target_event_id) if id_]
    return {row.id: row.name for row in events.list_of_ids(page.work, page.tenant_id, ids)}
