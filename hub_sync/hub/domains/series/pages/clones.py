"""The console's pages of clones: the form, the plan, what was made, and the way back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.local_times import time_zones
from hub_sync.hub.console.submissions.confirmations import WITHDRAWN_FIELD
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventExists
from hub_sync.hub.domains.events.manifest import EVENTS_READ
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_CREATE, PARTICIPANTS_READ
from hub_sync.hub.domains.series import service as series
from hub_sync.hub.domains.series.cloning.declarations import all_parts, copied_tables
from hub_sync.hub.domains.series.cloning.lists import CLONES
from hub_sync.hub.domains.series.cloning.rights import require_rights
from hub_sync.hub.domains.series.cloning.schemas import PlannedThing
from hub_sync.hub.domains.series.errors import (
    CloneDatesOutOfRange,
    CloneHolidaysUnknown,
    CloneTargetNotEmpty,
    CloneTimeZoneUnknown,
)
from hub_sync.hub.domains.series.manifest import EVENT_CLONE_EXECUTE, FF_EVENT_CLONE, NOTES
from hub_sync.hub.domains.series.pages.clone_form import (
    NEW_STATUSES,
    PEOPLE,
    CloneForm,
    allowed_parts,
    events_to_fill,
    form_values,
)
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import ListQuery
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
    parts = allowed_parts(page)
    return page.render(
        "series/clone.html",
        event=event,
        values=form_values(event),
        zones=time_zones(event.time_zone),
        targets=events_to_fill(page, event_id),
        parts=[(part.name, _(part.label), _(part.hint) if part.hint else "") for part in parts],
        chosen=[part.name for part in parts if part.is_default],
        people=[(key, _(label)) for key, label in PEOPLE.items()],
        statuses=[(key, _(label)) for key, label in NEW_STATUSES.items()],
        may_carry=page.caller.has_permission(PARTICIPANTS_READ)
        and page.caller.has_permission(PARTICIPANTS_CREATE),
    )


_BESIDE = {
    EventExists: "slug",
    CloneTargetNotEmpty: "into_event_id",
    CloneHolidaysUnknown: "holidays",
    CloneTimeZoneUnknown: "time_zone",
    CloneDatesOutOfRange: "start_on",
}


@router.post(
    f"{_NEW}/plan",
    permissions=EVENT_CLONE_EXECUTE,
    also=EVENTS_READ,
    flag=FF_EVENT_CLONE,
    on_error=ask_clone,
    beside=_BESIDE,
)
def show_plan(page: PageCall, event_id: Id) -> Response:
    """Show the plan; nothing is made."""
    options = _options(page)
    with page.reading() as work:
        event = events.get(work, page.tenant_id, event_id)
        plan = series.plan_clone(work, page.tenant_id, event_id, options)
        return page.render(
            "series/plan.html",
            event=event,
            plan=plan,
            parts=_things_by_part(plan),
            sentence=_sentence,
            sent={name: page.value(name) for name in CloneForm.model_fields},
            chosen=page.values("parts"),
            instant=datetime.fromisoformat,
            withdrawn=WITHDRAWN_FIELD,
        )


@router.post(
    f"{_NEW}/run",
    creates=True,
    permissions=EVENT_CLONE_EXECUTE,
    also=EVENTS_READ,
    flag=FF_EVENT_CLONE,
    on_error=ask_clone,
    beside=_BESIDE,
)
def run_clone(page: PageCall, event_id: Id) -> Response:
    """Make the copy that was looked at, and show what was made."""
    options = _options(page)
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
        sentence=_sentence,
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
        clone = series.undo_clone(work, page.tenant_id, event_id, clone_id)
        path = f"/events/{clone.source_event_id}/clones"
    return page.redirect(path, say=_("The copy was taken back."))


def _options(page: Page) -> series.CloneOptions:
    options = page.parse(CloneForm).options(page.values("parts"))
    require_rights(page.caller, options)
    return options


def _actor_names(page: Page, actors: Sequence[str]) -> Callable[[str], str]:
    """Return a function that names who did something."""
    names = audit.names_of_actors(page.work, page.tenant_id, actors)
    return lambda actor: names.get(actor) or audit.actor_name(actor)


def _event_names(page: Page, clones: Sequence[series.CloneOperation]) -> dict[str, str]:
    ids = [id_ for row in clones for id_ in (row.source_event_id, row.target_event_id) if id_]
    return {row.id: row.name for row in events.list_of_ids(page.work, page.tenant_id, ids)}


def _things_by_part(plan: series.ClonePlan) -> list[tuple[str, list[PlannedThing]]]:
    """Return the things of a plan under the label of each part, the event first."""
    labels = {"event": _("Event")} | {part.name: _(part.label) for part in all_parts().values()}
    return [
        (label, things)
        for name, label in labels.items()
        if (things := [thing for thing in plan.things if thing.part == name])
    ]


def _sentence(note: object) -> str:
    """Return a note of a plan in the language of the page."""
    code, parameters = getattr(note, "code", ""), dict(getattr(note, "parameters", {}))
    if str(code).startswith("date_"):
        parameters["field"] = _(parameters["field"])
    return _(NOTES[code]) % parameters
