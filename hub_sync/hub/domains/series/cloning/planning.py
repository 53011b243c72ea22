"""The plan of a clone: everything that would be made, with its new dates, before anything is made."""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventExists
from hub_sync.hub.domains.events.service import EventNotFound
from hub_sync.hub.domains.series.cloning import people, sources
from hub_sync.hub.domains.series.cloning.copying import OWN, CopyContext, RowCopy, copy_row
from hub_sync.hub.domains.series.cloning.dates import DateShift, local_wall
from hub_sync.hub.domains.series.cloning.declarations import (
    EVENTS,
    all_parts,
    copied_tables,
    event_table,
    left_out,
    parent_of,
)
from hub_sync.hub.domains.series.cloning.rewriting import ids_in
from hub_sync.hub.domains.series.cloning.schemas import (
    CloneOptions,
    ClonePlan,
    PlannedEvent,
    PlannedOmission,
    PlannedThing,
    PlanNote,
)
from hub_sync.hub.domains.series.errors import (
    CloneDatesOutOfRange,
    CloneHolidaysUnknown,
    CloneIntoItself,
    ClonePartUnknown,
    CloneTargetNotEmpty,
    CloneTimeZoneUnknown,
)
from hub_sync.hub.domains.series.manifest import NOTES
from hub_sync.hub.kit.db.cloning import CopiedTable, Part, Rewrite, SourceRows, StartAnew, Values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import fill_in
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.public_holidays import public_holidays
from hub_sync.rules.times.time_zones import time_zone_names

_MEMBER = re.compile(r"[^.\[\]]+")
"""A member of a place in JSON, such as `steps[0].assignees`."""
_MOST_HOLIDAYS_DAYS = 31
"""Of an event that is longer, only the holidays of so many days are warned of."""
_LANGUAGE = "en"
"""That of the names of holidays; a country that has none in English has its own."""

_HOURS = {"day_begins_at": N_("A day begins"), "everyone_leaves_at": N_("Everybody has left at")}
"""Hours of the day that stay as they are when a copy begins at another one, with their labels."""


@dataclass(frozen=True, slots=True)
class PreparedClone:
    """A plan with the rows that it would insert.

    Attributes:
        plan: what people read.
        event: the columns of the copy's event.
        event_id: the id of the copy: a new one, or that of the event that is filled.
        rows: the rows of each table with their ids, each table behind those that it refers to.
        ids: the ids of the copies by those of the source, by table.
        people: the participants who are carried over.
        source_digest: that of all that is copied, whatever the options say of when and under which name.
    """

    plan: ClonePlan
    event: Mapping[str, Any]
    event_id: str
    rows: Sequence[tuple[CopiedTable, Sequence[dict[str, Any]]]]
    ids: Mapping[str, Mapping[str, str]]
    people: people.People
    source_digest: str


def chosen_parts(options: CloneOptions) -> Sequence[Part]:
    """Return the parts that are copied, in their order.

    Raises:
        ClonePartUnknown: 422.
    """
    parts = all_parts()
    if options.parts is None:
        return [part for part in parts.values() if part.is_default]
    for name in options.parts:
        if name not in parts:
            raise ClonePartUnknown(part=name)
    return [part for part in parts.values() if part.name in options.parts]


def plan_clone(work: Work, tenant_id: str, event_id: str, options: CloneOptions) -> ClonePlan:
    """Return the plan of a clone. Nothing is made.

    Raises:
        EventNotFound: there is no such event, or none to fill (404).
        EventExists: the short name is taken (409). CloneTargetNotEmpty, EventIsTemplate: 409.
        ClonePartUnknown, CloneTimeZoneUnknown, CloneHolidaysUnknown, CloneDatesOutOfRange, CloneIntoItself: 422.
        BadRequest: 400, the selection's query. BulkSelectionTooLarge: 422.
    """
    return prepare(work, FeedKey(tenant_id, event_id), options).plan


def read_source(work: Work, key: FeedKey, options: CloneOptions) -> Mapping[str, Sequence[Values]]:
    """Return all rows of the tables that a clone copies, by table.

    Raises:
        ClonePartUnknown: 422.
    """
    parts = {part.name for part in chosen_parts(options)}
    tables = (copied.table for copied in copied_tables() if copied.part.name in parts)
    return {table: sources.read_rows(work, key, table) for table in tables}


