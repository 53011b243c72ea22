"""Projections of the access log: presences, conflicts and occupancy.

The projections are, for each person and zone, the last passage (`ZonePresence`), the conflicts (`AccessConflict`), and
the counts (`VenueOccupancy`): one row for each named zone, and one without a zone for the event, which counts each
person once who is in the venue: who is inside any zone, or has entered by a checkpoint without one. Whoever leaves by a
checkpoint without a zone leaves the venue, and every zone with it.

`refresh` and `rebuild` compute them from all admitted scans of the people concerned (`rules.occupancy`), so that order
and repetition of deliveries make no difference. The feed's row is locked meanwhile: an event has one writer of its
projections.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, Update, bindparam, func, select, update

from hub_sync.contract.enums import Direction, ReasonCode
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.conflicts import recording
from hub_sync.hub.domains.check_in.conflicts.recording import CONFLICTS
from hub_sync.hub.domains.check_in.occupancy import flows
from hub_sync.hub.domains.check_in.occupancy.flows import FlowChanges
from hub_sync.hub.domains.check_in.tables import VenueOccupancy, ZonePresence
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.bulk import dump_values, insert_later, select_by_query, select_by_values
from hub_sync.hub.kit.db.tables import Base
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.conflicts import ConflictFold, ConflictKind
from hub_sync.rules.occupancy import (
    OccupancyLevel,
    PersonInZone,
    crossings,
    occupancy_level,
    person_in_zones,
)
from hub_sync.rules.times.exit_all import ExitAll


def _table(model: type[Base]) -> Table:
    return model.metadata.tables[model.__tablename__]


PRESENCE, OCCUPANCY = _table(ZonePresence), _table(VenueOccupancy)

_O = OCCUPANCY.c
_HAS_MERGED = participants.has_merged(bindparam("t"), bindparam("e")).label("has_merged")
_COUNTS = events.select_with_exit_hour(
    OCCUPANCY, _O.id, _O.zone, _O.current, _O.capacity, _O.flows_complete, _HAS_MERGED
)
_UPDATES = {
    table: update(table).where(
        table.c.tenant_id == bindparam("the_tenant"), table.c.id == bindparam("the_id")
    )
    for table in (PRESENCE, CONFLICTS, OCCUPANCY)
}


@cache
def _of_people(table: Table, dialect_name: str) -> Select[Any]:
    query = select(table).where(table.c.tenant_id == bindparam("t"), table.c.event_id == bindparam("e"))
    return select_by_values(query, table.c.participant_id, "people", dialect_name)


@cache
def _of_person(dialect_name: str) -> Select[Any]:
    c = PRESENCE.c
    query = select(PRESENCE).where(c.tenant_id == bindparam("t"), c.event_id == bindparam("e"))
    ids = participants.merged_ids("person")
    return select_by_query(query, c.participant_id, ids, dialect_name)


PersonZone = tuple[str, str]
"""A participant's id and a zone ("" for the event itself)."""
_NOWHERE = PersonInZone(None, 0, ())
_WRITTEN = "projections_written"
"""Set in a session whose transaction has written projections: another refresh of it must see them."""
_FAMILIES = 100
"""People with merged registrations whose scans are read at once."""


