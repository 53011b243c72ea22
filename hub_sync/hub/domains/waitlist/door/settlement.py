"""Settlement of seats that gates gave at the door: each entry gets seats once, by the row that is earliest by corrected time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.door import DoorRecord
from hub_sync.contract.enums import ParticipantStatus, WaitlistStatus
from hub_sync.contract.sync import BLOCKED
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.domains.participants.service import SEATED, ParticipantChanges
from hub_sync.hub.domains.waitlist.door.leases import return_seats
from hub_sync.hub.domains.waitlist.entries import get
from hub_sync.hub.domains.waitlist.errors import WaitlistEntryNotFound
from hub_sync.hub.domains.waitlist.guests import seat_guests
from hub_sync.hub.domains.waitlist.manifest import ENTRY_NOT_SEATED, ENTRY_SEATED, WaitlistAccepted
from hub_sync.hub.domains.waitlist.promotion import end_open_offers, promote
from hub_sync.hub.domains.waitlist.tables import (
    PromotionOutcome,
    WaitlistDoorSeat,
    WaitlistEntry,
    WaitlistPromotion,
)
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.waitlist.door import fill_order

_D, _E = WaitlistDoorSeat, WaitlistEntry


@dataclass(frozen=True, slots=True)
class DoorFill:
    """Seats that a gate gave. `at_ms`: the true time, by the hub's clock."""

    record: DoorRecord
    at_ms: int

    @property
    def order(self) -> tuple[int, str]:
        """Return the key by which the earlier of two counts."""
        return fill_order(self.at_ms, self.record.id)


def lock_people(work: Work, key: FeedKey, records: Iterable[DoorRecord]) -> None:
    """Lock those whom rows are about, and those whose seats are given or come back: participants are locked before the feed."""
    records = list(records)
    entry_ids = sorted({record.entry_id for record in records})
    seat_ids = [id_ for record in records for id_ in record.seat_ids]
    in_entries = in_values(_E.id, entry_ids, work.dialect)
    owners = select(_E.participant_id).where(_E.tenant_id == key.tenant_id, in_entries)
    seated: Any = _D.entry_id
    concerned = or_(in_values(_D.id, seat_ids, work.dialect), in_values(seated, entry_ids, work.dialect))
    holders = select(_D.holder_id).where(_D.tenant_id == key.tenant_id, concerned)
    people = {who for query in (owners, holders) for (who,) in work.connection.execute(query) if who}
    participants.lock_many(work, *key, people)


def taken_ids(work: Work, tenant_id: str, ids: Sequence[str]) -> set[str]:
    """Return which of these ids an offer has: the first row about an entry becomes one, under its own id."""
    if not ids:
        return set()
    condition = in_values(WaitlistPromotion.id, sorted(ids), work.dialect)
    return set(
        work.session.scalars(
            select(WaitlistPromotion.id).where(WaitlistPromotion.tenant_id == tenant_id, condition)
        )
    )


def settle_fills(work: Work, key: FeedKey, fills: Sequence[DoorFill]) -> None:
    """Settle rows of a push: accept the entries, approve their registrations, and mark people whose seats were given.

    A row that was settled before changes nothing. Nothing of a row is refused: the person is inside.

    Args:
        work: the transaction of the push; those concerned are locked (`lock_people`).
        key: tenant and event.
        fills: rows of the event.

    Raises:
        LookupError: the event has no feed.
    """
    work.session.flush()
    change_feed.lock(work.session, key)
    try:
        events.read(work, *key)
    except EventNotFound:
        for fill in fills:
            _give_back(work, key, fill, "unknown")
        return
    for fill in sorted(fills, key=lambda each: each.order):
        _settle(work, key, fill)
    promote(work, key, "door")


def _settle(work: Work, key: FeedKey, fill: DoorFill) -> None:
    record = fill.record
    try:
        entry = get(work, key, record.entry_id)
        person = participants.get(work, *key, entry.participant_id)
    except (WaitlistEntryNotFound, ParticipantNotFound):
        _give_back(work, key, fill, "unknown")
        return
    before = _seats_of_entry(work, key, entry.id)
    if any(seat.fill_id == record.id for seat in before):
        return
    if before:
        _settle_twice(work, key, fill, before)
    elif entry.seats_accepted == entry.party_size:
        _give_back(work, key, fill, "registered")
    elif person.standing == BLOCKED or person.status not in SEATED:
        _give_back(work, key, fill, "refused")
    else:
        _accept(work, key, fill, entry)


def _settle_twice(work: Work, key: FeedKey, fill: DoorFill, before: Sequence[WaitlistDoorSeat]) -> None:
    """Let the earlier of two rows about one entry count; the seats of the other one come back."""
    counted = fill_order(before[0].given_at_ms or 0, before[0].fill_id or "")
    if counted < fill.order:
        _give_back(work, key, fill, "twice")
        return
    holders = [seat.holder_id for seat in before]
    return_seats(work, key, [seat.id for seat in before])
    overbooked = _take(work, key, fill)
    _mark_holders(work, key, holders)
    _log(work, key, fill, overbooked)