def prepare(
    work: Work, key: FeedKey, options: CloneOptions, rows: Mapping[str, Sequence[Values]] | None = None
) -> PreparedClone:
    """Return the plan of a clone and its rows; otherwise as `plan_clone`. `rows`: what `read_source` has read in this transaction."""
    source = sources.columns_of(events.read(work, *key))
    target = _target(work, key, options)
    shift = _shift(source, target, options)
    rows = read_source(work, key, options) if rows is None else rows
    tables = [copied for copied in copied_tables() if copied.table in rows]
    new_event_id = work.new_id() if target is None else target["id"]
    ids: dict[str, dict[str, str]] = {EVENTS: {key.event_id: new_event_id}}
    chosen: dict[str, list[Values]] = {}
    other_versions: dict[str, str] = {}
    source_rows = SourceRows(rows, options.publishes)
    for copied in tables:
        chosen[copied.table] = sources.rows_to_copy(copied, source_rows, ids)
        ids[copied.table] = {row["id"]: work.new_id() for row in chosen[copied.table]}
        other_versions |= sources.versions_of(copied, rows[copied.table], ids[copied.table])
    context = CopyContext(
        shift,
        rows,
        ids,
        other_versions,
        {row["id"] for each in rows.values() for row in each if row.get("deleted_at") is not None},
        work.now(),
        work.actor,
        options.stays_active,
        options.publishes,
    )
    context.retained = _organisation_ids(work, key, tables, chosen, context)
    context = _without_incomplete(tables, chosen, ids, context)
    event = copy_row(event_table(), source, context)
    event.values |= _event_values(source, target, options)
    copies = [(copied, [copy_row(copied, row, context) for row in chosen[copied.table]]) for copied in tables]
    carried = people.read(work, key, options.participants)
    notes = _Notes()
    things = [_thing(event_table(), event, notes)]
    for copied, of_table in copies:
        things += [_thing(copied, copy, notes) for copy in of_table]
    notes.add_all(_unpublished(rows, context.incomplete))
    if not options.as_template:
        notes.add_all(_day_warnings(work, source, event.values, shift, options))
    missing = [id_ for _, of_table in copies for copy in of_table for _, id_ in copy.dropped]
    source_digest = _digest_of_source(source, chosen, missing)
    digest = _hash(options, source_digest, target, carried)
    plan = ClonePlan(
        source=_planned_event(source, source["id"]),
        target=_planned_event(event.values, None if target is None else target["id"]),
        things=things,
        people=len(carried.rows),
        warnings=notes.warnings,
        problems=notes.problems,
        left_out=[PlannedOmission(title=each.title, reason=each.reason) for each in left_out()],
        plan_hash=None if notes.problems else digest,
    )
    inserted = [
        (copied, [{"id": ids[copied.table][row["id"]], **copy.values} for row, copy in pairs])
        for copied, of_table in copies
        if (pairs := list(zip(chosen[copied.table], of_table, strict=True)))
    ]
    return PreparedClone(plan, event.values, new_event_id, inserted, ids, carried, source_digest)


def _target(work: Work, key: FeedKey, options: CloneOptions) -> Values | None:
    if options.into_event_id is None:
        _require_free_slug(work, key.tenant_id, options.slug or "")
        return None
    if options.into_event_id == key.event_id:
        raise CloneIntoItself
    event = events.read(work, key.tenant_id, options.into_event_id)
    events.require_live(event)
    target = sources.columns_of(event)
    things = sources.things_in(work, FeedKey(key.tenant_id, options.into_event_id))
    if things:
        raise CloneTargetNotEmpty(things=things)
    return target


def _require_free_slug(work: Work, tenant_id: str, slug: str) -> None:
    try:
        events.get_by_slug(work, tenant_id, slug)
    except EventNotFound:
        return
    raise EventExists(slug=slug)


