"""Promotion: offers that are over end, and what is free is offered, in one transaction under the lock of the event's seats.

Whatever frees a seat comes here: a cancellation, a raised capacity, an expired or declined offer. Since all of them wait for the same lock
and count anew, no seat is offered twice (Hi.Events PR 1072).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, or_, select, update

from hub_sync.contract.enums import ParticipantStatus, WaitlistStatus
from hub_sync.contract.sync import BLOCKED
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.participants.service import SEATED, Participant
from hub_sync.hub.domains.waitlist.configuration import find_settings, is_active
from hub_sync.hub.domains.waitlist.manifest import (
    ENTRY_EXPIRED,
    ENTRY_LEFT,
    ENTRY_OFFERED,
    ENTRY_RECALLED,
    WaitlistExpired,
    WaitlistOffered,
    WaitlistWithdrawn,
)
from hub_sync.hub.domains.waitlist.notices import waiting_notices
from hub_sync.hub.domains.waitlist.seats import WaitlistState, last_moment, lock, read_state
from hub_sync.hub.domains.waitlist.tables import (
    PromotionOutcome,
    WaitlistEntry,
    WaitlistPromotion,
    WaitlistSettings,
)
from hub_sync.hub.kit.db.bulk import in_values, insert_many
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.waitlist.entries import SKIPS_A_CLASS
from hub_sync.rules.waitlist.holds import hold_until
from hub_sync.rules.waitlist.promotion import PromotionPlan, SeatOffer

_E, _O, _P, _S = WaitlistEntry, WaitlistPromotion, Participant, WaitlistSettings
_OFFERS = WaitlistPromotion.metadata.tables[WaitlistPromotion.__tablename__]
CANCELLED, REGISTERED, MERGED = "CANCELLED", "REGISTERED", "MERGED"


def promote(work: Work, key: FeedKey, trigger: str) -> list[str]:
    """End what is over, offer what is free, and return the ids of the offers. An event without a waitlist costs one query.

    Args:
        work: a writing transaction.
        key: tenant and event.
        trigger: why it is looked at now, as `manifest.TRIGGERS` names it.
    """
    work.session.flush()
    if not is_active(work, key):
        return []
    lock(work, key)
    expire_due(work, key)
    end_ineligible(work, key)
    recall_from_blocked(work, key)
    try:
        state = read_state(work, key, if_free=True)
    except EventNotFound:
        return []
    if state is None:
        return []
    plan = state.plan()
    offers = _offer(work, key, state, plan, plan.offers, trigger)
    _note_skips(work, key, plan)
    looked_at = {"evaluated_at": state.now, "look_at": min(plan.collecting.values(), default=None)}
    _update(work, _S, and_(_S.tenant_id == key.tenant_id, _S.event_id == key.event_id), looked_at)
    return offers


def offer_by_hand(work: Work, key: FeedKey, state: WaitlistState, offer: SeatOffer, trigger: str) -> str:
    """Offer seats to one entry out of its turn, and return the offer's id. The caller has checked that they are free."""
    (id_,) = _offer(work, key, state, state.plan(), [offer], trigger)
    return id_


def expire_due(work: Work, key: FeedKey) -> int:
    """End offers that nobody accepted in time; return how many.

    An offer whose message has not gone out yet is held: otherwise a mail account with a wrong password would let one offer after
    another run out unheard. It ends nevertheless at the last moment at which it could be used.
    """
    late = and_(_O.outcome == PromotionOutcome.OPEN, _O.hold_until < work.now())
    here = and_(_O.tenant_id == key.tenant_id, _O.event_id == key.event_id)
    ids = list(work.session.scalars(select(_O.id).where(here, late)))
    unheard = sorted(waiting_notices(work, key, ids)) if ids else []
    until = _deferred(work, key) if unheard else None
    if until is not None:
        _update_ids(work, _O, key, unheard, {"hold_until": until})
    return end_offers(work, key, late, PromotionOutcome.EXPIRED) if ids else 0


def _deferred(work: Work, key: FeedKey) -> datetime | None:
    """Return until when an offer is held that nobody could hear of, as long as one that is made now; None: it is too late."""
    settings = find_settings(work, key)
    if settings is None:
        return None
    last = last_moment(events.read(work, *key), settings)
    return hold_until(work.now(), last, timedelta(minutes=settings.hold_minutes))


def end_offers(work: Work, key: FeedKey, condition: Any, outcome: PromotionOutcome) -> int:
    """End open offers as EXPIRED or UNDELIVERED, with their entries; return how many."""
    query = (
        select(_O.id, _O.seats, _O.entry_id, _E.participant_id, _E.seats_accepted)
        .join(_E, and_(_E.tenant_id == _O.tenant_id, _E.id == _O.entry_id))
        .where(_O.tenant_id == key.tenant_id, _O.event_id == key.event_id, condition)
        .order_by(_O.hold_until, _O.id)
    )
    rows = work.connection.execute(query).all()
    if not rows:
        return 0
    decided = {"outcome": outcome, "decided_at": work.now()}
    _update_ids(work, _O, key, [row.id for row in rows], decided)
    end_entries(work, key, rows, WaitlistStatus.EXPIRED)
    _record_ended(work, key, rows, ENTRY_EXPIRED, outcome)
    return len(rows)