def _accept(work: Work, key: FeedKey, fill: DoorFill, entry: WaitlistEntry) -> None:
    record, before = fill.record, snapshot(entry)
    end_open_offers(work, key, [entry.id])
    entry = get(work, key, entry.id)
    seats = min(len(record.seat_ids), entry.party_size - entry.seats_accepted)
    entry.seats_accepted += seats
    entry.status, entry.end_reason = WaitlistStatus.WAITING, ""
    if entry.seats_accepted == entry.party_size:
        entry.status, entry.ended_at = WaitlistStatus.ACCEPTED, work.now()
    entry.collecting_since = None
    entry.version += 1
    at = from_epoch_ms(fill.at_ms)
    work.session.add(
        WaitlistPromotion(
            tenant_id=key.tenant_id,
            id=record.id,
            event_id=key.event_id,
            entry_id=entry.id,
            hold_until=at,
            seats=seats,
            category="",
            trigger="door",
            outcome=PromotionOutcome.ACCEPTED,
            delivered_at=at,
            decided_at=at,
        )
    )
    work.session.flush()
    overbooked = _take(work, key, fill)
    after = snapshot(entry) | _details(key, fill, overbooked)
    audit.record(work, key.tenant_id, ENTRY_SEATED, entry.id, before=before, after=after)
    accepted = WaitlistAccepted(
        entity_id=entry.id,
        event_id=key.event_id,
        participant_id=entry.participant_id,
        promotion_id=record.id,
        seats=seats,
    )
    domain_events.emit(work, key.tenant_id, accepted)
    approved = ParticipantChanges.model_validate({"status": ParticipantStatus.APPROVED})
    participants.update(work, *key, entry.participant_id, approved)
    seat_guests(work, key, entry.id, is_inside=True)


def _take(work: Work, key: FeedKey, fill: DoorFill) -> int:
    """Give the entry the seats of a row; return how many of them were not free any more."""
    record = fill.record
    free = [
        seat
        for seat in _seats(work, key, record.seat_ids)
        if seat.device_id == record.device_id and seat.entry_id is None and seat.returned_at is None
    ]
    holders = sorted({seat.holder_id for seat in free if seat.holder_id})
    arrived = set(check_in.whereabouts_of(work, key, holders))
    for seat in free:
        seat.entry_id, seat.fill_id, seat.given_at_ms = record.entry_id, record.id, fill.at_ms
    work.session.flush()
    _mark_holders(work, key, holders)
    return len(record.seat_ids) - sum(seat.holder_id not in arrived for seat in free)


def _mark_holders(work: Work, key: FeedKey, holder_ids: Iterable[str | None]) -> None:
    """Let those whose seats were given, or came back, get the standing that follows (`waitlist.screening`)."""
    ids = sorted({id_ for id_ in holder_ids if id_})
    for start in range(0, len(ids), participants.SCREENED_AT_ONCE):
        participants.review_people(work, key, ids[start : start + participants.SCREENED_AT_ONCE])


def _give_back(work: Work, key: FeedKey, fill: DoorFill, why: str) -> None:
    record = fill.record
    free = [
        seat.id
        for seat in _seats(work, key, record.seat_ids)
        if seat.device_id == record.device_id and seat.entry_id is None and seat.returned_at is None
    ]
    return_seats(work, key, free)
    details = _details(key, fill, 0) | {"why": why}
    audit.record(work, key.tenant_id, ENTRY_NOT_SEATED, record.entry_id, after=details)


def _log(work: Work, key: FeedKey, fill: DoorFill, overbooked: int) -> None:
    details = _details(key, fill, overbooked)
    audit.record(work, key.tenant_id, ENTRY_SEATED, fill.record.entry_id, after=details)


def _details(key: FeedKey, fill: DoorFill, overbooked: int) -> dict[str, object]:
    record = fill.record
    return {
        "event_id": key.event_id,
        "participant_id": record.participant_id,
        "seats": len(record.seat_ids),
        "device_id": record.device_id,
        "given_at": from_epoch_ms(fill.at_ms).isoformat(),
    } | ({"overbooked": overbooked} if overbooked else {})


def _seats(work: Work, key: FeedKey, seat_ids: Sequence[str]) -> Sequence[WaitlistDoorSeat]:
    query = select(_D).where(
        _D.tenant_id == key.tenant_id,
        _D.event_id == key.event_id,
        in_values(_D.id, seat_ids, work.dialect),
    )
    return work.session.scalars(query.order_by(_D.id).execution_options(populate_existing=True)).all()


def _seats_of_entry(work: Work, key: FeedKey, entry_id: str) -> Sequence[WaitlistDoorSeat]:
    query = select(_D).where(
        _D.tenant_id == key.tenant_id, _D.event_id == key.event_id, _D.entry_id == entry_id
    )
    return work.session.scalars(query.order_by(_D.id).execution_options(populate_existing=True)).all()
