"""The console's pages of occupancy: the panel, and who is inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from fastapi.responses import Response

from hub_sync.hub.console import N_, FormInvalid, Page, PageCall, PageRouter, _
from hub_sync.hub.console.i18n.formats import moment, number
from hub_sync.hub.console.security.headers import secured
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.manifest import OCCUPANCY_READ, OCCUPANCY_UPDATE
from hub_sync.hub.domains.check_in.service import MAX_CAPACITY, Count
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.overview import live_updates
from hub_sync.hub.domains.overview.occupancy import people_inside
from hub_sync.hub.domains.overview.occupancy.history import event_days, read_history
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists import csv_writer, exports, xlsx_writer
from hub_sync.hub.kit.lists.result_pages import ListPage
from hub_sync.hub.kit.text_types import Id
from hub_sync.rules.occupancy import OccupancyLevel
from hub_sync.rules.text_normalization import ascii_digits, whole_number
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

PATH = "/events/{event_id}/occupancy"
INSIDE_PATH = f"{PATH}/inside"
PAGE_ROWS = 100
MOST_PAGES = 10_000_000
TONES = {
    OccupancyLevel.GREEN: "good",
    OccupancyLevel.YELLOW: "warn",
    OccupancyLevel.RED: "bad",
    OccupancyLevel.UNKNOWN: "quiet",
}
WORDS = {
    OccupancyLevel.GREEN: N_("room"),
    OccupancyLevel.YELLOW: N_("filling up"),
    OccupancyLevel.RED: N_("nearly full"),
    OccupancyLevel.UNKNOWN: N_("no limit set"),
}

router = PageRouter()


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A zone of the panel ("": the event as a whole); `own_capacity` is what the field of the form holds."""

    zone: str
    current: int
    capacity: int | None
    own_capacity: int | None
    tone: str
    word: str


@router.get(PATH, permissions=OCCUPANCY_READ)
def show_occupancy(page: PageCall, event_id: Id) -> Response:
    """Show the event and its zones with their capacities, and the history and flow of a day."""
    event = events.get(page.work, page.tenant_id, event_id)
    key, now = FeedKey(page.tenant_id, event_id), page.work.now()
    counts = check_in.all_counts(page.work, *key)
    chosen = page.request.query_params.get("zone", "")
    count = next((each for each in counts if each.zone == chosen), counts[0])
    days = event_days(page.work, event, now)
    day = _chosen_day(page.request.query_params.get("day", ""), days)
    return page.render(
        "occupancy/panel.html",
        event=event,
        zones=_zone_rows(page, key, counts),
        count=count,
        days=days,
        day=day,
        history=read_history(page.work, event, day, count, now),
        is_complete=check_in.flows_are_complete(page.work, key),
        checkpoints={"": _("Everybody left"), **check_in.checkpoint_names(page.work.session, key)},
        silent=people_inside.list_silent_stations(page.work, key),
        now=now,
    )


live_updates.add_page_stream(router, f"{PATH}/live-page", (OCCUPANCY_READ,))


@router.post(PATH, permissions=OCCUPANCY_UPDATE, on_error=show_occupancy)
def save_capacities(page: PageCall, event_id: Id) -> Response:
    """Save those capacities that were changed in the form."""
    capacities = _sent_capacities(page)
    with page.begin() as work:
        known = {count.zone for count in check_in.all_counts(work, page.tenant_id, event_id)}
        for zone, capacity in capacities.items():
            if zone in known:
                check_in.set_capacity(work, page.tenant_id, event_id, zone or None, capacity)
    say = _("The capacities are saved.") if capacities else _("Nothing was changed.")
    return page.redirect(f"/events/{event_id}/occupancy", say=say)


