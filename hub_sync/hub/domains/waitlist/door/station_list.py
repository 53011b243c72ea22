"""The list of the door that a gate pulls: its own block of seats, and those who wait, in their order."""

import hashlib

from sqlalchemy import bindparam, select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.door import MAX_DOOR_ENTRIES, MAX_DOOR_SEATS, NO_DOOR, DoorEntry, DoorList, DoorSeat
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.waitlist.configuration import find_settings
from hub_sync.hub.domains.waitlist.door.leases import door_times, is_near
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.domains.waitlist.seats import read_waiting
from hub_sync.hub.domains.waitlist.tables import WaitlistDoorSeat, WaitlistSettings
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.waitlist.entries import in_order
from hub_sync.rules.waitlist.seats import lists_for

_D, _S = WaitlistDoorSeat, WaitlistSettings
_OPEN = select(_S.door_minute).where(
    _S.tenant_id == bindparam("t"),
    _S.event_id == bindparam("e"),
    *(_S.door_minute.is_not(None), _S.is_active, _S.is_paused.is_(False)),
)
"""Every pull of a gate asks this first: as an object, the settings took a tenth of the CPU time of a pull that brings nothing."""


def changed_door_list(work: Work, key: FeedKey, device_id: str, station_stamp: str) -> DoorList | None:
    """Return the list of a gate, None if it has the same one, or knows nothing of the door ("").

    Without seats at the door the list is empty, and so is it for a gate that has none: it is not sent to one that has none either.
    """
    if not station_stamp:
        return None
    door = _read(work, key, device_id)
    return None if door.stamp == station_stamp else door


def _read(work: Work, key: FeedKey, device_id: str) -> DoorList:
    nothing = DoorList(stamp=NO_DOOR)
    if work.fetch_one(_OPEN, {"t": key.tenant_id, "e": key.event_id}) is None:
        return nothing
    settings = find_settings(work, key)
    if settings is None:
        return nothing
    event = events.read(work, *key)
    times = door_times(event, settings.door_minute)
    is_on = feature_flags.is_on(work, key.tenant_id, FF_WAITLIST)
    if times is None or not is_on or not is_near(event, settings.door_minute, work.now()):
        return nothing
    query = (
        select(_D.id, _D.holder_id, _D.category)
        .where(
            _D.tenant_id == key.tenant_id,
            _D.event_id == key.event_id,
            _D.device_id == device_id,
            _D.returned_at.is_(None),
            _D.entry_id.is_(None),
        )
        .order_by(_D.id)
        .limit(MAX_DOOR_SEATS)
    )
    seats = tuple(
        DoorSeat(id=id_, holder_id=holder_id or "", category=category)
        for id_, holder_id, category in work.connection.execute(query)
    )
    waiting = read_waiting(work, key)
    people = {entry.id: participant_id for entry, participant_id in waiting}
    ordered = in_order(entry for entry, _ in waiting if entry.obstacle is None)[:MAX_DOOR_ENTRIES]
    entries = tuple(
        DoorEntry(
            id=entry.id,
            participant_id=people[entry.id],
            seats=entry.seats,
            categories=lists_for(entry.category, settings.quotas),
        )
        for entry in ordered
    )
    door = DoorList(
        stamp="", from_ms=epoch_ms(times[0]), until_ms=epoch_ms(times[1]), seats=seats, entries=entries
    )
    stamp = hashlib.sha256(door.model_dump_json().encode()).hexdigest()[:16]
    return door.model_copy(update={"stamp": stamp})
