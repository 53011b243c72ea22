"""The console's pages of business hours."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Annotated, Any, Final, NamedTuple

from babel.dates import get_day_names
from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter, _, ngettext
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import spoken
from hub_sync.hub.console.local_times import time_zones
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.workflows.calendars import calendars as service
from hub_sync.hub.domains.workflows.calendars.errors import (
    BusinessCalendarChanged,
    BusinessCalendarExists,
    BusinessCalendarInUse,
    CalendarNeverOpens,
    HolidayRegionUnknown,
    HolidayUnreadable,
    TooManyHolidays,
)
from hub_sync.hub.domains.workflows.calendars.forms import (
    BusinessCalendarForm,
    DeleteCalendarForm,
    PublicHolidaysForm,
    form_values,
    new_form_values,
)
from hub_sync.hub.domains.workflows.calendars.hours import day_text
from hub_sync.hub.domains.workflows.calendars.lists import CALENDARS
from hub_sync.hub.domains.workflows.calendars.schemas import WEEKDAYS, PublicHolidays
from hub_sync.hub.domains.workflows.sla_manifest import BUSINESS_CALENDAR, WORKFLOWS_MANAGE
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

_PATH: Final = "/settings/business-hours"
_CALENDAR: Final = f"{_PATH}/{{calendar_id}}"
_BESIDE: Mapping[Any, Any] = {
    BusinessCalendarExists: "name",
    BusinessCalendarChanged: "",
    CalendarNeverOpens: "monday",
    HolidayUnreadable: "holidays",
    TooManyHolidays: "holidays",
}

router = PageRouter()


class OpenPart(NamedTuple):
    """Open hours in the drawing of a week: the day from 0 to 6, and hours of that day."""

    day: int
    start: float
    length: float


@router.get(_PATH, permissions=WORKFLOWS_MANAGE)
def list_calendars(
    page: PageCall, query: Annotated[ListQuery, Depends(CALENDARS.parse_console_query)]
) -> Response:
    """List the business hours."""
    result = CALENDARS.page(page.work, service.all_of(page.tenant_id), query, page.tenant_id)
    today = page.hub.clock.now().date().isoformat()
    return page.render(
        "workflows/calendars.html",
        result=result,
        weeks={row.id: week_text(row.hours) for row in result.rows},
        drawings={row.id: list(open_parts(row.hours)) for row in result.rows},
        holidays={row.id: [each for each in row.holidays if each["day"] >= today] for row in result.rows},
    )


@router.get(f"{_PATH}/new", permissions=WORKFLOWS_MANAGE)
def new_calendar(page: PageCall) -> Response:
    """Show the form of new business hours."""
    return page.render("workflows/calendar_new.html", values=new_form_values(), **_form_context(""))


@router.post(
    f"{_PATH}/new", creates=True, permissions=WORKFLOWS_MANAGE, on_error=new_calendar, beside=_BESIDE
)
def create_calendar(page: PageCall) -> Response:
    """Create the business hours."""
    new = page.parse(BusinessCalendarForm).new_calendar()
    with page.begin() as work:
        calendar = service.create(work, page.tenant_id, new)
        path = f"{_PATH}/{calendar.id}/edit"
    return page.redirect(
        path, say=_("The business hours are saved. Add the public holidays of your region below.")
    )


@router.get(f"{_CALENDAR}/edit", permissions=WORKFLOWS_MANAGE)
def edit_calendar(page: PageCall, calendar_id: Id) -> Response:
    """Show the form of business hours, with their history."""
    calendar = service.get(page.work, page.tenant_id, calendar_id)
    entries = audit.entries_of(page.work, page.tenant_id, BUSINESS_CALENDAR.name, calendar_id)
    return page.render(
        "workflows/calendar_edit.html",
        calendar=calendar,
        values=form_values(calendar),
        history=audit.history(page.work, entries[-20:][::-1], page.speech.time_zone),
        year=page.hub.clock.now().year,
        **_form_context(calendar.time_zone or ""),
    )


@router.post(f"{_CALENDAR}/edit", permissions=WORKFLOWS_MANAGE, on_error=edit_calendar, beside=_BESIDE)
def update_calendar(page: PageCall, calendar_id: Id) -> Response:
    """Update the business hours."""
    with page.begin() as work:
        calendar = service.get_for_update(work, page.tenant_id, calendar_id)
        audit.merge_form(
            page, work, BUSINESS_CALENDAR.name, calendar, form_values(calendar), page.speech.time_zone
        )
        changes = page.parse(BusinessCalendarForm).changes()
        service.update(work, page.tenant_id, calendar_id, changes, calendar.version)
    return page.redirect(
        _PATH, say=_("The changes are saved. Deadlines that run already keep the hours they started with.")
    )


@router.post(
    f"{_CALENDAR}/holidays",
    permissions=WORKFLOWS_MANAGE,
    on_error=edit_calendar,
    beside={HolidayRegionUnknown: "region", TooManyHolidays: "year"},
)
def add_holidays(page: PageCall, calendar_id: Id) -> Response:
    """Add the public holidays of a region and a year."""
    form = page.parse(PublicHolidaysForm)
    wanted = PublicHolidays(region=form.region, year=form.year, language=page.speech.language)
    with page.begin() as work:
        before = len(service.get(work, page.tenant_id, calendar_id).holidays)
        count = len(service.add_public_holidays(work, page.tenant_id, calendar_id, wanted).holidays) - before
    say = _added(count) % {"num": count} if count else _("All of these holidays were there already.")
    return page.redirect(f"{_PATH}/{calendar_id}/edit", say=say)


@router.get(f"{_CALENDAR}/delete", permissions=WORKFLOWS_MANAGE)
def ask_to_delete_calendar(page: PageCall, calendar_id: Id) -> Response:
    """Show the page that confirms the deletion."""
    return page.render(
        "workflows/calendar_delete.html", calendar=service.get(page.work, page.tenant_id, calendar_id)
    )


@router.post(
    f"{_CALENDAR}/delete",
    permissions=WORKFLOWS_MANAGE,
    on_error=ask_to_delete_calendar,
    beside={BusinessCalendarChanged: "", BusinessCalendarInUse: ""},
)
def delete_calendar(page: PageCall, calendar_id: Id) -> Response:
    """Delete the business hours."""
    form = page.parse(DeleteCalendarForm)
    with page.begin() as work:
        name = service.get(work, page.tenant_id, calendar_id).name
        service.remove(work, page.tenant_id, calendar_id, form.version)
    return page.redirect(_PATH, say=_("“%(name)s” was deleted.") % {"name": isolated(name)})


def week_text(week: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the open days of a week and their hours, equal neighbours together: (Mon to Fri, 09:00-17:00)."""
    names = get_day_names("abbreviated", locale=spoken().locale)
    lines = []
    for text, days in groupby(range(len(WEEKDAYS)), key=lambda at: day_text(week.get(WEEKDAYS[at], ()))):
        first, *others = days
        if text:
            last = others[-1] if others else first
            lines.append((f"{names[first]} \u2013 {names[last]}" if others else str(names[first]), text))
    return lines


def open_parts(week: Mapping[str, Any]) -> Iterator[OpenPart]:
    """Yield the open hours of a week as its drawing has them."""
    for at, name in enumerate(WEEKDAYS):
        for each in week.get(name, ()):
            opens, closes = (_hours(each[key]) for key in ("opens", "closes"))
            yield OpenPart(at, opens, closes - opens)


def _hours(text: str) -> float:
    hour, _, minute = text.partition(":")
    return int(hour) + int(minute) / 60


def _form_context(zone: str) -> dict[str, Any]:
    zones = [("", _("That of each event")), *time_zones(zone or "UTC")]
    return {"zones": zones, "weekdays": [(name, BUSINESS_CALENDAR.fields[name]) for name in WEEKDAYS]}


def _added(count: int) -> str:
    return ngettext("%(num)s holiday was added.", "%(num)s holidays were added.", count)