def end_entries(
    work: Work, key: FeedKey, rows: Sequence[Row[Any] | Any], status: WaitlistStatus, reason: str = ""
) -> None:
    """End entries. A party that was split and has seats already keeps them: it wants no more.

    Args:
        work: the transaction.
        key: tenant and event.
        rows: with `entry_id` and `seats_accepted`.
        status: of entries without a seat.
        reason: why, if it wasn't their persons' doing.
    """
    over = {"ended_at": work.now(), "end_reason": reason, "collecting_since": None}
    without = [row.entry_id for row in rows if not row.seats_accepted]
    _update_ids(work, _E, key, without, over | {"status": status})
    some = [row.entry_id for row in rows if row.seats_accepted]
    _update_ids(
        work, _E, key, some, over | {"status": WaitlistStatus.ACCEPTED, "party_size": _E.seats_accepted}
    )


def end_ineligible(work: Work, key: FeedKey) -> int:
    """Take entries off the list whose registration does not want a seat any more, or has one; return how many.

    Who accepted and later cancelled is off the list, and the offer can't be used again (pretix#1163).
    """
    gone = or_(_P.deleted_at.is_not(None), _P.status.not_in(sorted(SEATED)))
    approved = and_(_P.status == ParticipantStatus.APPROVED, _E.seats_accepted == 0)
    on_list = _E.status.in_((WaitlistStatus.WAITING, WaitlistStatus.OFFERED))
    query = (
        select(
            _E.id.label("entry_id"),
            _E.participant_id,
            _E.party_size,
            _E.seats_accepted,
            _P.status.label("registration"),
            _P.deleted_at,
        )
        .join(_P, and_(_P.tenant_id == _E.tenant_id, _P.id == _E.participant_id))
        .where(
            _E.tenant_id == key.tenant_id,
            _E.event_id == key.event_id,
            or_(
                and_(on_list, or_(gone, approved)),
                and_(_E.status == WaitlistStatus.ACCEPTED, gone),
            ),
        )
    )
    rows = work.connection.execute(query).all()
    registered = [row for row in rows if row.deleted_at is None and row.registration in SEATED]
    left = [row for row in rows if row not in registered]
    if not rows:
        return 0
    end_open_offers(work, key, [row.entry_id for row in rows])
    ids = [row.entry_id for row in left]
    values = {"status": WaitlistStatus.WITHDRAWN, "seats_accepted": 0, "ended_at": work.now()}
    _update_ids(work, _E, key, ids, values | {"end_reason": CANCELLED, "collecting_since": None})
    # Approved without an offer: the person has one seat, and a party waits for the others.
    whole = [row.entry_id for row in registered if row.party_size == 1]
    values = {"status": WaitlistStatus.ACCEPTED, "seats_accepted": 1, "ended_at": work.now()}
    _update_ids(work, _E, key, whole, values | {"end_reason": REGISTERED})
    parties = [row.entry_id for row in registered if row.party_size > 1]
    _update_ids(work, _E, key, parties, {"status": WaitlistStatus.WAITING, "seats_accepted": 1})
    logged = {
        row.entry_id: {
            "event_id": key.event_id,
            "participant_id": row.participant_id,
            "end_reason": CANCELLED,
        }
        for row in left
    }
    audit.record_many(work, key.tenant_id, ENTRY_LEFT, logged)
    withdrawn = [
        WaitlistWithdrawn(
            entity_id=row.entry_id,
            event_id=key.event_id,
            participant_id=row.participant_id,
            reason=CANCELLED,
        )
        for row in left
    ]
    if withdrawn:
        domain_events.emit(work, key.tenant_id, *withdrawn)
    return len(rows)


def recall_from_blocked(work: Work, key: FeedKey) -> int:
    """Withdraw the offers to people who were blocked since; return how many.

    Their places wait on and are skipped: whoever is blocked by mistake loses no place.
    """
    query = (
        select(_O.id, _O.seats, _O.entry_id, _E.participant_id)
        .join(_E, and_(_E.tenant_id == _O.tenant_id, _E.id == _O.entry_id))
        .join(_P, and_(_P.tenant_id == _E.tenant_id, _P.id == _E.participant_id))
        .where(
            _O.tenant_id == key.tenant_id,
            _O.event_id == key.event_id,
            _O.outcome == PromotionOutcome.OPEN,
            _P.standing == BLOCKED,
        )
    )
    rows = work.connection.execute(query).all()
    if not rows:
        return 0
    ids = [row.entry_id for row in rows]
    end_open_offers(work, key, ids)
    _update_ids(work, _E, key, ids, {"status": WaitlistStatus.WAITING})
    _record_ended(work, key, rows, ENTRY_RECALLED, PromotionOutcome.WITHDRAWN)
    return len(rows)


