"""The console's inbox of conflicts: listed, looked at, resolved with a note, opened again."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.hub.console import FormInvalid, Page, PageCall, PageRouter, _, ngettext
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.conflicts import service
from hub_sync.hub.domains.check_in.conflicts.view_models import build_items, headline
from hub_sync.hub.domains.check_in.errors import (
    ConflictNotFound,
    ConflictNotResolved,
    ConflictResolvedAlready,
)
from hub_sync.hub.domains.check_in.lists import CONFLICTS, select_conflicts
from hub_sync.hub.domains.check_in.manifest import CHECK_IN_SCAN, CONFLICT_KINDS, CONFLICT_READERS
from hub_sync.hub.domains.check_in.schemas import MAX_RESOLVED_AT_ONCE
from hub_sync.hub.domains.check_in.tables import AccessConflict
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id, NoteText
from hub_sync.rules.conflicts import ConflictKind, ConflictState

_LIST_PATH = "/events/{event_id}/conflicts"
_PATH = f"{_LIST_PATH}/{{conflict_id}}"
HISTORY_SHOWN = 20
VIEWS = {
    "": service.NEED_ATTENTION,
    "resolved": (ConflictState.RESOLVED, ConflictState.CHANGED),
    "settled": (ConflictState.WITHDRAWN,),
    "all": tuple(ConflictState),
}
"""The tabs of the list by the word in its address, with the states that each shows."""

router = PageRouter()


class ResolutionForm(BaseModel):
    """The note on a conflict."""

    note: NoteText = ""


class BulkForm(BaseModel):
    """The ticked conflicts and the note on them."""

    note: NoteText = ""
    ids: list[Id] = Field(default=[], max_length=MAX_RESOLVED_AT_ONCE)


@router.get(_LIST_PATH, permissions=CONFLICT_READERS)
def list_conflicts(
    page: PageCall, event_id: Id, query: Annotated[ListQuery, Depends(CONFLICTS.parse_console_query)]
) -> Response:
    """List the event's conflicts, by default those that need attention."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    view = page.request.query_params.get("view", "")
    states = VIEWS.get(view, service.NEED_ATTENTION)
    statement = select_conflicts(*key).where(AccessConflict.state.in_(states))
    result = CONFLICTS.page(page.work, statement, query, page.tenant_id)
    counts = service.count_conflicts(page.work, key)
    kinds = {kind: sum(counts[state].get(kind, 0) for state in states) for kind in ConflictKind}
    return page.render(
        "conflicts/list.html",
        event=event,
        result=result,
        items=build_items(
            page.work, key, result.rows, shows_people=page.caller.has_permission(PARTICIPANTS_READ)
        ),
        view=view if view in VIEWS else "",
        totals={
            name: sum(sum(counts[state].values()) for state in view_states)
            for name, view_states in VIEWS.items()
        },
        kinds=[(kind, CONFLICT_KINDS[kind], count) for kind, count in kinds.items() if count],
        may_resolve=page.caller.has_permission(CHECK_IN_SCAN),
    )


def _list_again(page: PageCall, event_id: Id) -> Response:
    scope = page.request.scope
    query = CONFLICTS.specification.parse_list(scope["query_string"], scope["path"], from_console=True)
    return list_conflicts(page, event_id, query)


@router.post(_LIST_PATH, permissions=CHECK_IN_SCAN, on_error=_list_again, beside={ConflictNotFound: ""})
def resolve_ticked(page: PageCall, event_id: Id) -> Response:
    """Resolve the ticked conflicts with one note."""
    form = page.parse(BulkForm)
    if not form.ids:
        raise FormInvalid({"ids": _("Select at least one.")})
    with page.begin() as work:
        resolved, skipped = service.resolve_conflicts(
            work, page.tenant_id, event_id, form.ids, form.note or None
        )
    return page.redirect(_here(page), say=_outcome(resolved, skipped), tone="good" if resolved else "info")


@router.get(_PATH, permissions=CONFLICT_READERS)
def show_conflict(page: PageCall, event_id: Id, conflict_id: Id) -> Response:
    """Show a conflict with its scans, what the rules would have said, and what was done about it."""
    event = events.get(page.work, page.tenant_id, event_id)
    conflict = service.get_conflict(page.work, page.tenant_id, event_id, conflict_id)
    shows_people = page.caller.has_permission(PARTICIPANTS_READ)
    (item,) = build_items(page.work, FeedKey(page.tenant_id, event_id), [conflict], shows_people=shows_people)
    entries = audit.entries_of(page.work, page.tenant_id, "access_conflict", conflict_id)
    may_see_history = page.caller.has_permission("audit:read") and shows_people
    return page.render(
        "conflicts/conflict.html",
        event=event,
        item=item,
        title=headline(item),
        is_withdrawn=conflict.state is ConflictState.WITHDRAWN,
        may_resolve=page.caller.has_permission(CHECK_IN_SCAN),
        history=audit.history(page.work, entries[-HISTORY_SHOWN:][::-1], event.time_zone)
        if may_see_history
        else (),
        may_see_history=may_see_history,
    )


@router.post(_PATH, permissions=CHECK_IN_SCAN, on_error=show_conflict, beside={ConflictResolvedAlready: ""})
def resolve_conflict(page: PageCall, event_id: Id, conflict_id: Id) -> Response:
    """Resolve a conflict with a note, and go back to the list."""
    note: str | None = page.parse(ResolutionForm).note
    if not note and not page.caller.has_permission(PARTICIPANTS_READ):
        note = None  # the form did not show what was written before
    with page.begin() as work:
        service.resolve_conflict(work, page.tenant_id, event_id, conflict_id, note)
    return page.redirect(
        f"/events/{event_id}/conflicts", say=_("It is resolved. The gates concerned show it no more.")
    )


@router.post(
    f"{_PATH}/reopen", permissions=CHECK_IN_SCAN, on_error=show_conflict, beside={ConflictNotResolved: ""}
)
def reopen_conflict(page: PageCall, event_id: Id, conflict_id: Id) -> Response:
    """Open a resolved conflict again."""
    with page.begin() as work:
        service.reopen_conflict(work, page.tenant_id, event_id, conflict_id)
    return page.redirect(f"/events/{event_id}/conflicts/{conflict_id}", say=_("It is open again."))


def _here(page: Page) -> str:
    query = page.request.url.query
    return f"{page.request.url.path}?{query}" if query else page.request.url.path


def _outcome(resolved: int, skipped: int) -> str:
    """Return what came of resolving several."""
    done = ngettext("%(n)s conflict is resolved.", "%(n)s conflicts are resolved.", resolved)
    already = ngettext(
        "%(n)s was resolved by somebody else meanwhile.",
        "%(n)s were resolved by somebody else meanwhile.",
        skipped,
    )
    parts = (
        done % {"n": number(resolved)} if resolved else "",
        already % {"n": number(skipped)} if skipped else "",
    )
    return " ".join(part for part in parts if part)
