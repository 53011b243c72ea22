"""Seats of people who did not come, given at this gate to those who wait there (`rules.waitlist.door`).

The seats are the gate's own block, so it needs no hub to give them.
"""

from collections.abc import Collection
from dataclasses import replace

from hub_sync.client.store import RosterParticipant, Store
from hub_sync.client.store.station.door import DoorBoard
from hub_sync.client.timekeeper import ClockReading
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.door import DoorSeat
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.sync import FLAGGED, SEAT_GIVEN
from hub_sync.rules.screening import join_standings
from hub_sync.rules.waitlist.door import (
    DoorTurn,
    is_open,
    next_at_door,
    seats_for,
    seats_left,
    waiting,
)
from kiosk_app.messages import DoorPlace, DoorWaitlist

SHOWN_PLACES = 50


def read_door(store: Store, event_id: str, zone: str | None, now: ClockReading) -> DoorWaitlist:
    """Return the seats that this gate may give now, and who waits for them; nothing before the minute.

    Raises:
        StoreError: the store could not be read.
    """
    if not store.access.is_active:
        return DoorWaitlist()
    board = store.door.read(event_id)
    if not is_open(board.door, epoch_ms(now.now), sure=now.sure):
        return DoorWaitlist()
    seats = _seats_left(store, event_id, zone, board)
    places = []
    for entry in waiting(board.door.entries, board.entries)[:SHOWN_PLACES]:
        person = store.roster.find(entry.participant_id)
        if person is not None:
            fits = bool(seats_for(entry, seats))
            places.append(DoorPlace(entry.id, person.id, person.name, person.code, entry.seats, fits))
    return DoorWaitlist(len(seats), tuple(places))


def find_turn(
    store: Store, event_id: str, zone: str | None, now: ClockReading, entry_id: str
) -> DoorTurn | None:
    """Return an entry with the seats that it would get; None: it can't have any here and now.

    Raises:
        StoreError: the store could not be read.
    """
    board = store.door.read(event_id)
    if not is_open(board.door, epoch_ms(now.now), sure=now.sure):
        return None
    entries = [each for each in waiting(board.door.entries, board.entries) if each.id == entry_id]
    return next_at_door(entries, _seats_left(store, event_id, zone, board))


def as_given(store: Store, event_id: str, participant: RosterParticipant) -> RosterParticipant:
    """Return a participant as this gate knows them: whoever got a seat here is approved, and their seat is another's.

    Once the hub has settled the row, the roster alone says whose seat is another's: it may have come back.

    Raises:
        StoreError: the store could not be read.
    """
    board = store.door.given(event_id)
    if participant.id in board.people:
        return with_seat(participant)
    if participant.id in board.holders and participant.standing in ("", FLAGGED):
        return replace(participant, standing=join_standings(participant.standing, SEAT_GIVEN))
    return participant


def with_seat(participant: RosterParticipant) -> RosterParticipant:
    """Return a participant who waited as one who has a seat."""
    is_pending = participant.status is ParticipantStatus.PENDING
    return replace(participant, status=ParticipantStatus.APPROVED) if is_pending else participant


def _seats_left(store: Store, event_id: str, zone: str | None, board: DoorBoard) -> list[DoorSeat]:
    return seats_left(board.door.seats, board.seats, _arrived(store, event_id, zone, board))


def _arrived(store: Store, event_id: str, zone: str | None, board: DoorBoard) -> Collection[str]:
    """Return those who have come, of the people whose seats these are, as far as this gate knows."""
    arrived = set()
    for seat in board.door.seats:
        if seat.holder_id:
            presence = store.presence.get(seat.holder_id, zone, event_id)
            if presence.entries or presence.in_venue or presence.inside:
                arrived.add(seat.holder_id)
    return arrived
