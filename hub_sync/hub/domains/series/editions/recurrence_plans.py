"""The plan of a recurrence: each edition that would be made, with its number, name, dates and warnings, before anything is made."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.series.cloning.dates import DateShift, local_wall
from hub_sync.hub.domains.series.cloning.planning import note_of, prepare
from hub_sync.hub.domains.series.cloning.schemas import CloneOptions, ClonePlan, PlanNote
from hub_sync.hub.domains.series.editions.editions import EditionSummary, list_editions
from hub_sync.hub.domains.series.editions.names import name_of, slug_of
from hub_sync.hub.domains.series.editions.plan_schemas import (
    PlannedEdition,
    RecurrenceOptions,
    RecurrencePlan,
    SkippedDay,
)
from hub_sync.hub.domains.series.editions.recurrence import expand
from hub_sync.hub.domains.series.editions.series import get_series
from hub_sync.hub.domains.series.errors import CloneDatesOutOfRange, CloneHolidaysUnknown, RecurrenceEmpty
from hub_sync.hub.domains.series.tables import EventSeries
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.public_holidays import public_holidays

_LANGUAGE = "en"
_OF_ONE_DAY = ("date_", "weekday", "in_the_past", "holiday")
"""Beginnings of the codes of warnings that are about one day, and so are given for each edition."""


@dataclass(frozen=True, slots=True)
class PreparedRecurrence:
    """A plan, and the digest of all that each edition copies."""

    plan: RecurrencePlan
    source_digest: str


def plan_recurrence(work: Work, tenant_id: str, series_id: str, options: RecurrenceOptions) -> RecurrencePlan:
    """Return the plan of a recurrence; otherwise as `prepare_recurrence`."""
    return prepare_recurrence(work, tenant_id, series_id, options).plan


def prepare_recurrence(
    work: Work, tenant_id: str, series_id: str, options: RecurrenceOptions
) -> PreparedRecurrence:
    """Return the plan of a recurrence. Nothing is made.

    Raises:
        SeriesNotFound, EventNotFound: 404. RecurrenceTooLong, RecurrenceEmpty: 422.
        CloneHolidaysUnknown, ClonePartUnknown, CloneTimeZoneUnknown, CloneDatesOutOfRange: 422.
    """
    series = get_series(work, tenant_id, series_id)
    events.read(work, tenant_id, options.source_event_id)
    expansion = expand(options.recurrence)
    present = list_editions(work, tenant_id, series_id)
    holidays = _holidays(options, expansion.days)
    days, skipped = _choose_days(
        expansion.days, present, holidays if options.leaves_out_holidays else {}, options.holidays
    )
    skipped += [_skipped(day, "left_out") for day in expansion.left_out]
    if not days:
        raise RecurrenceEmpty
    first_number = options.first_number or series.next_number
    slugs = _slugs(work, series, [(first_number + n, day) for n, day in enumerate(days)])
    pattern = clone_options(series, options, days[0], "", slugs[0] or series.slug)
    prepared = prepare(work, FeedKey(tenant_id, options.source_event_id), pattern)
    first = prepared.plan
    dates = _MovedDates(first, series.time_zone, options.start_at)
    planned: list[PlannedEdition] = []
    problems = list(first.problems)
    taken = {edition.number: edition.name for edition in present}
    for n, day in enumerate(days):
        number = first_number + n
        if number in taken:
            problems.append(note_of("number_taken", number=number, event=taken[number]))
        slug = slugs[n]
        if slug is None:
            problems.append(note_of("slugs_taken", number=number))
        starts_at, ends_at, notes = dates.on(day)
        if starts_at <= work.now():
            notes.append(note_of("in_the_past"))
        if day in holidays:
            notes.append(note_of("holiday", day=day.isoformat(), name=holidays[day], region=options.holidays))
        name = name_of(series.name_pattern, series.name, number, day)
        planned.append(
            PlannedEdition(
                number=number,
                day=day,
                name=name,
                slug=slug or "",
                starts_at=starts_at,
                ends_at=ends_at,
                warnings=notes,
            )
        )
    plan = RecurrencePlan(
        editions=planned,
        skipped_days=sorted(skipped, key=lambda each: each.day),
        skipped_months=list(expansion.skipped_months),
        warnings=[note for note in first.warnings if not note.code.startswith(_OF_ONE_DAY)],
        problems=problems,
        plan_hash=None if problems else _hash(series, options, first, planned),
    )
    return PreparedRecurrence(plan, prepared.source_digest)


def clone_options(
    series: EventSeries, options: RecurrenceOptions, day: date, name: str, slug: str
) -> CloneOptions:
    """Return the options of the clone that becomes an edition; an empty name: that of the source."""
    return CloneOptions(
        name=name or None,
        slug=slug,
        start_on=day,
        start_at=options.start_at,
        time_zone=series.time_zone,
        parts=options.parts,
        stays_active=options.stays_active,
        publishes=options.publishes,
    )


@dataclass(frozen=True, slots=True)
class _Moment:
    """A date of the source: its label and whose it is."""

    place: str
    name: str
    label: str
    at: datetime


class _MovedDates:
    """The dates of all that is copied, for each day: by the wall clock, as `cloning.copying` moves them."""

    def __init__(self, first: ClonePlan, zone: str, start_at: str | None) -> None:
        self._source, self._zone = first.source, zone
        self._at = time.fromisoformat(start_at) if start_at else None
        self._moments = [
            _Moment(
                "" if thing.part == "event" else thing.label,
                "" if thing.part == "event" else thing.name,
                moved.label,
                datetime.fromisoformat(moved.before),
            )
            for thing in first.things
            for moved in thing.dates
            if moved.kind == "instant" and not (thing.part == "event" and moved.field == "ends_at")
        ]

    def on(self, day: date) -> tuple[datetime, datetime, list[PlanNote]]:
        """Return the start, the end and the warnings about the clocks of an edition on a day.

        Raises:
            CloneDatesOutOfRange: 422.
        """
        source = self._source
        try:
            shift = DateShift.by_day(source.starts_at, source.time_zone, day, self._at, self._zone)
            start = shift.instant(source.starts_at)
            end = shift.instant_after(source.ends_at, source.starts_at, start.at)
            notes = [
                note_of(f"date_{note}", each.place, each.name, field=each.label)
                for each in self._moments
                if (note := shift.instant(each.at).note) is not None
            ]
        except (OverflowError, ValueError) as error:
            raise CloneDatesOutOfRange(place=day.isoformat()) from error
        if end.note is not None:
            notes.append(note_of(f"date_{end.note}", field="Ends"))
        return start.at, end.at, notes


def _holidays(options: RecurrenceOptions, days: Sequence[date]) -> Mapping[date, str]:
    if options.holidays is None:
        return {}
    try:
        return public_holidays(options.holidays, range(days[0].year, days[-1].year + 1), _LANGUAGE)
    except LookupError as error:
        raise CloneHolidaysUnknown(region=options.holidays) from error


def _choose_days(
    days: Sequence[date],
    present: Sequence[EditionSummary],
    holidays: Mapping[date, str],
    region: str | None,
) -> tuple[list[date], list[SkippedDay]]:
    """Return the days that get an edition, and those that don't: on one day a series has one edition."""
    by_day = {
        local_wall(edition.starts_at, edition.time_zone).date().isoformat(): edition for edition in present
    } | {edition.occurs_on: edition for edition in present if edition.occurs_on is not None}
    chosen: list[date] = []
    skipped: list[SkippedDay] = []
    for day in days:
        edition = by_day.get(day.isoformat())
        if edition is not None:
            skipped.append(_skipped(day, "has_edition", number=edition.number))
        elif day in holidays:
            skipped.append(_skipped(day, "left_out_holiday", name=holidays[day], region=region))
        else:
            chosen.append(day)
    return chosen, skipped


