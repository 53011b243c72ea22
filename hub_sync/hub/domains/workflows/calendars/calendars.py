"""Business calendars: create, read, update and delete them, and find the hours of a version.

A change of hours, holidays or zone is a new version, and a clock keeps the one that it started with: otherwise deadlines
that people know, and sums that were explained, would change afterwards.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.workflows.calendars import hours
from hub_sync.hub.domains.workflows.calendars.business_time import Calendar
from hub_sync.hub.domains.workflows.calendars.errors import (
    BusinessCalendarChanged,
    BusinessCalendarExists,
    BusinessCalendarInUse,
    BusinessCalendarNotFound,
    HolidayRegionUnknown,
)
from hub_sync.hub.domains.workflows.calendars.schemas import (
    BusinessCalendarChanges,
    Holiday,
    NewBusinessCalendar,
    PublicHolidays,
)
from hub_sync.hub.domains.workflows.sla_manifest import (
    BUSINESS_CALENDAR_CREATED,
    BUSINESS_CALENDAR_DELETED,
    BUSINESS_CALENDAR_UPDATED,
)
from hub_sync.hub.domains.workflows.sla_tables import BusinessCalendar, BusinessCalendarVersion
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowVersion
from hub_sync.hub.kit.db.database import refuse_doubles
from hub_sync.hub.kit.db.name_column import FOLDED_NAME
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.public_holidays import public_holidays
from hub_sync.rules.text_normalization import name_key

_FROZEN = ("time_zone", "hours", "holidays")
"""The columns of a version."""


def get(work: Work, tenant_id: str, calendar_id: str) -> BusinessCalendar:
    """Return the calendar of an id.

    Raises:
        BusinessCalendarNotFound: 404.
    """
    calendar = work.session.get(BusinessCalendar, (tenant_id, calendar_id))
    if calendar is None or calendar.deleted_at is not None:
        raise BusinessCalendarNotFound
    return calendar


def all_of(tenant_id: str) -> Select[BusinessCalendar]:
    """Return the query of a tenant's calendars."""
    return select(BusinessCalendar).where(
        BusinessCalendar.tenant_id == tenant_id, BusinessCalendar.deleted_at.is_(None)
    )


def names(work: Work, tenant_id: str) -> dict[str, str]:
    """Return the names of a tenant's calendars by their ids, in order of the names; for a choice and for checks of definitions."""
    b = BusinessCalendar
    query = all_of(tenant_id).with_only_columns(b.id, b.name).order_by(b.name, b.id)
    return {row.id: row.name for row in work.session.execute(query)}


def create(work: Work, tenant_id: str, new: NewBusinessCalendar) -> BusinessCalendar:
    """Create a calendar.

    Raises:
        BusinessCalendarExists: 409.
        HoursPastMidnight, HoursOverlap, CalendarNeverOpens: 422.
    """
    calendar = BusinessCalendar(
        tenant_id=tenant_id, id=work.new_id(), name=new.name, number=1, version=1, **_values(new)
    )
    _claim_name(work, calendar)
    _freeze(work, calendar)
    audit.record(work, tenant_id, BUSINESS_CALENDAR_CREATED, calendar.id, after=_audited(calendar))
    return calendar


def update(
    work: Work,
    tenant_id: str,
    calendar_id: str,
    changes: BusinessCalendarChanges,
    if_version: IfVersion = None,
) -> BusinessCalendar:
    """Change the members that `changes` names. Clocks that run keep the hours that they started with.

    Raises:
        BusinessCalendarNotFound: 404. BusinessCalendarChanged: 412. BusinessCalendarExists: 409.
        HoursPastMidnight, HoursOverlap, CalendarNeverOpens: 422.
    """
    calendar = get_for_update(work, tenant_id, calendar_id, if_version)
    before, frozen = _audited(calendar), {name: getattr(calendar, name) for name in _FROZEN}
    sent = changes.model_fields_set
    values = {"name": changes.name} | _values(changes)
    for name in sent & values.keys():
        setattr(calendar, name, values[name])
    return _save(work, calendar, before, frozen)


def add_public_holidays(
    work: Work, tenant_id: str, calendar_id: str, wanted: PublicHolidays, if_version: IfVersion = None
) -> BusinessCalendar:
    """Add the public holidays of a year; a day that the calendar has already keeps its name.

    Raises:
        BusinessCalendarNotFound: 404. BusinessCalendarChanged: 412. HolidayRegionUnknown, TooManyHolidays: 422.
    """
    try:
        days = public_holidays(wanted.region, [wanted.year], wanted.language)
    except LookupError as error:
        raise HolidayRegionUnknown(region=wanted.region, year=wanted.year) from error
    calendar = get_for_update(work, tenant_id, calendar_id, if_version)
    before, frozen = _audited(calendar), {name: getattr(calendar, name) for name in _FROZEN}
    calendar.holidays = hours.stored_holidays(
        [
            *(Holiday(day=day, name=name[:200]) for day, name in days.items()),
            *map(Holiday.model_validate, calendar.holidays),
        ]
    )
    return _save(work, calendar, before, frozen)


def remove(work: Work, tenant_id: str, calendar_id: str, if_version: IfVersion = None) -> None:
    """Delete a calendar. Clocks that run by it keep their hours.

    Raises:
        BusinessCalendarNotFound: 404. BusinessCalendarChanged: 412. BusinessCalendarInUse: 409.
    """
    calendar = get_for_update(work, tenant_id, calendar_id, if_version)
    workflow = _user_of(work, tenant_id, calendar_id)
    if workflow is not None:
        raise BusinessCalendarInUse(workflow=workflow)
    calendar.deleted_at = work.now()
    calendar.version += 1
    work.session.flush()
    audit.record(work, tenant_id, BUSINESS_CALENDAR_DELETED, calendar.id, before=_audited(calendar))


