"""The seats of an event and those who wait for them, from one look at the rows under the lock of the event's feed.

Nothing is counted beside the rows: a counter that somebody forgets to change is never the truth (Eventra PR 19007). Whoever changes what is
counted holds the lock of the feed: registrations and changes of participants, the event's capacity, and all that is done here.

A registration takes a seat while it is approved, or pending and not on the waitlist. One on the waitlist takes the seats that it accepted,
and so does one that was on it, unless its place was taken back (`TAKEN_BACK`): that one counts as if it had never had a place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, func, not_, or_, select, union_all

from hub_sync.contract.enums import EventStatus, ParticipantStatus, WaitlistStatus
from hub_sync.contract.sync import BLOCKED
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants.service import SEATED, Participant, email_key
from hub_sync.hub.domains.waitlist.configuration import find_settings
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.domains.waitlist.tables import (
    PromotionOutcome,
    WaitlistDoorSeat,
    WaitlistEntry,
    WaitlistPromotion,
    WaitlistSettings,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.waitlist.entries import Obstacle, WaitingEntry
from hub_sync.rules.waitlist.holds import hold_until
from hub_sync.rules.waitlist.promotion import PromotionPlan, PromotionPolicy, WhyCode, plan_promotion
from hub_sync.rules.waitlist.seats import FreeSeats, lists_for

_P, _E, _O, _D = Participant, WaitlistEntry, WaitlistPromotion, WaitlistDoorSeat
TAKEN_BACK = "TAKEN_BACK"
"""Why a place ended whose person has the seat again that was given up for it."""
_SEATS = case(
    (or_(_E.id.is_(None), _E.end_reason == TAKEN_BACK), 1),
    (and_(_P.status == ParticipantStatus.APPROVED, _E.seats_accepted == 0), 1),
    else_=_E.seats_accepted,
)
_TAKEN: Any = (
    select(_P.category, func.sum(_SEATS).label("seats"))
    .outerjoin(_E, and_(_E.tenant_id == _P.tenant_id, _E.participant_id == _P.id))
    .where(
        _P.tenant_id == bindparam("t"),
        _P.event_id == bindparam("e"),
        _P.deleted_at.is_(None),
        _P.status.in_(sorted(SEATED)),
    )
    .group_by(_P.category)
)
_OFFERED: Any = (
    select(_O.category, func.sum(_O.seats).label("seats"))
    .where(
        _O.tenant_id == bindparam("t"),
        _O.event_id == bindparam("e"),
        _O.outcome == PromotionOutcome.OPEN,
    )
    .group_by(_O.category)
)
_HAS_SEAT = and_(_P.id.is_not(None), _P.deleted_at.is_(None), _P.status.in_(sorted(SEATED)))
_AT_DOOR: Any = (
    select(
        _D.category,
        func.sum(case((and_(_D.entry_id.is_(None), not_(_HAS_SEAT)), 1), else_=-1)).label("seats"),
    )
    .outerjoin(_P, and_(_P.tenant_id == _D.tenant_id, _P.id == _D.holder_id))
    .where(
        _D.tenant_id == bindparam("t"),
        _D.event_id == bindparam("e"),
        _D.returned_at.is_(None),
        or_(and_(_D.entry_id.is_(None), not_(_HAS_SEAT)), and_(_D.entry_id.is_not(None), _HAS_SEAT)),
    )
    .group_by(_D.category)
)
"""Seats that nobody has and a gate may give are held. One that was given is the entry's, and no longer its person's."""
_HELD: Any = union_all(_OFFERED, _AT_DOOR)
_REGISTERED: Any = select(_P.id, _P.email).where(
    _P.tenant_id == bindparam("t"),
    _P.event_id == bindparam("e"),
    _P.deleted_at.is_(None),
    _P.status == ParticipantStatus.APPROVED,
    _P.email.is_not(None),
)
"""Whoever has a seat, by the address: to look for each of 10,000 addresses alone took 10 s without statistics of the table."""
_WAITING: Any = (
    select(
        _E.id,
        _E.participant_id,
        _E.priority,
        _E.joined_at,
        _E.party_size,
        _E.seats_accepted,
        _E.category,
        _E.skips,
        _E.collecting_since,
        _E.collect_from,
        _P.status,
        _P.standing,
        _P.deleted_at,
        _P.email,
    )
    .join(_P, and_(_P.tenant_id == _E.tenant_id, _P.id == _E.participant_id))
    .where(
        _E.tenant_id == bindparam("t"),
        _E.event_id == bindparam("e"),
        _E.status == WaitlistStatus.WAITING,
    )
)


@dataclass(slots=True)
class WaitlistState:
    """All that decides about free seats, at one moment.

    Attributes:
        event: the columns of the event.
        settings: of the waitlist.
        free: the free seats.
        waiting: those who wait, as the rules know them.
        participants: the participant of each entry that waits, by the entry's id.
        policy: how seats are given out.
        hold_until: until when an offer that is made now holds; None: it is too late for one.
        now: the moment.
    """

    event: Row[Any]
    settings: WaitlistSettings
    free: FreeSeats
    waiting: list[WaitingEntry]
    participants: dict[str, str]
    policy: PromotionPolicy
    hold_until: datetime | None
    now: datetime

    def plan(self) -> PromotionPlan:
        """Return who is offered what now."""
        return plan_promotion(self.waiting, self.free, self.policy, self.now)

    def plan_for(self, capacity: int | None) -> PromotionPlan:
        """Return who would be offered what if the event had another capacity: by the same function."""
        return plan_promotion(self.waiting, self.free.with_capacity(capacity), self.policy, self.now)


def lock(work: Work, key: FeedKey) -> None:
    """Lock the event's seats until the transaction ends.

    Raises:
        EventNotFound: 404.
    """
    work.session.flush()
    try:
        change_feed.lock(work.session, key)
    except LookupError:
        raise EventNotFound from None


def read_state(work: Work, key: FeedKey, *, if_free: bool = False) -> WaitlistState | None:
    """Return the state of an event's waitlist; None: it has no settings.

    Args:
        work: the transaction.
        key: tenant and event.
        if_free: leave those who wait out if no seat is free, for whoever only gives seats out.

    Raises:
        EventNotFound: 404.
    """
    event = events.read(work, *key)
    settings = find_settings(work, key)
    if settings is None:
        return None
    now = work.now()
    until = hold_until(now, last_moment(event, settings), timedelta(minutes=settings.hold_minutes))
    free = read_free(work, key, event.capacity, settings.quotas)
    entries = read_waiting(work, key) if free.total or not if_free else ()
    return WaitlistState(
        event=event,
        settings=settings,
        free=free,
        waiting=[entry for entry, _ in entries],
        participants={entry.id: participant_id for entry, participant_id in entries},
        policy=PromotionPolicy(
            settings.party_rule,
            timedelta(minutes=settings.collect_minutes),
            _stop(work, key, event, settings, until),
        ),
        hold_until=until,
        now=now,
    )


def last_moment(event: Any, settings: WaitlistSettings) -> datetime:
    """Return the last moment at which an offer could be used."""
    starts_at: datetime = event.starts_at
    return starts_at - timedelta(minutes=settings.last_offer_minutes)


def read_free(work: Work, key: FeedKey, capacity: int | None, quotas: dict[str, int]) -> FreeSeats:
    """Return the free seats: the capacity without what is taken or held, from the rows."""
    bound = {"t": key.tenant_id, "e": key.event_id}
    used, of_quota = 0, dict.fromkeys(quotas, 0)
    for row in (*work.fetch_all(_TAKEN, bound), *work.fetch_all(_HELD, bound)):
        seats = int(row.seats or 0)
        used += seats
        if row.category in of_quota:
            of_quota[row.category] += seats
    return FreeSeats(capacity, used, quotas, of_quota)


def seats_used(work: Work, key: FeedKey, category: str) -> int:
    """Return how many seats are taken or held of those that somebody of this category may have.

    Raises:
        EventNotFound: 404.
    """
    return _used(free_of_event(work, key), category)


def has_seat_again(work: Work, key: FeedKey, category: str, used_before: int) -> bool:
    """Return True if somebody of this category can have a seat, or if the event is then no fuller than it was.

    Args:
        work: a writing transaction, with the lock of the event's seats.
        key: tenant and event.
        category: the participant's.
        used_before: the result of `seats_used` while the person had a seat.
    """
    free = free_of_event(work, key)
    return free.by_list()[lists_for(category, free.quotas)[0]] > 0 or _used(free, category) < used_before


def free_of_event(work: Work, key: FeedKey) -> FreeSeats:
    """Return the free seats of an event, by its capacity and its waitlist's quotas.

    Raises:
        EventNotFound: 404.
    """
    settings = find_settings(work, key)
    quotas = {} if settings is None else settings.quotas
    return read_free(work, key, events.read(work, *key).capacity, quotas)


def _used(free: FreeSeats, category: str) -> int:
    return free.used_of_quota[category] if category in free.quotas else free.used


def read_waiting(work: Work, key: FeedKey) -> Sequence[tuple[WaitingEntry, str]]:
    """Return all entries that wait, each with its participant's id."""
    bound = {"t": key.tenant_id, "e": key.event_id}
    rows = work.fetch_all(_WAITING, bound)
    registered: dict[str, str] = {}
    if any(row.email for row in rows):
        registered = {email_key(each.email): each.id for each in work.fetch_all(_REGISTERED, bound)}
    return [
        (
            WaitingEntry(
                row.id,
                row.priority,
                row.joined_at,
                row.party_size - row.seats_accepted,
                row.category,
                row.skips,
                row.collecting_since,
                row.collect_from,
                _obstacle(row, registered),
            ),
            row.participant_id,
        )
        for row in rows
    ]


def _obstacle(row: Row[Any], registered: Mapping[str, str]) -> Obstacle | None:
    if row.deleted_at is not None or row.status not in SEATED:
        return Obstacle.CANCELLED
    if row.standing == BLOCKED:
        return Obstacle.BLOCKED
    other = registered.get(email_key(row.email), row.participant_id) if row.email else row.participant_id
    if other != row.participant_id or (row.status is ParticipantStatus.APPROVED and not row.seats_accepted):
        return Obstacle.REGISTERED
    return None


def _stop(
    work: Work, key: FeedKey, event: Row[Any], settings: WaitlistSettings, until: datetime | None
) -> WhyCode | None:
    if not settings.is_active or event.status is EventStatus.CANCELLED:
        return WhyCode.OFF
    if not feature_flags.is_on(work, key.tenant_id, FF_WAITLIST):
        return WhyCode.OFF
    if settings.is_paused:
        return WhyCode.PAUSED
    return WhyCode.TOO_LATE if until is None else None