def _shift(source: Values, target: Values | None, options: CloneOptions) -> DateShift:
    zone, start = source["time_zone"], source["starts_at"]
    if zone not in time_zone_names():
        if options.time_zone is None:
            raise CloneTimeZoneUnknown(zone=zone)
        zone = options.time_zone
    new_zone = options.time_zone or (target["time_zone"] if target else zone)
    if new_zone not in time_zone_names():
        raise CloneTimeZoneUnknown(zone=new_zone)
    at = time.fromisoformat(options.start_at) if options.start_at else None
    day = options.start_on
    if day is None and target is not None:
        wall = local_wall(target["starts_at"], new_zone)
        day, at = wall.date(), at or wall.time()
    try:
        return DateShift.by_day(start, zone, day or local_wall(start, zone).date(), at, new_zone)
    except (OverflowError, ValueError) as error:
        raise CloneDatesOutOfRange(place="starts_at") from error


def _event_values(source: Values, target: Values | None, options: CloneOptions) -> dict[str, Any]:
    """Return what the options, or the event that is filled, say of the copy's event."""
    own = source if target is None else target
    zone = options.time_zone or own["time_zone"]
    slug = options.slug if target is None else target["slug"]
    values = {"name": options.name or own["name"], "slug": slug, "time_zone": zone}
    return values | ({"status": EventStatus.TEMPLATE} if options.as_template else {})


def _organisation_ids(
    work: Work,
    key: FeedKey,
    tables: Sequence[CopiedTable],
    chosen: Mapping[str, Sequence[Values]],
    context: CopyContext,
) -> dict[tuple[tuple[str, ...], bool], frozenset[str]]:
    """Return the ids in JSON that name something of the organisation, by what each policy allows."""
    ids: dict[tuple[tuple[str, ...], bool], set[str]] = {}
    for copied in tables:
        for name, policy in copied.columns.items():
            if isinstance(policy, Rewrite) and policy.keeps:
                values = (
                    policy.compute(context.copying(row)) if policy.compute else row[name]
                    for row in chosen[copied.table]
                )
                allowed = ids.setdefault((policy.keeps, policy.empties), set())
                allowed.update(id_ for value in values for id_ in ids_in(value))
    return {
        (keeps, is_strict): sources.find_organisation_ids(
            work, key, keeps, wanted - context.flat.keys(), also_deleted=not is_strict
        )
        for (keeps, is_strict), wanted in ids.items()
    }


def _without_incomplete(
    tables: Sequence[CopiedTable],
    chosen: dict[str, list[Values]],
    ids: dict[str, dict[str, str]],
    context: CopyContext,
) -> CopyContext:
    """Take out the rows in which something would be missing, of tables that need all; return the context without them."""
    incomplete = {
        row["id"]
        for copied in tables
        if copied.needs_all
        for row in chosen[copied.table]
        if copy_row(copied, row, context).dropped
    }
    if not incomplete:
        return context
    for copied in tables:
        if copied.needs_all:
            rows = [row for row in chosen[copied.table] if row["id"] not in incomplete]
            chosen[copied.table] = rows
            ids[copied.table] = {row["id"]: ids[copied.table][row["id"]] for row in rows}
    return replace(context, ids=ids, incomplete=incomplete)


class _Notes:
    """Gathers warnings and problems."""

    def __init__(self) -> None:
        self.warnings: list[PlanNote] = []
        self.problems: list[PlanNote] = []

    def add_all(self, notes: Iterator[PlanNote]) -> None:
        self.warnings += notes


def note_of(code: str, place: str = "", thing: str = "", **parameters: Any) -> PlanNote:
    """Return a note of a plan, with its English sentence."""
    message = fill_in(NOTES[code], parameters)
    return PlanNote(code=code, message=message, place=place, name=thing, parameters=parameters)


def _thing(copied: CopiedTable, copy: RowCopy, notes: _Notes) -> PlannedThing:
    name = sources.name_of(copied, copy.values)
    place = (copied.label, name)
    for dated in copy.dates:
        if dated.note is not None:
            notes.warnings.append(note_of(f"date_{dated.note}", *place, field=dated.label))
    if copy.switched_off:
        notes.warnings.append(note_of("switched_off", *place))
    for where, id_ in copy.dropped:
        notes.warnings.append(_note_of_reference("reference_removed", place, where, id_, copy.values))
    for where, id_ in copy.unmapped:
        notes.problems.append(_note_of_reference("reference_unmapped", place, where, id_, copy.values))
    return PlannedThing(
        part=copied.part.name, kind=copied.table, label=copied.label, name=name, dates=copy.dates
    )


