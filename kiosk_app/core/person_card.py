"""What a station knows of one person: the roster's row, scans here and elsewhere, and what the blacklist has of a walk-in."""

from datetime import datetime, timedelta

from hub_sync.client.store import JournalRow, Store
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import Direction, Passage
from hub_sync.rules.matching.normalization import region_of_time_zone
from hub_sync.rules.occupancy import NO_STATION
from hub_sync.rules.screening import is_valid_on, local_day
from hub_sync.rules.times.exit_all import ExitAll
from hub_sync.rules.times.time_zones import UnknownTimeZone
from kiosk_app.core.assignment import Assignment
from kiosk_app.messages import EarlierScan, PersonCard

LISTED_SCANS = 20


def person_card(
    store: Store, assignment: Assignment | None, participant_id: str, hour: ExitAll | None = None
) -> PersonCard:
    """Return the card of a person; one without a name if the roster does not have them, or the station is locked.

    Args:
        store: the store.
        assignment: the station's event and checkpoint.
        participant_id: the person.
        hour: the hour at which everybody leaves, if the event has one.

    Raises:
        StoreError: the store could not be read.
    """
    person = store.roster.find(participant_id) if store.access.is_active else None
    if person is None:
        return PersonCard(participant_id)
    event = store.venue.event()
    event_id = event.id if event is not None else ""
    own = [_own_scan(store, row) for row in store.journal.scans_of(person.id, event_id, LISTED_SCANS)]
    elsewhere = _scans_elsewhere(store, person.id, event_id, assignment.device_id if assignment else "")
    zone = assignment.checkpoint.zone if assignment else None
    by_scans = store.presence.get(person.id, zone, event_id)
    presence = by_scans.after(hour)
    left = []
    if by_scans.inside and not presence.inside and presence.last_at is not None:
        left.append(EarlierScan(presence.last_at, zone or "", Direction.EXIT, with_everybody=True))
    scans = sorted((*own, *elsewhere, *left), key=lambda scan: scan.at, reverse=True)
    return PersonCard(
        participant_id,
        person.name,
        person.code,
        person.category,
        inside=presence.inside,
        scans=tuple(scans[:LISTED_SCANS]),
    )


def _own_scan(store: Store, row: JournalRow) -> EarlierScan:
    record = row.record
    checkpoint = store.venue.checkpoint(record.checkpoint_id)
    return EarlierScan(
        at=_time(record.scanned_at_ms, record.clock_offset_ms),
        place=checkpoint.name if checkpoint else record.zone or "",
        direction=record.direction,
        result=record.result,
        reason=record.reason,
        taken_back=store.journal.passage_of(record.id) is Passage.NO_PASSAGE,
    )


def _scans_elsewhere(store: Store, participant_id: str, event_id: str, device_id: str) -> list[EarlierScan]:
    """Return the last admission in each zone that the hub knows of another station: it tells no more of them."""
    return [
        EarlierScan(
            from_epoch_ms(at_ms),
            zone,
            Direction(direction),
            with_everybody=by == NO_STATION and Direction(direction) is Direction.EXIT,
        )
        for _, at_ms, by, _, zone, direction, *_ in store.roster.presence_rows([participant_id], event_id)
        if by != device_id
    ]


def _time(at_ms: int, offset_ms: int | None) -> datetime:
    return from_epoch_ms(at_ms) + timedelta(milliseconds=offset_ms or 0)


def is_restricted(store: Store, assignment: Assignment | None, text: str, now: datetime) -> bool:
    """Return True if an entry that holds today is about whoever has the typed name, address or number.

    It takes some 50 ms for a text that may be one, so ask only if the roster has nobody.

    Args:
        store: the store.
        assignment: the station's event and checkpoint; None: it has none, and no list.
        text: as the operator typed it.
        now: the station's corrected time.

    Raises:
        StoreError: the list could not be read.
    """
    if assignment is None:
        return False
    zone = assignment.event.time_zone
    try:
        day = local_day(now, zone)
    except UnknownTimeZone:
        return False
    listed = store.screening.restrictions_of_text(text, region_of_time_zone(zone))
    return any(is_valid_on(day, each.valid_from, each.valid_until) for each in listed)