def _record_ended(
    work: Work, key: FeedKey, rows: Sequence[Any], action: AuditAction, outcome: PromotionOutcome
) -> None:
    """Write audit rows and domain events of offers that ended without their people's doing; rows with `id`, entry, person and seats."""
    logged = {
        row.entry_id: {
            "event_id": key.event_id,
            "participant_id": row.participant_id,
            "seats": row.seats,
            "outcome": outcome.value,
        }
        for row in rows
    }
    audit.record_many(work, key.tenant_id, action, logged)
    expired = [
        WaitlistExpired(
            entity_id=row.entry_id,
            event_id=key.event_id,
            participant_id=row.participant_id,
            promotion_id=row.id,
            seats=row.seats,
        )
        for row in rows
    ]
    domain_events.emit(work, key.tenant_id, *expired)


def end_open_offers(work: Work, key: FeedKey, entry_ids: Sequence[str]) -> None:
    """Withdraw the open offers of entries."""
    condition = and_(
        _O.tenant_id == key.tenant_id,
        _O.outcome == PromotionOutcome.OPEN,
        in_values(_O.entry_id, entry_ids, work.dialect),
    )
    _update(work, _O, condition, {"outcome": PromotionOutcome.WITHDRAWN, "decided_at": work.now()})


def _offer(
    work: Work,
    key: FeedKey,
    state: WaitlistState,
    plan: PromotionPlan,
    offers: Sequence[SeatOffer],
    trigger: str,
) -> list[str]:
    """Store offers with their audit rows and domain events; return their ids."""
    if not offers or state.hold_until is None:
        return []
    until: datetime = state.hold_until
    rows: list[dict[str, Any]] = [
        {"id": work.new_id(), "entry_id": each.entry_id, "seats": each.seats, "category": each.category}
        for each in offers
    ]
    shared = {
        "tenant_id": key.tenant_id,
        "event_id": key.event_id,
        "hold_until": until,
        "trigger": trigger,
        "outcome": PromotionOutcome.OPEN,
        "delivered_at": None,
        "decided_at": None,
        **work.timestamps(),
    }
    insert_many(work.session, _OFFERS, rows, shared)
    values = {"status": WaitlistStatus.OFFERED, "collecting_since": None}
    _update_ids(work, _E, key, [each.entry_id for each in offers], values)
    positions = {id_: number for number, id_ in enumerate(plan.order, start=1)}
    logged = {
        each.entry_id: {
            "event_id": key.event_id,
            "participant_id": state.participants[each.entry_id],
            "seats": each.seats,
            "seat_category": each.category,
            "hold_until": until.isoformat(),
            "trigger": trigger,
            "position": positions[each.entry_id],
            "of": len(positions),
        }
        for each in offers
    }
    audit.record_many(work, key.tenant_id, ENTRY_OFFERED, logged)
    offered = [
        WaitlistOffered(
            entity_id=each.entry_id,
            event_id=key.event_id,
            participant_id=state.participants[each.entry_id],
            promotion_id=row["id"],
            seats=each.seats,
            hold_until=until,
            trigger=trigger,
        )
        for each, row in zip(offers, rows, strict=True)
    ]
    domain_events.emit(work, key.tenant_id, *offered)
    change_feed.advance_for_pull(work.session, *key)
    return [row["id"] for row in rows]


def _note_skips(work: Work, key: FeedKey, plan: PromotionPlan) -> None:
    _update_ids(work, _E, key, sorted(plan.skipped), {"skips": _E.skips + 1})
    given_up = sorted(plan.given_up)
    _update_ids(work, _E, key, given_up, {"collecting_since": None, "collect_from": _E.skips + SKIPS_A_CLASS})
    started = and_(_E.collecting_since.is_(None), _E.tenant_id == key.tenant_id)
    if plan.collecting:
        condition = and_(started, in_values(_E.id, sorted(plan.collecting), work.dialect))
        _update(work, _E, condition, {"collecting_since": work.now()})


def _update_ids(work: Work, table: Any, key: FeedKey, ids: Iterable[str], values: dict[str, Any]) -> None:
    wanted = list(ids)
    if wanted:
        condition = and_(table.tenant_id == key.tenant_id, in_values(table.id, wanted, work.dialect))
        _update(work, table, condition, values)


def _update(work: Work, table: Any, condition: Any, values: dict[str, Any]) -> None:
    """Update rows by one statement. Rows that the session has loaded are read anew when they are used again."""
    versioned = {"version": table.version + 1} if table is WaitlistEntry else {}
    statement = update(table).where(condition).values(**values, **versioned, updated_at=work.now())
    work.session.execute(statement.execution_options(synchronize_session=False))
    for row in work.session.identity_map.values():
        if isinstance(row, table):
            work.session.expire(row)