def _skipped(day: date, code: str, **parameters: Any) -> SkippedDay:
    note = note_of(code, day=day.isoformat(), **parameters)
    return SkippedDay(day=day, code=code, message=note.message, parameters=note.parameters)


def _slugs(work: Work, series: EventSeries, wanted: Sequence[tuple[int, date]]) -> list[str | None]:
    return list(_free_slugs(series.slug, wanted, taken_slugs(work, series)))


def taken_slugs(work: Work, series: EventSeries) -> set[str]:
    """Return the short names of events that an edition might have got."""
    event = events.Event
    query = events.events_of(series.tenant_id).with_only_columns(event.slug)
    return set(work.session.scalars(query.where(event.slug.startswith(series.slug[:40], autoescape=True))))


def _free_slugs(slug: str, wanted: Sequence[tuple[int, date]], taken: set[str]) -> Iterator[str | None]:
    for number, day in wanted:
        free = slug_of(slug, number, day, taken)
        if free is not None:
            taken.add(free)
        yield free


def _hash(
    series: EventSeries,
    options: RecurrenceOptions,
    first: ClonePlan,
    planned: Sequence[PlannedEdition],
) -> str:
    content = {
        "series": [series.id, series.name, series.name_pattern, series.slug, series.time_zone],
        "options": options.model_dump(mode="json"),
        "source": first.plan_hash,
        "editions": [edition.model_dump(mode="json", exclude={"warnings"}) for edition in planned],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