@router.get(INSIDE_PATH, permissions=OCCUPANCY_READ, also=PARTICIPANTS_READ)
def list_people(page: PageCall, event_id: Id) -> Response:
    """List who is inside, with what is not known."""
    context = _people_context(page, event_id)
    people = context["people"]
    pages = max(1, -(-len(people) // PAGE_ROWS))
    at = min(whole_number(page.request.query_params.get("page", ""), MOST_PAGES) or 1, pages)
    skipped = (at - 1) * PAGE_ROWS
    rows = people[skipped : skipped + PAGE_ROWS]
    result = ListPage(rows, page=at, total=len(people), pages=pages, skipped=skipped)
    return page.render("occupancy/inside.html", result=result, query=page.request.url.query, **context)


@router.get(f"{INSIDE_PATH}/sheet", permissions=OCCUPANCY_READ, also=PARTICIPANTS_READ)
def print_people(page: PageCall, event_id: Id) -> Response:
    """Show everybody who is inside on one page, to be printed and ticked off."""
    context = _people_context(page, event_id)
    zone = context["event"].time_zone

    @cache
    def minute_text(minute: datetime) -> str:
        return moment(minute, zone)

    return page.render(
        "occupancy/sheet.html",
        clock=lambda at: minute_text(at.replace(second=0, microsecond=0)),
        **context,
    )


@router.get(f"{INSIDE_PATH}/export.csv", permissions=OCCUPANCY_READ, also=PARTICIPANTS_READ)
def export_csv(page: PageCall, event_id: Id) -> Response:
    """Export who is inside as CSV for a spreadsheet."""
    context = _people_context(page, event_id)
    pieces = csv_writer.csv_chunks(people_inside.HEADER, _export_rows(context))
    slot = page.hub.export_slots.take(page.caller, always=True)
    return secured(
        exports.attachment_response(slot, pieces, csv_writer.MEDIA_TYPE, _file_name(page, context, "csv"))
    )


@router.get(f"{INSIDE_PATH}/export.xlsx", permissions=OCCUPANCY_READ, also=PARTICIPANTS_READ)
def export_workbook(page: PageCall, event_id: Id) -> Response:
    """Export who is inside as an Excel workbook."""
    context = _people_context(page, event_id)
    pieces = xlsx_writer.xlsx_chunks(
        people_inside.HEADER,
        _export_rows(context),
        sheet=_("Inside"),
        right_to_left=page.speech.direction == "rtl",
    )
    slot = page.hub.export_slots.take(page.caller, always=True)
    return secured(
        exports.attachment_response(slot, pieces, xlsx_writer.MEDIA_TYPE, _file_name(page, context, "xlsx"))
    )


def _people_context(page: Page, event_id: str) -> dict[str, Any]:
    event = events.get(page.work, page.tenant_id, event_id)
    key = FeedKey(page.tenant_id, event_id)
    counts = check_in.all_counts(page.work, *key)
    names = [count.zone for count in counts[1:]]
    asked = page.request.query_params.get("zone", "")
    zone = (
        asked if asked in names else ""
    )  # for one that was renamed: everybody, never a list that lacks people
    search = page.request.query_params.get("q", "")[:200]
    return {
        "event": event,
        "zone": zone,
        "zones": names,
        "search": search,
        "inside": counts[0].current,
        "people": people_inside.list_people_inside(page.work, key, zone or None, search),
        "silent": people_inside.list_silent_stations(page.work, key),
        "now": page.work.now(),
    }


def _export_rows(context: dict[str, Any]) -> Any:
    event = context["event"]
    return people_inside.export_rows(context["people"], event.time_zone, event.name)


def _file_name(page: Page, context: dict[str, Any], ending: str) -> str:
    """Return the name of a file with the minute at the event, which the page and the rows have, too."""
    event = context["event"]
    local = page.work.now().astimezone(load_time_zone_or_utc(event.time_zone))
    return f"inside-{event.slug}-{local:%Y-%m-%d-%H%M}.{ending}"


def _zone_rows(page: Page, key: FeedKey, counts: Sequence[Count]) -> Sequence[ZoneRow]:
    stored = check_in.current_counts(page.work, *key)
    return [
        ZoneRow(
            count.zone,
            count.current,
            count.capacity,
            stored.get(count.zone or None, (0, None))[1],
            TONES[count.level],
            _word(count),
        )
        for count in counts
    ]


def _word(count: Count) -> str:
    if count.capacity is not None and count.current > count.capacity:
        return _("over its limit")
    return _(WORDS[count.level])


def _chosen_day(text: str, days: Sequence[date]) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return days[0]
    return day if day in days else days[0]


def _sent_capacities(page: Page) -> dict[str, int | None]:
    """Return the changed capacities of the form by zone.

    Raises:
        FormInvalid: 422.
    """
    capacities: dict[str, int | None] = {}
    errors: dict[str, str] = {}
    index = 0
    while (zone := page.value(f"zone-{index}", None)) is not None and f"capacity-{index}" in (
        page.sent or {}
    ):
        name = f"capacity-{index}"
        text = ascii_digits(str(page.value(name))).strip()
        if text != page.value(f"before-{index}"):
            capacity = whole_number(text, MAX_CAPACITY)
            if text and capacity is None:
                errors[name] = _("A whole number up to %(most)s, or nothing for no limit.") % {
                    "most": number(MAX_CAPACITY)
                }
            else:
                capacities[str(zone)] = capacity
        index += 1
    if errors:
        raise FormInvalid(errors)
    return capacities