def _unpublished(rows: Mapping[str, Sequence[Values]], incomplete: Collection[str]) -> Iterator[PlanNote]:
    """Yield the warnings of rows that are not copied, since something is missing in them: by what they belong to."""
    declared = {copied.table: copied for copied in copied_tables()}
    for copied in declared.values():
        for row in rows.get(copied.table, ()) if copied.needs_all else ():
            if row["id"] in incomplete:
                column, parent = parent_of(copied.table)
                name = next(
                    sources.name_of(declared[parent], each)
                    for each in rows[parent]
                    if each["id"] == row[column]
                )
                yield note_of("stays_draft", declared[parent].label, name)


def _note_of_reference(
    code: str, place: tuple[str, str], where: str, id_: str, values: Mapping[str, Any]
) -> PlanNote:
    """Return the note of an id that names nothing in the copy, with what people call the part that has it, such as a step."""
    inside = ""
    value: Any = values
    for member in _MEMBER.findall(where):
        try:
            value = value[int(member) if isinstance(value, list) else member]
        except (LookupError, TypeError, ValueError):  # an id is the key of a member, and was replaced
            break
        if isinstance(value, Mapping) and isinstance(value.get("name"), str):
            inside = value["name"]
    if inside:
        return note_of(f"{code}_in", *place, inside=inside, field=where, id=id_)
    return note_of(code, *place, field=where, id=id_)


def _day_warnings(
    work: Work, source: Values, values: Mapping[str, Any], shift: DateShift, options: CloneOptions
) -> Iterator[PlanNote]:
    first, last = (local_wall(values[name], values["time_zone"]).date() for name in ("starts_at", "ends_at"))
    if first.weekday() != (before := local_wall(source["starts_at"], shift.zone).date()).weekday():
        yield note_of("weekday", before=before.isoformat(), after=first.isoformat())
    if _hour_of(source["starts_at"], shift.zone) != _hour_of(values["starts_at"], values["time_zone"]):
        for name, label in _HOURS.items():
            if values[name] is not None:
                yield note_of("hour_stays", label, at=values[name])
    if values["starts_at"] <= work.now():
        yield note_of("in_the_past")
    if options.holidays is not None:
        last = min(last, first + timedelta(days=_MOST_HOLIDAYS_DAYS))
        try:
            calendar = public_holidays(options.holidays, range(first.year, last.year + 1), _LANGUAGE)
        except LookupError as error:
            raise CloneHolidaysUnknown(region=options.holidays) from error
        for day, name in calendar.items():
            if first <= day <= last:
                yield note_of("holiday", day=day.isoformat(), name=name, region=options.holidays)


def _hour_of(at: datetime, zone: str) -> time:
    return local_wall(at, zone).time()


def _planned_event(values: Mapping[str, Any], event_id: str | None) -> PlannedEvent:
    names = ("name", "slug", "time_zone", "starts_at", "ends_at")
    return PlannedEvent(id=event_id, **{name: values[name] for name in names})


def _hash(options: CloneOptions, source_digest: str, target: Values | None, carried: people.People) -> str:
    """Return the hash of a plan: of its options and all that it copies, without what changes without anybody's doing."""
    return _sha256(
        {
            "options": options.model_dump(mode="json"),
            "source": source_digest,
            "target": None if target is None else [target["id"], target["version"]],
            "people": carried.fingerprint(),
        }
    )


def _digest_of_source(source: Values, chosen: Mapping[str, Sequence[Values]], missing: Sequence[str]) -> str:
    declared = {copied.table: copied for copied in copied_tables()}
    return _sha256(
        {
            "event": {name: value for name, value in source.items() if name not in OWN},
            "rows": {
                table: [_looked_at(declared[table], row) for row in rows] for table, rows in chosen.items()
            },
            "missing": missing,
        }
    )


def _sha256(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _looked_at(copied: CopiedTable, row: Values) -> dict[str, Any]:
    """Return what a copy takes from a row."""
    started = {name for name, policy in copied.columns.items() if isinstance(policy, StartAnew)}
    unseen = (OWN - {"id"}) | started | copied.volatile
    return {name: value for name, value in row.items() if name not in unseen}


def next_same_weekday(day: date, weeks: int = 52) -> date:
    """Return the same weekday so many weeks later: what a form proposes."""
    return date.fromordinal(day.toordinal() + 7 * weeks)
