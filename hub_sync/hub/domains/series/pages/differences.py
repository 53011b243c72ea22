"""The console's page of what changed since another event: the edition before, the event that was copied, or any."""

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.manifest import EVENTS_READ
from hub_sync.hub.domains.series.cloning.declarations import all_parts, copied_tables, event_table
from hub_sync.hub.domains.series.differences.comparison import ThingChange
from hub_sync.hub.domains.series.differences.reading import find_earlier, read_differences
from hub_sync.hub.domains.series.differences.schemas import Differences, DifferentField, DifferentThing
from hub_sync.hub.domains.series.differences.words import entity_of
from hub_sync.hub.domains.series.errors import NothingToCompare
from hub_sync.hub.domains.series.manifest import CHANGES, FF_EVENT_CLONE
from hub_sync.hub.domains.series.pages.notes import name_text
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.text_types import Id

_MOST_EVENTS = 200
_LONGEST = 400
_TONES = {ThingChange.ADDED: "good", ThingChange.REMOVED: "bad", ThingChange.CHANGED: "info"}

router = PageRouter()


@router.get("/events/{event_id}/differences", permissions=EVENTS_READ, flag=FF_EVENT_CLONE)
def show_differences(page: PageCall, event_id: Id) -> Response:
    """Show what differs from the event that the address names, else from the one before."""
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    wanted = str(page.request.query_params.get("with", ""))
    try:
        other = FeedKey(page.tenant_id, wanted) if wanted else find_earlier(page.work, key)
    except NothingToCompare:
        other = None
    differences = (
        None if other is None else read_differences(page.work, other, key, page.caller.has_permission)
    )
    zones = ("", "")
    if differences is not None:
        zones = (differences.before.time_zone, differences.after.time_zone)
    return page.render(
        "series/differences.html",
        event=event,
        differences=differences,
        chosen="" if other is None else other.event_id,
        choices=_choices(page, key, differences),
        sections=[] if differences is None else _sections(differences),
        changes=CHANGES,
        tones=_TONES,
        name_text=name_text,
        rows_of=lambda thing: [_row(thing, each, zones) for each in thing.fields],
    )


def _choices(page: Page, key: FeedKey, differences: Differences | None) -> Sequence[tuple[str, str]]:
    """Return the events that this one can be compared with: the one that it is compared with, the latest ones, the templates."""
    both = events.ALL_AND_TEMPLATES.params(t=key.tenant_id)
    latest = both.order_by(events.Event.starts_at.desc(), events.Event.id).limit(_MOST_EVENTS)
    names = {row.id: row.name for row in page.work.session.scalars(latest)}
    if differences is not None:
        names = {differences.before.id: differences.before.name} | names
    names.pop(key.event_id, None)
    return list(names.items())


def _sections(differences: Differences) -> Sequence[tuple[str, list[DifferentThing]]]:
    """Return the things under the label of each part, the event first."""
    labels = {"event": _("Event")} | {part.name: _(part.label) for part in all_parts().values()}
    return [
        (label, things)
        for name, label in labels.items()
        if (things := [thing for thing in differences.things if thing.part == name])
    ]


def _row(thing: DifferentThing, field: DifferentField, zones: tuple[str, str]) -> tuple[str, str, str]:
    """Return label, value before and value after, in the words of the screens."""
    declared = next(each for each in (event_table(), *copied_tables()) if each.table == thing.kind)
    entity = entity_of(declared)
    name = entity.name if entity is not None else ""
    column, *path = field.field.split(".")
    label = ": ".join((_(field.label), *(isolated(audit.field_name(name, each)) for each in path)))
    last = path[-1] if path else column

    def text(value: Any, zone: str) -> str:
        return audit.value_text(name, last, _brief(value), zone)

    return (
        label,
        text(field.before, zones[0]),
        text(field.after, zones[1]),
    )


def _brief(value: Any) -> Any:
    """Return a value without its inner parts: a thing by its name, a long text by its beginning."""
    if isinstance(value, Mapping):
        return next((str(value[name]) for name in ("name", "key", "code") if value.get(name)), "…")
    if isinstance(value, list | tuple):
        return [_brief(each) for each in value]
    return shorten(value, _LONGEST, placeholder=" …") if isinstance(value, str) else value
