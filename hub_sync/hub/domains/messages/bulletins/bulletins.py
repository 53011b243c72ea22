"""Bulletins: create one, say which stations have which, and record what became of them. A bulletin is a broadcast with the channel KIOSK.

Its ledger has one message a station: QUEUED until the station says that it has it (SENT), DELIVERED once it stood on the screen; when it is
over, what no station fetched is DEAD as TOO_LATE, and what was never on the screen FAILED as NOT_SHOWN. A station that was offline says later
that it did show it, and is believed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import bindparam, select

from hub_sync.contract.bulletins import (
    MAX_BULLETINS,
    NO_BULLETINS,
    BulletinList,
    BulletinReceipt,
    StationBulletin,
)
from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.contract.enums import DeviceStatus, MessageChannel, MessagePurpose, MessageStatus
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.service import DeviceSummary
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.broadcasts import broadcasts
from hub_sync.hub.domains.messages.broadcasts.broadcasts import S
from hub_sync.hub.domains.messages.bulletins.errors import (
    BulletinNobody,
    BulletinStationUnknown,
    BulletinTextMissing,
    BulletinTimesInvalid,
)
from hub_sync.hub.domains.messages.bulletins.schemas import Bulletin, NewBulletin
from hub_sync.hub.domains.messages.delivery import outbox
from hub_sync.hub.domains.messages.delivery.compose import ContentReference, OutgoingMessage
from hub_sync.hub.domains.messages.manifest import BROADCAST_STARTED, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.tables import BroadcastMessage, MessageDelivery
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.bulletins import URGENCY

SOURCE = "bulletin"
LAST_WORDS = timedelta(minutes=2)
"""The time after the end of a bulletin for which its ledger waits for stations that are online to say that they have shown it."""
_B, _D = BroadcastMessage, MessageDelivery
_OF_STATION = (
    select(_B.id, _B.version, _B.bulletin, _B.created_at)
    .join(_D, (_D.tenant_id == _B.tenant_id) & (_D.broadcast_id == _B.id))
    .where(
        _D.tenant_id == bindparam("t"),
        _D.recipient == bindparam("d"),
        _D.channel == MessageChannel.KIOSK,
        _D.event_id == bindparam("e"),
        _B.tenant_id == bindparam("t"),
        _B.status == S.SENDING,
        _B.bulletin_until > bindparam("now"),
    )
)


def create(work: Work, key: FeedKey, new: NewBulletin) -> BroadcastMessage:
    """Create a bulletin, which stations get with their next pull, at once if they are online.

    Raises:
        EventNotFound: 404. BulletinTimesInvalid, BulletinStationUnknown, BulletinNobody, BulletinTextMissing: 422.
    """
    events.check_exists(work, *key)
    now = work.now()
    if new.valid_until <= max(now, new.valid_from or now):
        raise BulletinTimesInvalid
    if new.language not in new.texts:
        raise BulletinTextMissing
    stations = devices.list_in_service(work, *key)
    if not set(new.device_ids) <= {station.id for station in stations}:
        raise BulletinStationUnknown
    chosen = [station for station in stations if is_for(new, station)]
    if not chosen:
        raise BulletinNobody
    stored = Bulletin.model_validate(new.model_dump(exclude={"title"}))
    values = {
        "title": new.title,
        "channels": [MessageChannel.KIOSK.value],
        "purpose": MessagePurpose.TRANSACTIONAL,
        "language": new.language,
        "bulletin": stored.model_dump(mode="json"),
        "bulletin_until": new.valid_until,
        "started_at": now,
    }
    broadcast = broadcasts.add(work, key, values, {})
    _enqueue(work, broadcast, chosen)
    return broadcasts.move(work, broadcast, S.SENDING, BROADCAST_STARTED)


def is_for(bulletin: Bulletin, station: DeviceSummary) -> bool:
    """Return True if a station in service is one of those that a bulletin is for."""
    if station.status is not DeviceStatus.ACTIVE:
        return False
    if station.id in bulletin.device_ids:
        return True
    if not bulletin.profiles and not bulletin.checkpoint_ids:
        return not bulletin.device_ids
    has_profile = not bulletin.profiles or station.profile in bulletin.profiles
    return has_profile and (not bulletin.checkpoint_ids or station.checkpoint_id in bulletin.checkpoint_ids)


def bulletin_of(broadcast: BroadcastMessage) -> Bulletin:
    """Return the bulletin of a broadcast that is one."""
    return Bulletin.model_validate(broadcast.bulletin)


def changed_list(work: Work, key: FeedKey, device_id: str, station_stamp: str) -> BulletinList | None:
    """Return the bulletins of an event for a station; None if it has them.

    Args:
        work: the snapshot.
        key: tenant and event.
        device_id: the station.
        station_stamp: the stamp of the list that it has, `NO_BULLETINS` for none; "": it knows no bulletins.
    """
    if not station_stamp:
        return None
    now = work.now()
    rows = work.fetch_all(_OF_STATION, {"t": key.tenant_id, "d": device_id, "e": key.event_id, "now": now})
    if rows and not feature_flags.is_on(work, key.tenant_id, FF_COMMUNICATION_HUB):
        rows = ()
    stamp = _stamp([(row.id, row.version) for row in rows])
    if stamp == station_stamp:
        return None
    bulletins = [
        _station_bulletin(row.id, Bulletin.model_validate(row.bulletin), row.created_at) for row in rows
    ]
    bulletins.sort(key=lambda each: (URGENCY[each.priority], -each.from_ms, each.id))
    return BulletinList(stamp=stamp, bulletins=tuple(bulletins[:MAX_BULLETINS]))


def record_receipts(work: Work, tenant_id: str, device_id: str, receipts: Sequence[BulletinReceipt]) -> None:
    """Record what a station says of bulletins. What it says of others than its own is left out."""
    by_id = {receipt.id: receipt for receipt in receipts}
    query = (
        select(_D)
        .where(
            _D.tenant_id == tenant_id,
            _D.recipient == device_id,
            _D.channel == MessageChannel.KIOSK,
            _D.broadcast_id.in_(by_id),
        )
        .order_by(_D.id)
        .with_for_update()
    )
    now, done = work.now(), set()
    for row in work.session.scalars(query):
        if row.broadcast_id is None:
            continue
        receipt = by_id[row.broadcast_id]
        row.sent_at = row.sent_at or _moment(receipt.stored_at_ms, row.created_at, now)
        if receipt.shown_at_ms is not None and row.status is not MessageStatus.DELIVERED:
            row.status, row.error_code = MessageStatus.DELIVERED, None
            row.settled_at = _moment(receipt.shown_at_ms, row.created_at, now)
            done.add(row.broadcast_id)
        elif row.status in outbox.WAITING:
            row.status = MessageStatus.SENT
        if receipt.answered_at_ms is not None and row.answered_at is None:
            row.answered_at = _moment(receipt.answered_at_ms, row.created_at, now)
            row.answered_by = receipt.answered_by or None
    work.session.flush()
    for broadcast_id in sorted(done):
        broadcast = work.session.get(BroadcastMessage, (tenant_id, broadcast_id))
        if broadcast is not None and broadcast.status is S.PARTIAL:  # no other is locked after its deliveries
            work.session.refresh(broadcast, with_for_update=True)
            broadcasts.complete_late(work, broadcast)


def end_if_over(work: Work, key: FeedKey, broadcast_id: str) -> bool:
    """End a bulletin whose time is over; return False while it is not."""
    broadcast = broadcasts.get_for_update(work, key, broadcast_id)
    until = broadcast.bulletin_until
    if until is None or broadcast.status not in (S.SENDING, S.PAUSED) or work.now() < until + LAST_WORDS:
        return False
    outbox.give_up_late(work, key.tenant_id, broadcast.id)
    outbox.fail_unshown(work, key.tenant_id, broadcast.id)
    broadcasts.end(work, broadcast)
    return True


def include_new_stations(uow: UnitOfWork) -> int:
    """Add stations to bulletins that are for them and were created before they came; return how many.

    A gate that is replaced during an emergency gets its bulletin, too.
    """
    with uow.look_up() as work:
        running = work.session.execute(
            select(_B.tenant_id, _B.event_id, _B.id).where(
                _B.status == S.SENDING, _B.bulletin_until > work.now()
            )
        ).all()
        waiting = [
            (FeedKey(tenant_id, event_id), broadcast_id)
            for tenant_id, event_id, broadcast_id in running
            if _newcomers(work, broadcasts.get(work, FeedKey(tenant_id, event_id), broadcast_id))
        ]
    added = 0
    for key, broadcast_id in waiting:
        with uow.begin("system") as work:
            broadcast = broadcasts.get_for_update(work, key, broadcast_id)
            newcomers = _newcomers(work, broadcast)
            if broadcast.status is S.SENDING and newcomers:
                _enqueue(work, broadcast, newcomers)
                change_feed.advance_for_pull(work.session, *key)
                added += len(newcomers)
    return added


def _newcomers(work: Work, broadcast: BroadcastMessage) -> list[DeviceSummary]:
    bulletin = bulletin_of(broadcast)
    there = set(
        work.session.scalars(
            select(_D.recipient).where(_D.tenant_id == broadcast.tenant_id, _D.broadcast_id == broadcast.id)
        )
    )
    stations = devices.list_in_service(work, broadcast.tenant_id, broadcast.event_id)
    return [station for station in stations if station.id not in there and is_for(bulletin, station)]


def _enqueue(work: Work, broadcast: BroadcastMessage, stations: Sequence[DeviceSummary]) -> None:
    messages = [
        OutgoingMessage(
            tenant_id=broadcast.tenant_id,
            channel=MessageChannel.KIOSK,
            recipient=station.id,
            purpose=broadcast.purpose,
            dedupe_key=f"broadcast:{broadcast.id}:{station.id}",
            content=ContentReference(SOURCE, {}),
            subject=broadcast.title,
            locale=broadcast.language,
            event_id=broadcast.event_id,
            broadcast_id=broadcast.id,
        )
        for station in stations
    ]
    outbox.enqueue_many(work, messages)
    outbox.hold_waiting(work, broadcast.tenant_id, broadcast.id)  # stations fetch them: nothing sends them


def _station_bulletin(broadcast_id: str, bulletin: Bulletin, created_at: datetime) -> StationBulletin:
    return StationBulletin(
        id=broadcast_id,
        priority=bulletin.priority,
        texts=dict(bulletin.texts),
        language=bulletin.language,
        from_ms=epoch_ms(bulletin.valid_from or created_at),
        until_ms=epoch_ms(bulletin.valid_until),
        wants_answer=bulletin.wants_answer,
    )


def _stamp(versions: Sequence[tuple[str, int]]) -> str:
    if not versions:
        return NO_BULLETINS
    return sha256(repr(sorted(versions)).encode()).hexdigest()[:16]


def _moment(at_ms: int, earliest: datetime, now: datetime) -> datetime:
    """Return a station's time as the hub believes it: not in the future, and not before the bulletin was there."""
    try:
        return max(earliest, min(from_epoch_ms(at_ms), now))
    except (ValueError, OverflowError, OSError):
        return now