@dataclass
class _Changes:
    """Rows to write, by table: new rows, and (id, changed columns)."""

    new: dict[Table, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    changed: dict[Table, list[tuple[str, dict[str, Any]]]] = field(default_factory=lambda: defaultdict(list))
    inside: Counter[str | None] = field(default_factory=Counter)
    """The change of each zone's count (None: the event's); zero means that the row must exist."""
    flows: FlowChanges = field(default_factory=Counter)
    before: Mapping[str, set[AdmittedScan]] | None = None
    """All admitted scans of each person before this change; None: not known."""
    flows_are_known: bool = True
    events: list[DomainEvent] = field(default_factory=list)


@dataclass(frozen=True)
class _Scope:
    work: Work
    tenant_id: str
    event_id: str
    hour: ExitAll | None = None
    counts: Mapping[str | None, Row[Any]] = field(default_factory=dict)
    """The stored counts by zone."""
    has_merged: bool = False
    """True if the event has merged registrations."""

    @classmethod
    def read(cls, work: Work, key: FeedKey) -> "_Scope":
        """Read the counts of an event and the hour at which everybody leaves it."""
        rows = work.fetch_all(_COUNTS, {"t": key.tenant_id, "e": key.event_id})
        hour = events.exit_all_of(work, rows[0]) if rows else None
        counts = {row.zone: row for row in rows if row.id is not None}
        return cls(work, *key, hour, counts, has_merged=bool(rows and rows[0].has_merged))

    def fetch(self, statement: Select[Any], **bound: Any) -> Sequence[Row[Any]]:
        return self.work.fetch_all(statement, {"t": self.tenant_id, "e": self.event_id, **bound})

    def presences(self, people: Iterable[str]) -> Sequence[Row[Any]]:
        query = _of_people(PRESENCE, self.work.dialect.name)
        return self.fetch(query, people=dump_values(people))

    @property
    def key(self) -> FeedKey:
        return FeedKey(self.tenant_id, self.event_id)

    def of(self, table: Table) -> tuple[Any, Any]:
        return table.c.tenant_id == self.tenant_id, table.c.event_id == self.event_id


def refresh(
    work: Work,
    tenant_id: str,
    event_id: str,
    people: Iterable[str],
    presences: Sequence[Row[Any]] | None = None,
    added: Mapping[AdmittedScan, str] | None = None,
    before: Iterable[AdmittedScan] | None = None,
) -> "Counts":
    """Update the projections of these people from the access log, and return the counts afterwards.

    Who has only scans in `added` that are later than all others of theirs is not computed from the whole log: one person's
    fifty thousand rows would lock out all other writers for more than a second. Whoever has merged registrations counts once,
    by the scans of all of them.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        event_id: the event.
        people: ids of participants.
        presences: all presences of these people, if they were read under the feed's lock already.
        added: the scans that were stored since the last refresh, with the ids of their rows; None: others were changed.
        before: where others were changed, all admitted scans of these people as they were. Without them the event's flows are computed
            anew (`occupancy.flows`).

    Raises:
        LookupError: the event has no feed.
    """
    key = FeedKey(tenant_id, event_id)
    return _refresh(work, key, people, trust_stored=True, presences=presences, added=added, before=before)


def refresh_merged(work: Work, key: FeedKey, ids: Iterable[str], before: Iterable[AdmittedScan]) -> None:
    """Update the projections of people whose registrations were merged, or are so no more.

    Args:
        work: the transaction.
        key: the event.
        ids: the registrations concerned.
        before: all admitted scans of theirs, of the registration as which each counted before (`admitted_of`).

    Raises:
        LookupError: the event has no feed.
    """
    _refresh(work, key, ids, trust_stored=True, before=before, keeps_before=True)


def admitted_of(work: Work, key: FeedKey, ids: Iterable[str]) -> set[AdmittedScan]:
    """Return all admitted scans of people, each of the registration as which it counts."""
    known = participants.survivors(work.session, key, ids)
    scans = repository.admitted_before(work, *key, sorted({*ids, *known}))
    return set(as_survivors(known, scans))


def read_presences(work: Work, key: FeedKey, person_id: str) -> Sequence[Row[Any]]:
    """Return the stored presences of a person under any id: merged ids count as theirs, as at the stations."""
    bound = {"t": key.tenant_id, "e": key.event_id, "person": person_id}
    return work.fetch_all(_of_person(work.dialect.name), bound)


def _refresh(
    work: Work,
    key: FeedKey,
    people: Iterable[str],
    *,
    trust_stored: bool,
    presences: Sequence[Row[Any]] | None = None,
    added: Mapping[AdmittedScan, str] | None = None,
    before: Iterable[AdmittedScan] | None = None,
    keeps_before: bool = False,
) -> "Counts":
    everybody = sorted(set(people))
    if presences is None and work.session.info.get(_WRITTEN):  # what another refresh has left to be written
        pending_writes.execute(work.session)
    work.session.flush()
    if not everybody:
        return current_counts(work, *key)
    lock(work, *key)
    scope = _Scope.read(work, key)
    changes = _Changes(before=None if before is None else _by_person(before))
    survivors = participants.survivors(work.session, key, everybody) if scope.has_merged else {}
    if survivors:
        if changes.before is not None and not keeps_before:
            before = (scan for some in changes.before.values() for scan in some)
            changes.before = _by_person(as_survivors(survivors, before))
        _apply_merged(scope, survivors, changes, trusts_caches=trust_stored, added=added)
        everybody = [person for person in everybody if person not in survivors]
    for some in repository.chunks(everybody):
        rows = scope.presences(some) if presences is None else presences
        others = _apply_added(scope, some, rows, changes, added) if added is not None else some
        if others:
            _apply_scans(scope, others, rows, changes, trusts_caches=trust_stored, added=added)
    after = _count(scope, changes)
    _write(scope, changes)
    return after


Counts = dict[str | None, tuple[int, int | None]]
"""The number of people inside by zone (None: the event as a whole), and the capacity that was set for it."""


@dataclass(frozen=True, slots=True)
class Count:
    """The number of people inside a zone; "" is the event as a whole."""

    zone: str
    current: int
    capacity: int | None

    @property
    def level(self) -> OccupancyLevel:
        """The level of occupancy."""
        return occupancy_level(self.current, self.capacity)


def counts(work: Work, tenant_id: str, event_id: str) -> list[Count]:
    """Return the event's count and those of its zones; the event's capacity is its own unless one was set."""
    stored = current_counts(work, tenant_id, event_id)
    if stored.get(None, (0, None))[1] is not None:
        return list_counts(stored, None)
    return list_counts(stored, events.read(work, tenant_id, event_id).capacity)


def current_counts(work: Work, tenant_id: str, event_id: str) -> Counts:
    """Return the stored counts."""
    return _current(_Scope.read(work, FeedKey(tenant_id, event_id)).counts)


def list_counts(stored: Counts, event_capacity: int | None) -> list[Count]:
    """Return the event's count and those of its zones by name; the event's capacity is its own unless set apart."""
    inside, capacity = stored.get(None, (0, None))
    zones = sorted((zone, of_zone) for zone, of_zone in stored.items() if zone is not None)
    return [
        Count("", inside, event_capacity if capacity is None else capacity),
        *(Count(zone, *of_zone) for zone, of_zone in zones),
    ]


def lock(work: Work, tenant_id: str, event_id: str) -> None:
    """Lock the event's feed until commit: an event has one writer of its projections.

    Raises:
        LookupError: the event has no feed.
    """
    change_feed.lock(work.session, change_feed.FeedKey(tenant_id, event_id))


def rebuild(work: Work, tenant_id: str, event_id: str) -> None:
    """Rebuild presences, conflicts and counts from the access log alone."""
    key = FeedKey(tenant_id, event_id)
    lock(work, *key)
    of_event = _Scope(work, *key).of(PRESENCE)
    remembered = work.session.scalars(select(PRESENCE.c.participant_id).distinct().where(*of_event))
    everybody = {*repository.participant_ids(work.session, *key), *remembered}
    _refresh(work, key, everybody, trust_stored=False)
    pending_writes.execute(work.session)
    changes, scope = _Changes(), _Scope.read(work, key)
    true, stored = _counted(scope), scope.counts
    for zone in {*true, *stored}:
        changes.inside[zone] = true.get(zone, 0) - (stored[zone].current if zone in stored else 0)
    _count(scope, changes)
    _write(scope, changes)
    flows.rebuild(work, key)
    recording.reconcile(work, key)
    pending_writes.add(work.session, partial(_note_exit_hour, scope))


def find_outdated(work: Work, hours: Mapping[FeedKey, ExitAll]) -> list[FeedKey]:
    """Return the events whose projections were computed by another hour that everybody leaves than they have now (`hours`)."""
    query = select(OCCUPANCY.c.tenant_id, OCCUPANCY.c.event_id, OCCUPANCY.c.exit_hour).where(
        OCCUPANCY.c.zone.is_(None)
    )
    by_key = {FeedKey(row.tenant_id, row.event_id): row.exit_hour for row in work.session.execute(query)}
    return [key for key, exit_hour in by_key.items() if exit_hour != _name_of(hours.get(key))]


def leave_all(work: Work, key: FeedKey, limit: int) -> int:
    """Let people leave who entered before everybody left, as many as `limit`. Return how many they were."""
    hour = events.find_exit_all(work, key)
    if hour is None:
        return 0
    lock(work, *key)
    c = PRESENCE.c
    query = (
        select(c.participant_id)
        .distinct()
        .where(*_Scope(work, *key).of(PRESENCE), c.direction == Direction.ENTRY, c.at_ms < hour.last_ms)
    )
    people = work.session.scalars(query.limit(limit)).all()
    if people:
        _refresh(work, key, people, trust_stored=True, added={})
    return len(people)


def _name_of(hour: ExitAll | None) -> str:
    return "" if hour is None else hour.name


def _note_exit_hour(scope: _Scope, connection: Connection) -> None:
    connection.execute(
        update(OCCUPANCY)
        .where(*scope.of(OCCUPANCY), OCCUPANCY.c.zone.is_(None))
        .values(exit_hour=_name_of(scope.hour))
    )


# --- computing ------------------------------------------------------------------------------------


def _apply_merged(
    scope: _Scope,
    survivors: Mapping[str, str],
    changes: _Changes,
    *,
    trusts_caches: bool,
    added: Mapping[AdmittedScan, str] | None,
) -> None:
    """Apply the scans of people with merged registrations as those of the surviving ones.

    Args:
        scope: the event.
        survivors: the surviving registration of each of their ids.
        changes: what is to be written.
        trusts_caches: as of `_apply_scans`.
        added: the scans that were stored since the last refresh.
    """
    families: dict[str, list[str]] = defaultdict(list)
    for id_, survivor in survivors.items():
        families[survivor].append(id_)
    of_survivors = None if added is None else as_survivors(survivors, added)
    for some in repository.chunks(sorted(families), _FAMILIES):
        ids = [id_ for survivor in some for id_ in families[survivor]]
        rows = scope.presences(ids)
        _apply_scans(
            scope, ids, rows, changes, trusts_caches=trusts_caches, added=of_survivors, survivors=survivors
        )


def as_survivors(
    survivors: Mapping[str, str], scans: Mapping[AdmittedScan, str] | Iterable[AdmittedScan]
) -> dict[AdmittedScan, str]:
    """Return scans as those of the surviving registrations, each with the id of its row if that is known."""
    ids = scans if isinstance(scans, Mapping) else dict.fromkeys(scans, "")
    return {
        replace(scan, participant_id=survivors.get(scan.participant_id, scan.participant_id)): id_
        for scan, id_ in ids.items()
    }


def _apply_added(
    scope: _Scope,
    people: Sequence[str],
    presences: Sequence[Row[Any]],
    changes: _Changes,
    added: Mapping[AdmittedScan, str],
) -> list[str]:
    """Apply new scans to what is stored of each person. Return the people for whom the whole log is needed."""
    new: dict[str, list[AdmittedScan]] = {person: [] for person in people}
    for scan in added:
        if scan.participant_id in new:
            new[scan.participant_id].append(scan)
    stored: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in presences:
        stored[row.participant_id].append(row)
    in_order = [person for person in people if _are_later(new[person], stored[person])]
    scan_ids = dict(added)
    before = _resume(scope, [row for person in in_order for row in stored[person]], scan_ids, new)
    folded = {
        (person, zone): result
        for person in in_order
        for zone, result in person_in_zones(new[person], before[person], scope.hour).items()
    }
    rows = {(row.participant_id, row.zone): row for person in in_order for row in stored[person]}
    for person in in_order:
        zones = [row.zone for row in stored[person] if row.direction is Direction.ENTRY]
        last_ms = max((row.at_ms for row in stored[person]), default=0)
        flows.count_crossings(changes.flows, crossings(new[person], zones, scope.hour, last_ms))
    for key, result in folded.items():
        _change_presence(key, result, rows.get(key), scan_ids, changes)
    _change_inside(folded, rows, changes)
    for result in folded.values():
        for earlier, later in result.conflicts:
            _open_conflict(scope, earlier, later, scan_ids, changes)
    return [person for person in people if person not in set(in_order)]


def _are_later(scans: Sequence[AdmittedScan], stored: Sequence[Row[Any]]) -> bool:
    """Return True if all these scans follow all those that the presences were computed from."""
    if any(row.direction is Direction.ENTRY and row.entered_by_id is None for row in stored):
        return False  # stored before the entry was
    last = max(((row.at_ms, row.device_id, row.sequence) for row in stored), default=None)
    return last is None or all((scan.at_ms, scan.device_id, scan.sequence) > last for scan in scans)


def _resume(
    scope: _Scope,
    stored: Sequence[Row[Any]],
    scan_ids: dict[AdmittedScan, str],
    new: Mapping[str, Sequence[AdmittedScan]],
) -> dict[str, dict[str, PersonInZone]]:
    """Return the stored results by person and zone; add the entries that they rest on to `scan_ids`.

    The station of such an entry is read only where the person enters the zone again: it matters for a conflict alone.
    """
    entering = {
        (scan.participant_id, scan.zone)
        for scans in new.values()
        for scan in scans
        if scan.direction is Direction.ENTRY
    }
    inside = [row for row in stored if row.direction is Direction.ENTRY]
    again = [row.entered_by_id for row in inside if (row.participant_id, row.zone) in entering]
    devices = repository.scanners(scope.work, scope.tenant_id, again) if again else {}
    results: dict[str, dict[str, PersonInZone]] = defaultdict(dict)
    for row in stored:
        entry = None
        if row.direction is Direction.ENTRY:
            device = devices.get(row.entered_by_id, "")
            entry = AdmittedScan(0, device, 0, Direction.ENTRY, row.zone, row.participant_id)
            scan_ids[entry] = row.entered_by_id
        last = AdmittedScan(
            row.at_ms, row.device_id, row.sequence, row.direction, row.zone, row.participant_id
        )
        results[row.participant_id][row.zone] = PersonInZone(
            last, row.entries, (), row.entered_at_ms, row.left_others_at_ms, entry
        )
    return results


def _apply_scans(
    scope: _Scope,
    people: Sequence[str],
    presences: Sequence[Row[Any]],
    changes: _Changes,
    *,
    trusts_caches: bool,
    added: Mapping[AdmittedScan, str] | None = None,
    survivors: Mapping[str, str] = MappingProxyType({}),
) -> None:
    session = scope.work.session
    pending_writes.execute(session)  # the new rows of the log
    scan_ids = repository.admitted_scans(session, scope.tenant_id, scope.event_id, people)
    if survivors:
        scan_ids = as_survivors(survivors, scan_ids)
    by_person = _by_person(scan_ids)
    wanted = set(people)
    stored = {(row.participant_id, row.zone): row for row in presences if row.participant_id in wanted}
    _change_flows(scope, people, by_person, stored.values(), changes, added)
    folded = dict.fromkeys(stored, _NOWHERE)  # where every passage was annulled since
    for person, scans in by_person.items():
        folded |= {(person, zone): result for zone, result in person_in_zones(scans, hour=scope.hour).items()}
    for key, result in folded.items():
        is_merged = survivors.get(key[0], key[0]) != key[0]
        _change_presence(key, result, stored.get(key), scan_ids, changes, is_merged=is_merged)
    _change_inside(folded, stored, changes)
    _change_conflicts(
        scope, people, folded, scan_ids, changes, may_have_some=bool(stored) or not trusts_caches
    )


def _by_person(scans: Iterable[AdmittedScan]) -> dict[str, set[AdmittedScan]]:
    by_person: dict[str, set[AdmittedScan]] = defaultdict(set)
    for scan in scans:
        by_person[scan.participant_id].add(scan)
    return by_person


def _change_flows(
    scope: _Scope,
    people: Sequence[str],
    now: Mapping[str, set[AdmittedScan]],
    stored: Iterable[Row[Any]],
    changes: _Changes,
    added: Mapping[AdmittedScan, str] | None,
) -> None:
    """Add the crossings that follow from all scans of these people, and take away those that followed before.

    Who is inside as it is stored has not left with everybody yet, though the hour may have come since.
    """
    hour = scope.hour
    inside = {row.participant_id for row in stored if row.direction is Direction.ENTRY}
    if added is None and changes.before is None:
        changes.flows_are_known = False
        return
    for person in people:
        scans = now.get(person, set())
        before = changes.before.get(person, set()) if changes.before is not None else scans - set(added or ())
        hour_before = replace(hour, until_ms=0) if hour is not None and person in inside else hour
        flows.count_crossings(changes.flows, crossings(before, hour=hour_before), by=-1)
        flows.count_crossings(changes.flows, crossings(scans, hour=hour))


def _change_presence(
    key: PersonZone,
    person: PersonInZone,
    stored: Row[Any] | None,
    scan_ids: Mapping[AdmittedScan, str],
    changes: _Changes,
    *,
    is_merged: bool = False,
) -> None:
    last = person.last
    values: dict[str, Any] = {
        "direction": Direction.EXIT,
        "entries": 0,
        "entered_at_ms": 0,
        "left_others_at_ms": 0,
        "entered_by_id": None,
    }
    if is_merged:  # older than any scan: stations take the newest row of all ids of a person
        values |= {"at_ms": 0, "device_id": "", "sequence": 0}
    if last is not None:
        values = {
            "direction": last.direction,
            "at_ms": last.at_ms,
            "device_id": last.device_id,
            "sequence": last.sequence,
            "entries": person.entries,
            "entered_at_ms": person.entered_at_ms,
            "left_others_at_ms": person.left_others_at_ms,
            "entered_by_id": None if person.entered_by is None else scan_ids[person.entered_by],
        }
    if stored is None:
        changes.new[PRESENCE].append({"participant_id": key[0], "zone": key[1], **values})
    elif any(getattr(stored, name) != value for name, value in values.items()):
        changes.changed[PRESENCE].append((stored.id, values))


def _change_inside(
    folded: Mapping[PersonZone, PersonInZone], stored: Mapping[PersonZone, Row[Any]], changes: _Changes
) -> None:
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for (who, zone), person in folded.items():
        row = stored.get((who, zone))
        was = row is not None and row.direction is Direction.ENTRY
        before[who] += was
        after[who] += person.inside
        if zone:
            changes.inside[zone] += person.inside - was
    for who, zones in after.items():
        changes.inside[None] += (zones > 0) - (before[who] > 0)


def _change_conflicts(
    scope: _Scope,
    people: Sequence[str],
    folded: Mapping[PersonZone, PersonInZone],
    scan_ids: Mapping[AdmittedScan, str],
    changes: _Changes,
    *,
    may_have_some: bool,
) -> None:
    conflicts = {
        scan_ids[later]: (earlier, later) for person in folded.values() for earlier, later in person.conflicts
    }
    if not conflicts and not may_have_some:
        return  # a conflict has two passages, and the first of them left a presence
    query = _of_people(CONFLICTS, scope.work.dialect.name)
    rows = scope.fetch(query, people=dump_values(people))
    stored = {row.later_id: row for row in rows if row.kind is ConflictKind.DOUBLE_ENTRY}
    for later_id, (earlier, later) in conflicts.items():
        if later_id not in stored:
            _open_conflict(scope, earlier, later, scan_ids, changes)
    for later_id, row in stored.items():
        values: dict[str, Any] = {}
        if later_id in conflicts:
            earlier, later = conflicts[later_id]
            values = {"earlier_id": scan_ids[earlier], "other_device_id": earlier.device_id}
            values |= {"at_ms": later.at_ms, "until_ms": later.at_ms, "scans": 1}
        update_of_row = recording.changes_of(scope.work, row, values, upheld=later_id in conflicts)
        if update_of_row:
            changes.changed[CONFLICTS].append((row.id, update_of_row))
            changes.events += recording.moved(scope.event_id, row, update_of_row)


def _open_conflict(
    scope: _Scope,
    earlier: AdmittedScan,
    later: AdmittedScan,
    scan_ids: Mapping[AdmittedScan, str],
    changes: _Changes,
) -> None:
    """Add the row of a double entry; the later scan is what it is about."""
    fold = ConflictFold(
        ConflictKind.DOUBLE_ENTRY,
        scan_ids[later],
        ReasonCode.ALREADY_INSIDE,
        scan_ids[later],
        later.device_id,
        later.participant_id,
        later.zone,
        later.at_ms,
        later.at_ms,
    )
    row = recording.new_row(scope.work, fold)
    row |= {"earlier_id": scan_ids[earlier], "other_device_id": earlier.device_id}
    changes.new[CONFLICTS].append(row)
    changes.events.append(recording.opened(scope.event_id, row))


# --- counting and writing -----------------------------------------------------------------------


def _current(stored: Mapping[str | None, Row[Any]]) -> Counts:
    return {zone: (row.current, row.capacity) for zone, row in stored.items()}


def _counted(scope: _Scope) -> dict[str | None, int]:
    """Return the counts that follow from the presences."""
    c, session = PRESENCE.c, scope.work.session
    inside = (*scope.of(PRESENCE), c.direction == Direction.ENTRY)
    zones = session.execute(select(c.zone, func.count()).where(*inside, c.zone != "").group_by(c.zone))
    counts: dict[str | None, int] = {zone: count for zone, count in zones}  # noqa: C416 - rows are no pairs to mypy
    everybody = session.scalar(select(func.count(c.participant_id.distinct())).where(*inside))
    return counts | ({None: everybody} if everybody else {})


def _count(scope: _Scope, changes: _Changes) -> Counts:
    stored = scope.counts
    after = _current(stored)
    if not changes.flows_are_known:
        flows.mark_incomplete(scope.work, scope.key)
    elif None not in stored or stored[None].flows_complete:
        flows.write_later(scope.work, scope.key, changes.flows)
    for zone, by in changes.inside.items():
        row = stored.get(zone)
        if row is None:
            changes.new[OCCUPANCY].append(
                {
                    "zone": zone,
                    "current": by,
                    "flows_complete": changes.flows_are_known,
                    "exit_hour": "" if zone is not None else _name_of(scope.hour),
                }
            )
            after[zone] = (by, None)
        elif by:
            changes.changed[OCCUPANCY].append((row.id, {"current": row.current + by}))
            after[zone] = (row.current + by, row.capacity)
    return after


def _write(scope: _Scope, changes: _Changes) -> None:
    """Write the changes with new numbers of the feed, before the commit."""
    session = scope.work.session
    session.info[_WRITTEN] = True
    tables = (PRESENCE, CONFLICTS, OCCUPANCY)
    count = sum(len(changes.new[table]) + len(changes.changed[table]) for table in tables)
    if not count:
        return
    numbers = iter(range(change_feed.advance(session, scope.tenant_id, scope.event_id, count), 2**63))
    shared = {"tenant_id": scope.tenant_id, "event_id": scope.event_id, **scope.work.timestamps()}
    for table in tables:
        rows = [
            {"id": scope.work.new_id(), **values, "feed_seq": next(numbers)} for values in changes.new[table]
        ]
        insert_later(session, table, rows, shared)
        _update(
            scope,
            table,
            [(id_, {**values, "feed_seq": next(numbers)}) for id_, values in changes.changed[table]],
        )
    if changes.events:
        domain_events.emit(scope.work, scope.tenant_id, *changes.events)


def _update(scope: _Scope, table: Table, changed: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Update rows by id; rows with the same columns go in one statement."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    now = scope.work.now()
    for id_, values in changed:
        alike[tuple(values)].append(
            {"the_tenant": scope.tenant_id, "the_id": id_, "updated_at": now, **values}
        )
    for rows in alike.values():
        # The columns to set are taken from the rows' keys.
        pending_writes.add(scope.work.session, partial(_execute, _UPDATES[table], rows))


def _execute(statement: Update, rows: list[dict[str, Any]], connection: Connection) -> None:
    connection.execute(statement, rows if len(rows) > 1 else rows[0])
