"""Editions: an event becomes one, gets another number, is taken out; and the place of an event in its series.

A number is stable. A series counts up and gives none twice by itself: the row of a deleted event stays, and what is taken out leaves a gap.
By hand, a number may be chosen that no living event has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Select, select

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.series.editions.schemas import EditionChanges, NewEdition
from hub_sync.hub.domains.series.editions.series import get_series, get_series_for_update
from hub_sync.hub.domains.series.editions.settings import Value, read_settings
from hub_sync.hub.domains.series.editions_manifest import (
    EDITION_ADDED,
    EDITION_REMOVED,
    EDITION_RENUMBERED,
    EditionAdded,
    EditionRemoved,
)
from hub_sync.hub.domains.series.errors import (
    EditionChanged,
    EditionNotFound,
    EditionNumberTaken,
    EventInSeries,
)
from hub_sync.hub.domains.series.tables import EventEdition, EventSeries
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events

_E = EventEdition


@dataclass(frozen=True, slots=True)
class EditionSummary:
    """An edition with its event, as lists of a series show it; `starts_at` and `ends_at` in UTC."""

    id: str
    series_id: str
    number: int
    event_id: str
    occurs_on: str | None
    operation_id: str | None
    version: int
    name: str
    slug: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    capacity: int | None
    status: EventStatus
    participants: int = 0


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """The place of an event in its series. `previous` and `next` are its neighbours by start; None: there is none."""

    series: EventSeries
    edition: EditionSummary
    previous: EditionSummary | None
    next: EditionSummary | None


def editions_of(tenant_id: str, series_id: str) -> Select[EventEdition]:
    """Return the query of the editions of a series whose events are not deleted."""
    living = events.events_of(tenant_id).with_only_columns(events.Event.id)
    return select(_E).where(_E.tenant_id == tenant_id, _E.series_id == series_id, _E.event_id.in_(living))


def list_editions(
    work: Work, tenant_id: str, series_id: str, *, counts_people: bool = False
) -> list[EditionSummary]:
    """Return the editions of a series with their events, by start; deleted events are left out.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        series_id: the series.
        counts_people: True: with the numbers of participants; otherwise those are 0.
    """
    event = events.Event
    columns = ("name", "slug", "starts_at", "ends_at", "time_zone", "capacity", "status")
    own = ("id", "series_id", "number", "event_id", "occurs_on", "operation_id", "version")
    query = (
        select(*(getattr(_E, name) for name in own), *(getattr(event, name) for name in columns))
        .join(event, (event.tenant_id == _E.tenant_id) & (event.id == _E.event_id))
        .where(_E.tenant_id == tenant_id, _E.series_id == series_id, event.deleted_at.is_(None))
        .order_by(event.starts_at, _E.number)
    )
    rows = work.session.execute(query).all()
    people = participants.counts(work, tenant_id, [row.event_id for row in rows]) if counts_people else {}
    return [EditionSummary(**row._asdict(), participants=people.get(row.event_id, 0)) for row in rows]


def find_place(work: Work, tenant_id: str, event_id: str) -> SeriesPlace | None:
    """Return the place of an event in its series, or None: it is of none."""
    edition = find_edition_by_event(work, tenant_id, event_id)
    if edition is None:
        return None
    summaries = list_editions(work, tenant_id, edition.series_id)
    around = [None, *summaries, None]
    for (before, own), (_, after) in pairwise(pairwise(around)):
        if own is not None and own.event_id == event_id:
            return SeriesPlace(get_series(work, tenant_id, edition.series_id), own, before, after)
    return None


def get_edition(work: Work, tenant_id: str, series_id: str, edition_id: str) -> EventEdition:
    """Return an edition of a series; not one of a deleted event.

    Raises:
        EditionNotFound: 404.
    """
    edition = work.session.scalar(editions_of(tenant_id, series_id).where(_E.id == edition_id))
    if edition is None:
        raise EditionNotFound
    return edition


def add_edition(work: Work, tenant_id: str, series_id: str, new: NewEdition) -> EventEdition:
    """Make an event an edition of a series.

    Raises:
        SeriesNotFound, EventNotFound: 404. EventInSeries, EditionNumberTaken: 409.
    """
    series = get_series_for_update(work, tenant_id, series_id)
    events.check_live(work, tenant_id, new.event_id)
    other = find_edition_by_event(work, tenant_id, new.event_id)
    if other is not None:
        raise EventInSeries(series=get_series(work, tenant_id, other.series_id).name, number=other.number)
    baseline = settings_of_event(work, tenant_id, new.event_id)
    return insert_edition(work, series, new.event_id, new.number, baseline=baseline)


def settings_of_event(work: Work, tenant_id: str, event_id: str) -> dict[str, Value]:
    """Return the settings of an event that changes with a scope may change.

    Raises:
        EventNotFound: 404.
    """
    checkpoints = check_in.list_checkpoints(work, tenant_id, event_id)
    return read_settings(events.get(work, tenant_id, event_id), checkpoints)


def insert_edition(
    work: Work, series: EventSeries, event_id: str, number: int | None = None, **values: Any
) -> EventEdition:
    """Insert an edition into a locked series, with the next number unless there is one.

    Raises:
        EditionNumberTaken: 409.
    """
    number = series.next_number if number is None else number
    _free_number(work, series, number)
    edition = EventEdition(
        tenant_id=series.tenant_id,
        id=work.new_id(),
        series_id=series.id,
        event_id=event_id,
        number=number,
        version=1,
        **values,
    )
    work.session.add(edition)
    series.next_number = max(series.next_number, number + 1)
    work.session.flush()
    audit.record(work, series.tenant_id, EDITION_ADDED, edition.id, after=_audited(edition))
    added = EditionAdded(entity_id=edition.id, event_id=event_id, series_id=series.id, number=number)
    domain_events.emit(work, series.tenant_id, added)
    return edition


def renumber_edition(
    work: Work,
    tenant_id: str,
    series_id: str,
    edition_id: str,
    changes: EditionChanges,
    if_version: IfVersion = None,
) -> EventEdition:
    """Give an edition another number.

    Raises:
        SeriesNotFound, EditionNotFound: 404. EditionChanged: 412. EditionNumberTaken: 409.
    """
    series = get_series_for_update(work, tenant_id, series_id)
    edition = get_edition(work, tenant_id, series_id, edition_id)
    check_version(edition.version, if_version, EditionChanged)
    if edition.number == changes.number:
        return edition
    before = _audited(edition)
    _free_number(work, series, changes.number)
    edition.number = changes.number
    edition.version += 1
    series.next_number = max(series.next_number, changes.number + 1)
    work.session.flush()
    audit.record(work, tenant_id, EDITION_RENUMBERED, edition.id, before=before, after=_audited(edition))
    return edition


def remove_edition(
    work: Work, tenant_id: str, series_id: str, edition_id: str, if_version: IfVersion = None
) -> None:
    """Take an event out of its series. The event stays, and its number is not given again by itself.

    Raises:
        SeriesNotFound, EditionNotFound: 404. EditionChanged: 412.
    """
    get_series_for_update(work, tenant_id, series_id)
    edition = get_edition(work, tenant_id, series_id, edition_id)
    check_version(edition.version, if_version, EditionChanged)
    delete_edition(work, edition)


def delete_edition(work: Work, edition: EventEdition) -> None:
    """Delete the row of an edition; its event stays."""
    work.session.delete(edition)
    work.session.flush()
    audit.record(work, edition.tenant_id, EDITION_REMOVED, edition.id, before=_audited(edition))
    removed = EditionRemoved(
        entity_id=edition.id,
        event_id=edition.event_id,
        series_id=edition.series_id,
        number=edition.number,
    )
    domain_events.emit(work, edition.tenant_id, removed)


def load_events(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    """Return what `expand=event` adds to editions, by the ids of the editions: their event, and its number of participants."""
    ids = [row.event_id for row in rows]
    people = participants.counts(work, tenant_id, ids)
    by_id = {row.id: row for row in events.list_of_ids(work, tenant_id, ids)}
    names = ("name", "slug", "starts_at", "ends_at", "time_zone", "capacity", "status")
    return {
        row.id: {name: getattr(by_id[row.event_id], name) for name in names}
        | {"participants": people.get(row.event_id, 0)}
        for row in rows
        if row.event_id in by_id
    }


def find_edition_by_event(work: Work, tenant_id: str, event_id: str) -> EventEdition | None:
    """Return the edition that an event is, or None; also of a deleted event."""
    return work.session.scalar(select(_E).where(_E.tenant_id == tenant_id, _E.event_id == event_id))


def _free_number(work: Work, series: EventSeries, number: int) -> None:
    """Check that no living event has a number; the row of a deleted one makes way."""
    query = select(_E).where(_E.tenant_id == series.tenant_id, _E.series_id == series.id, _E.number == number)
    other = work.session.scalar(query)
    if other is None:
        return
    names = {row.id: row for row in events.list_of_ids(work, series.tenant_id, [other.event_id])}
    event = names.get(other.event_id)
    if event is not None and event.deleted_at is None:
        raise EditionNumberTaken(number=number, event=event.name)
    work.session.delete(other)
    work.session.flush()


def _audited(edition: EventEdition) -> dict[str, Any]:
    return {name: getattr(edition, name) for name in ("series_id", "event_id", "number", "occurs_on")}
