"""Flows: entries and exits of each minute at each checkpoint, as a projection of the access log.

They are sums of the crossings of all people (`rules.occupancy.crossings`), so that the flows of a zone up to now add up to its
count. `projection.refresh` changes them with the counts: it adds the crossings that follow from the scans of a person now, and
takes away those that followed before. Who leaves at the hour that everybody leaves does so at no checkpoint (""). So late rows, corrected times and annulled passages move them.

Where it is not known what followed before (rows of an older version of the hub), the event's flows are marked as incomplete, and a
job computes them anew (`rebuild`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub_sync.contract.enums import Direction
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.tables import OccupancyFlow, VenueOccupancy
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.occupancy import Crossing, crossings

FLOWS: Table = OccupancyFlow.metadata.tables[OccupancyFlow.__tablename__]
OCCUPANCY: Table = VenueOccupancy.metadata.tables[VenueOccupancy.__tablename__]
MINUTE_MS = 60_000
_CHUNK = 1_000


class Place(NamedTuple):
    """A zone ("": the venue), a minute since 1970 and a checkpoint."""

    zone: str
    minute: int
    checkpoint_id: str


FlowChanges = Counter[tuple[Place, Direction]]
"""How many entries and exits more (or fewer) there are."""


def count_crossings(changes: FlowChanges, crossed: Iterable[Crossing], by: int = 1) -> None:
    """Count crossings into `changes`; `by` -1 takes them away."""
    for crossing in crossed:
        place = Place(crossing.zone, crossing.at_ms // MINUTE_MS, crossing.checkpoint_id)
        changes[place, crossing.direction] += by


def write_later(work: Work, key: FeedKey, changes: FlowChanges) -> None:
    """Add the changes to the stored flows, before the commit at the latest."""
    rows = list(_rows(key, changes))
    if rows:
        pending_writes.add(work.session, lambda connection: _add(connection, rows))


def mark_incomplete(work: Work, key: FeedKey) -> None:
    """Mark the event's flows as incomplete; the job computes them anew."""
    _set_complete(work, key, is_complete=False)


def rebuild(work: Work, key: FeedKey) -> None:
    """Compute the flows of an event from its access log alone, and mark them as complete.

    Raises:
        LookupError: the event has no feed.
    """
    change_feed.lock(work.session, key)
    pending_writes.execute(work.session)
    changes: FlowChanges = Counter()
    scans, hour = repository.admitted_by_person(work.session, key), events.find_exit_all(work, key)
    survivors = participants.all_survivors(work.session, key)
    of_several: dict[str, set[AdmittedScan]] = defaultdict(set)
    for person, theirs in groupby(scans, key=lambda scan: scan.participant_id):
        if person in survivors:  # of a person with merged registrations
            of_several[survivors[person]] |= {
                replace(scan, participant_id=survivors[person]) for scan in theirs
            }
        else:
            count_crossings(changes, crossings(theirs, hour=hour))
    for all_of_person in of_several.values():
        count_crossings(changes, crossings(all_of_person, hour=hour))
    c, connection = FLOWS.c, work.session.connection()
    connection.execute(delete(FLOWS).where(c.tenant_id == key.tenant_id, c.event_id == key.event_id))
    _add(connection, list(_rows(key, changes)))
    _set_complete(work, key, is_complete=True)


def find_incomplete(work: Work) -> list[FeedKey]:
    """Return the events whose flows are incomplete."""
    o = VenueOccupancy
    query = select(o.tenant_id, o.event_id).where(o.zone.is_(None), o.flows_complete.is_(False))
    return [FeedKey(*row) for row in work.session.execute(query)]


def _set_complete(work: Work, key: FeedKey, *, is_complete: bool) -> None:
    o = OCCUPANCY.c
    statement = (
        update(OCCUPANCY)
        .where(o.tenant_id == key.tenant_id, o.event_id == key.event_id, o.zone.is_(None))
        .values(flows_complete=is_complete)
    )
    pending_writes.add(work.session, lambda connection: connection.execute(statement))


def _rows(key: FeedKey, changes: FlowChanges) -> Iterator[dict[str, Any]]:
    for place in sorted({place for (place, _direction), by in changes.items() if by}):
        yield {
            "tenant_id": key.tenant_id,
            "event_id": key.event_id,
            **place._asdict(),
            "entries": changes[place, Direction.ENTRY],
            "exits": changes[place, Direction.EXIT],
        }


def _add(connection: Connection, rows: list[dict[str, Any]]) -> None:
    statement = _upsert(connection.dialect)
    for start in range(0, len(rows), _CHUNK):
        connection.execute(statement, rows[start : start + _CHUNK])


@cache
def _upsert(dialect: Dialect) -> Any:
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    statement = insert(FLOWS).values({column.name: bindparam(column.name) for column in FLOWS.c})
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=list(FLOWS.primary_key.columns),
        set_={"entries": FLOWS.c.entries + new.entries, "exits": FLOWS.c.exits + new.exits},
    )


def sum_of_flows(work: Work, key: FeedKey) -> dict[str, int]:
    """Return the number of people inside each zone ("": the venue) that follows from the flows; a check of the counts."""
    c = FLOWS.c
    query = (
        select(c.zone, func.sum(c.entries - c.exits))
        .where(c.tenant_id == key.tenant_id, c.event_id == key.event_id)
        .group_by(c.zone)
    )
    return {zone: int(count) for zone, count in work.session.execute(query)}


class FlowRow(NamedTuple):
    """Entries and exits of a minute (since 1970) at a checkpoint."""

    minute: int
    checkpoint_id: str
    entries: int
    exits: int


@dataclass(frozen=True, slots=True)
class FlowSpan:
    """The flows of a zone within a span, and the number of people inside at its beginning."""

    rows: Sequence[FlowRow]
    inside_before: int


def read_flows(work: Work, key: FeedKey, zone: str, first: int, end: int, current: int) -> FlowSpan:
    """Return the flows of a zone ("": the venue) from minute `first` to before `end`; `current` is its count now."""
    f = OccupancyFlow
    of_zone = (f.tenant_id == key.tenant_id, f.event_id == key.event_id, f.zone == zone)
    query = (
        select(f.minute, f.checkpoint_id, f.entries, f.exits)
        .where(*of_zone, f.minute >= first, f.minute < end)
        .order_by(f.minute)
    )
    since = select(func.coalesce(func.sum(f.entries - f.exits), 0)).where(*of_zone, f.minute >= first)
    rows = [FlowRow(*row) for row in work.session.execute(query)]
    return FlowSpan(rows, current - int(work.session.scalar(since) or 0))


def flow_bounds(work: Work, key: FeedKey) -> tuple[int, int] | None:
    """Return the first and the last minute with a flow, or None."""
    f = OccupancyFlow
    query = select(func.min(f.minute), func.max(f.minute)).where(
        f.tenant_id == key.tenant_id, f.event_id == key.event_id, f.zone == ""
    )
    first, last = work.session.execute(query).one()
    return None if first is None else (first, last)


def flows_are_complete(work: Work, key: FeedKey) -> bool:
    """Return False while the event's flows are to be computed anew."""
    o = VenueOccupancy
    query = select(o.flows_complete).where(
        o.tenant_id == key.tenant_id, o.event_id == key.event_id, o.zone.is_(None)
    )
    return work.session.scalar(query) is not False
