"""Leases of seats at the door: each seat is one gate's alone, so that gates without the hub give none twice.

Seats are leased from a quarter of an hour before the minute on, so that a gate that is cut off by then has some. A seat comes back if its
person has come, if its gate is withdrawn, when the event is over, or when somebody else had the entry first. It is leased anew under another id.
A door that is shut (the waitlist paused or off, no minute) takes none back: a gate that is cut off goes on giving what it has.
A registration that is cancelled meanwhile leaves its seat with the gate, which may have given it: it is held, and offered to nobody else.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select, update

from hub_sync.contract.enums import CheckpointDirection, DeviceProfile, DeviceStatus, ParticipantStatus
from hub_sync.contract.sync import BLOCKED
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.waitlist.seats import WaitlistState, lock, read_state
from hub_sync.hub.domains.waitlist.tables import WaitlistDoorSeat, WaitlistEntry
from hub_sync.hub.kit.db.bulk import in_values, insert_many
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.waitlist.promotion import WhyCode
from hub_sync.rules.waitlist.seats import GENERAL, lists_for

LEAD = timedelta(minutes=15)
BLOCK = 8
"""Seats that a gate has at a time, until it has given some."""
_P, _E, _D = Participant, WaitlistEntry, WaitlistDoorSeat
_SEATS = WaitlistDoorSeat.metadata.tables[WaitlistDoorSeat.__tablename__]
_CLOSED = (WhyCode.OFF, WhyCode.PAUSED)


def door_times(event: Any, door_minute: int | None) -> tuple[datetime, datetime] | None:
    """Return from when and until when seats are given at the door; None: they are not."""
    if door_minute is None:
        return None
    return event.starts_at + timedelta(minutes=door_minute), event.ends_at


def is_near(event: Any, door_minute: int | None, now: datetime) -> bool:
    """Return True from a quarter of an hour before the minute until the end of the event."""
    times = door_times(event, door_minute)
    return times is not None and times[0] - LEAD <= now < times[1]


def lease_seats(work: Work, key: FeedKey) -> int:
    """Take back what can't be given any more, and lease the gates what they may give; return how many seats changed.

    Args:
        work: a writing transaction.
        key: tenant and event.
    """
    work.session.flush()
    try:
        lock(work, key)
        state = read_state(work, key)
    except EventNotFound:
        state = None
    seats = _open_seats(work, key)
    if state is None or state.now >= state.event.ends_at:
        return _take_back(work, key, [seat.id for seat in seats])
    gates = [
        each
        for each in devices.list_in_service(work, *key)
        if each.profile is DeviceProfile.GATE
        and each.status in (DeviceStatus.ACTIVE, DeviceStatus.LOCKED)
        and each.removed_at is None
    ]
    arrived = check_in.whereabouts_of(work, key, {seat.holder_id for seat in seats if seat.holder_id})
    served = {each.id for each in gates}
    lost = [seat.id for seat in seats if seat.device_id not in served or seat.holder_id in arrived]
    leased = Counter(seat.device_id for seat in seats if seat.id not in lost)
    taken_back = _take_back(work, key, lost)
    if state.policy.stop in _CLOSED or not is_near(state.event, state.settings.door_minute, state.now):
        return taken_back
    return taken_back + _lease(work, key, state, _able_gates(work, key, gates), leased)


def _able_gates(work: Work, key: FeedKey, gates: Sequence[devices.DeviceSummary]) -> list[str]:
    """Return the gates that can be heard of, and can give seats here: not those that serve another event or let people out only."""
    ways_out = {
        each.id
        for each in check_in.list_checkpoints(work, *key)
        if each.direction is CheckpointDirection.EXIT
    }
    able = []
    for gate in gates:
        report = gate.report or {}
        is_here = (report.get("event_id") or key.event_id) == key.event_id
        checkpoint_id = report.get("checkpoint_id") or gate.checkpoint_id
        can_give = report.get("gives_door_seats") and is_here and checkpoint_id not in ways_out
        if can_give and gate.is_online and gate.status is DeviceStatus.ACTIVE:
            able.append(gate.id)
    return able


def return_seats(work: Work, key: FeedKey, seat_ids: Sequence[str]) -> None:
    """Take seats back that a gate has given to somebody who has one already: they are leased anew."""
    _take_back(work, key, seat_ids)


def _open_seats(work: Work, key: FeedKey) -> Sequence[WaitlistDoorSeat]:
    query = select(_D).where(
        _D.tenant_id == key.tenant_id,
        _D.event_id == key.event_id,
        _D.returned_at.is_(None),
        _D.entry_id.is_(None),
    )
    return work.session.scalars(query.order_by(_D.id).execution_options(populate_existing=True)).all()


def _take_back(work: Work, key: FeedKey, seat_ids: Sequence[str]) -> int:
    if not seat_ids:
        return 0
    condition = and_(_D.tenant_id == key.tenant_id, in_values(_D.id, seat_ids, work.dialect))
    values = {"returned_at": work.now(), "entry_id": None, "fill_id": None, "given_at_ms": None}
    statement = update(_D).where(condition).values(**values, updated_at=work.now())
    work.session.execute(statement.execution_options(synchronize_session=False))
    work.session.expire_all()
    change_feed.advance_for_pull(work.session, *key)
    return len(seat_ids)


def _absent(work: Work, key: FeedKey) -> Sequence[Any]:
    """Return people with a seat who have not come, and whose seats no gate has: id, category, and how many seats they have."""
    leased = select(_D.holder_id).where(
        _D.tenant_id == key.tenant_id,
        _D.event_id == key.event_id,
        _D.returned_at.is_(None),
        _D.holder_id.is_not(None),
    )
    query = (
        select(_P.id, _P.category, _E.seats_accepted)
        .outerjoin(_E, and_(_E.tenant_id == _P.tenant_id, _E.participant_id == _P.id))
        .where(
            _P.tenant_id == key.tenant_id,
            _P.event_id == key.event_id,
            _P.deleted_at.is_(None),
            _P.status == ParticipantStatus.APPROVED,
            _P.standing != BLOCKED,
            _P.id.not_in(leased),
            check_in.presence_condition(_P.id, key, check_in.PresenceStatus.ABSENT),
        )
        .order_by(_P.id)
    )
    return work.connection.execute(query).all()


def _lease(work: Work, key: FeedKey, state: WaitlistState, gates: Sequence[str], leased: Counter[str]) -> int:
    """Lease seats in turn to the gate that has the fewest, as many as somebody waits for; return how many."""
    waiting = [entry for entry in state.waiting if entry.obstacle is None]
    wanted = min(BLOCK, sum(entry.seats for entry in waiting))
    room = sum(max(0, wanted - leased[gate]) for gate in gates)
    if not room:
        return 0
    lists = {name for entry in waiting for name in lists_for(entry.category, state.free.quotas)}
    free = _free_seats(state, lists) + _no_show_seats(work, key, state, lists, room)
    rows: list[dict[str, Any]] = []
    for holder_id, category, number in free:
        gate = min(gates, key=lambda each: (leased[each], each))
        if leased[gate] >= wanted:
            break
        leased[gate] += number
        seat = {"device_id": gate, "holder_id": holder_id, "category": category}
        rows += [{"id": work.new_id(), **seat} for _ in range(number)]
    shared = {
        "tenant_id": key.tenant_id,
        "event_id": key.event_id,
        "entry_id": None,
        "fill_id": None,
        "given_at_ms": None,
        "returned_at": None,
        **work.timestamps(),
    }
    insert_many(work.session, _SEATS, rows, shared)
    if rows:
        change_feed.advance_for_pull(work.session, *key)
    return len(rows)


def _free_seats(state: WaitlistState, lists: set[str]) -> list[tuple[str | None, str, int]]:
    """Return seats that nobody has, once it is too late to offer them."""
    if state.policy.stop is not WhyCode.TOO_LATE or state.event.capacity is None:
        return []
    by_list = state.free.by_list()
    return [(None, name, 1) for name in sorted(lists) for _ in range(by_list.get(name, 0))]


def _no_show_seats(
    work: Work, key: FeedKey, state: WaitlistState, lists: set[str], limit: int
) -> list[tuple[str | None, str, int]]:
    """Return people who have not come, each with the list and the number of their seats: a party's are leased together."""
    seats: list[tuple[str | None, str, int]] = []
    for row in _absent(work, key):
        if len(seats) >= limit:
            break
        name = row.category if row.category in state.free.quotas else GENERAL
        if name in lists:
            seats.append((row.id, name, row.seats_accepted or 1))
    return seats