def get_for_update(
    work: Work, tenant_id: str, calendar_id: str, if_version: IfVersion = None
) -> BusinessCalendar:
    """Return a calendar, locked.

    Raises:
        BusinessCalendarNotFound: 404. BusinessCalendarChanged: 412.
    """
    calendar = work.session.scalar(
        all_of(tenant_id).where(BusinessCalendar.id == calendar_id).with_for_update()
    )
    if calendar is None:
        raise BusinessCalendarNotFound
    check_version(calendar.version, if_version, BusinessCalendarChanged)
    return calendar


# --- versions -------------------------------------------------------------------------------------


def find_newest_version(work: Work, tenant_id: str, calendar_id: str) -> BusinessCalendarVersion | None:
    """Return the present hours of a calendar, also of a deleted one: a workflow that runs may still name it."""
    b, v = BusinessCalendar, BusinessCalendarVersion
    return work.session.scalar(
        select(v)
        .join(b, (b.tenant_id == v.tenant_id) & (b.id == v.calendar_id) & (b.number == v.number))
        .where(b.tenant_id == tenant_id, b.id == calendar_id)
    )


def hours_of(work: Work, tenant_id: str, version_id: str | None, time_zone: str) -> Calendar | None:
    """Return the hours of a version by a clock's zone; None: day and night count."""
    if version_id is None:
        return None
    version = work.session.get(BusinessCalendarVersion, (tenant_id, version_id))
    if version is None:  # the foreign key does not let it happen
        raise LookupError(version_id)
    return hours.calendar_of(time_zone, version.hours, version.holidays)


# --- parts ----------------------------------------------------------------------------------------


def _values(sent: NewBusinessCalendar | BusinessCalendarChanges) -> dict[str, Any]:
    """Return the checked columns of a version."""
    week = hours.sorted_week(sent.hours)
    if isinstance(sent, NewBusinessCalendar) or "hours" in sent.model_fields_set:
        hours.check(week)
    return {
        "time_zone": sent.time_zone,
        "hours": week.model_dump(mode="json"),
        "holidays": hours.stored_holidays(sent.holidays),
    }


def _save(
    work: Work, calendar: BusinessCalendar, before: dict[str, Any], frozen: dict[str, Any]
) -> BusinessCalendar:
    after = _audited(calendar)
    if after == before:
        return calendar
    if after["name"] != before["name"]:
        _claim_name(work, calendar)
    calendar.version += 1
    if frozen != {name: getattr(calendar, name) for name in _FROZEN}:
        calendar.number += 1
        _freeze(work, calendar)
    work.session.flush()
    audit.record(
        work,
        calendar.tenant_id,
        BUSINESS_CALENDAR_UPDATED,
        calendar.id,
        before=before,
        after=_audited(calendar),
    )
    return calendar


def _freeze(work: Work, calendar: BusinessCalendar) -> None:
    """Store the present hours as a version."""
    work.session.add(
        BusinessCalendarVersion(
            tenant_id=calendar.tenant_id,
            id=work.new_id(),
            calendar_id=calendar.id,
            number=calendar.number,
            time_zone=calendar.time_zone,
            hours=calendar.hours,
            holidays=calendar.holidays,
        )
    )


def _claim_name(work: Work, calendar: BusinessCalendar) -> None:
    """Store a calendar under a name that no other one has.

    Raises:
        BusinessCalendarExists: 409.
    """
    others = all_of(calendar.tenant_id).where(
        BusinessCalendar.id != calendar.id, BusinessCalendar.folded_name == name_key(calendar.name)
    )
    with work.session.no_autoflush:
        if work.session.scalar(others.with_only_columns(BusinessCalendar.id)) is not None:
            raise BusinessCalendarExists
    work.session.add(calendar)
    with refuse_doubles(BusinessCalendarExists(), FOLDED_NAME):
        work.session.flush()


def _user_of(work: Work, tenant_id: str, calendar_id: str) -> str | None:
    """Return the name of a workflow whose draft or published version counts by a calendar; None: there is none."""
    w, v = Workflow, WorkflowVersion
    query = (
        select(w.name, w.draft, v.definition)
        .outerjoin(
            v, (v.tenant_id == w.tenant_id) & (v.workflow_id == w.id) & (v.number == w.published_version)
        )
        .where(w.tenant_id == tenant_id)
        .order_by(w.name)
    )
    for row in work.session.execute(query):
        for definition in (row.draft, row.definition):
            if calendar_id in _calendar_ids(definition):
                return str(row.name)
    return None


def _calendar_ids(definition: dict[str, Any] | None) -> Collection[str]:
    steps = (definition or {}).get("steps", ())
    return {(step.get("sla") or {}).get("calendar_id", "") for step in steps}


def _audited(calendar: BusinessCalendar) -> dict[str, Any]:
    """Return a calendar as the audit log has it: hours and holidays as people write them."""
    values = {name: value for name, value in snapshot(calendar).items() if name not in ("hours", "holidays")}
    days = {day: hours.day_text(spans) for day, spans in calendar.hours.items()}
    return values | days | {"holidays": hours.holiday_lines(calendar.holidays)}
