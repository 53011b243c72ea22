"""Each fault of the field's waitlists (`spec/field/5-waitlist.md`, 5c). What two workers do at once is in `test_waitlist_machine`, on both databases."""

from datetime import timedelta

import pytest

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.sync import BLOCKED
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.blacklist import service as blacklist
from hub_sync.hub.domains.blacklist.jobs import SweepJob
from hub_sync.hub.domains.blacklist.schemas import NewBlacklistEntry
from hub_sync.hub.domains.blacklist.tables import BlacklistAttempt
from hub_sync.hub.domains.duplicates.merging.merge import MergeRequest, merge
from hub_sync.hub.domains.duplicates.merging.undo import undo
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import EventFull, RegistrationRefused
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.errors import (
    AlreadyRegistered,
    EntryOver,
    NoSeatFree,
    OfferDecided,
    OfferExpired,
    OffersOver,
    OnWaitlistAlready,
    ParticipantNotWaiting,
    PartyTooLarge,
    WaitlistFull,
    WaitlistOff,
)
from hub_sync.hub.domains.waitlist.tables import PromotionOutcome
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.hub_sync.hub.domains.waitlist.conftest import APPROVED, Waitlist
from tests.support.thorough import THOROUGH

pytestmark = pytest.mark.parametrize(
    "kind", ["sqlite", "postgresql"] if THOROUGH else ["sqlite"], indirect=True
)
OPEN = PromotionOutcome.OPEN
MS = timedelta(milliseconds=1)


def types(waitlist: Waitlist) -> list[str]:
    """Return the types of the waitlist's domain events, in their order."""
    rows = everything(waitlist.hub, StoredDomainEvent)
    return [row.type for row in sorted(rows, key=lambda row: row.id) if row.entity == "waitlist_entry"]


def test_a_cancellation_offers_the_seat_to_the_next_in_the_same_transaction(waitlist: Waitlist) -> None:
    first, second = waitlist.join("cleo"), waitlist.join("dora")
    assert waitlist.statuses(first, second) == ["WAITING", "WAITING"]
    waitlist.cancel("ada")
    assert waitlist.statuses(first, second) == ["OFFERED", "WAITING"]
    assert waitlist.used() == 2
    assert types(waitlist) == ["WaitlistJoined", "WaitlistJoined", "WaitlistOffered"]
    with waitlist.hub.uow.begin() as work:
        participants.delete(work, *waitlist.key, "ben")
    assert waitlist.statuses(second) == ["OFFERED"]


def test_as_many_seats_as_become_free_are_offered_in_the_order_of_joining_the_list(
    waitlist: Waitlist,
) -> None:
    waitlist.person("registered-first", takes_seat=False)
    late = [waitlist.join("cleo"), waitlist.join("dora")]
    last = waitlist.do(service.join, service.NewWaitlistEntry(participant_id="registered-first")).id
    waitlist.capacity(4)
    assert waitlist.statuses(*late, last) == ["OFFERED", "OFFERED", "WAITING"]
    assert waitlist.why(last) == "FULL"
    vip = waitlist.join("vip", priority="VIP")
    waitlist.capacity(5)
    assert waitlist.statuses(last, vip) == ["WAITING", "OFFERED"]


def test_a_change_of_priority_is_audited(waitlist: Waitlist) -> None:
    waitlist.join("cleo")
    second = waitlist.join("dora")
    waitlist.do(service.update, second, service.WaitlistEntryChanges.model_validate({"priority": "HIGH"}))
    (row,) = [
        row
        for row in everything(waitlist.hub, AuditLog)
        if row.entity_id == second and row.action == "update"
    ]
    assert (row.before, row.after) == (
        {"priority": "NORMAL", "version": 1},
        {"priority": "HIGH", "version": 2},
    )
    waitlist.cancel("ada")
    assert waitlist.statuses(second) == ["OFFERED"]


def test_an_ineligible_head_is_marked_and_skipped_and_the_rest_goes_on(waitlist: Waitlist) -> None:
    waitlist.person("eve", status="APPROVED", email="eve@example.org", takes_seat=False)
    twice = waitlist.join("eve-again", email="eve@example.org")
    blocked = waitlist.join("mallory")
    gone = waitlist.join("gone")
    next_id = waitlist.join("dora")
    with waitlist.hub.uow.begin() as work:
        person = participants.get(work, *waitlist.key, "mallory")
        person.standing = BLOCKED
        person.version += 1
    waitlist.cancel("gone")
    waitlist.capacity(4)
    assert waitlist.statuses(twice, blocked, gone, next_id) == ["WAITING", "WAITING", "WITHDRAWN", "OFFERED"]
    assert (waitlist.why(twice), waitlist.why(blocked)) == ("REGISTERED", "BLOCKED")


def test_who_accepted_and_cancelled_is_off_the_list_and_the_seat_goes_on_at_once(waitlist: Waitlist) -> None:
    first, second = waitlist.join("cleo"), waitlist.join("dora")
    waitlist.cancel("ada")
    offer = waitlist.offer(first)
    waitlist.do(service.accept, first, offer)
    waitlist.cancel("cleo")
    assert waitlist.statuses(first, second) == ["WITHDRAWN", "OFFERED"]
    assert waitlist.used() == 2
    with pytest.raises(OfferExpired):
        waitlist.do(service.accept, first, offer)


def test_who_is_blocked_after_the_offer_can_not_accept_it_and_waits_on(waitlist: Waitlist) -> None:
    first, second = waitlist.join("mallory", email="mallory@example.org"), waitlist.join("dora")
    waitlist.cancel("ada")
    offer = waitlist.offer(first)
    with waitlist.hub.uow.begin() as work:
        new = NewBlacklistEntry.model_validate({"kind": "email", "value": "Mallory@example.org"})
        entry = blacklist.create(work, waitlist.key.tenant_id, new)
    with pytest.raises(RegistrationRefused):
        waitlist.do(service.accept, first, offer)
    assert [row.name for row in everything(waitlist.hub, BlacklistAttempt)] == ["mallory"]
    SweepJob(waitlist.hub).run_once()
    assert waitlist.statuses(first, second) == ["WAITING", "OFFERED"]
    assert waitlist.why(first) == "BLOCKED"
    with pytest.raises(OfferExpired):
        waitlist.do(service.accept, first, offer)
    with waitlist.hub.uow.begin() as work:
        blacklist.remove(work, waitlist.key.tenant_id, entry.id)
    SweepJob(waitlist.hub).run_once()
    waitlist.capacity(3)
    assert waitlist.statuses(first) == ["OFFERED"], (
        "the place of somebody who was blocked by mistake is not lost"
    )


def test_an_offer_ends_with_the_registration_it_was_made_for(waitlist: Waitlist) -> None:
    first, second = waitlist.join("cleo"), waitlist.join("dora")
    waitlist.cancel("ada")
    offer = waitlist.offer(first)
    waitlist.cancel("cleo")
    assert waitlist.statuses(first, second) == ["WITHDRAWN", "OFFERED"]
    with pytest.raises(OfferExpired):
        waitlist.do(service.accept, first, offer)


def test_an_accept_at_the_deadline_counts_and_one_millisecond_later_it_is_gone(waitlist: Waitlist) -> None:
    first = waitlist.join("cleo")
    waitlist.capacity(3)
    offer = waitlist.offer(first)
    (row,) = waitlist.offers(OPEN)
    waitlist.clock.advance(row.hold_until - waitlist.clock.now() + MS)
    with pytest.raises(OfferExpired):
        waitlist.do(service.accept, first, offer)
    with pytest.raises(OfferExpired):
        waitlist.do(service.decline, first, offer)
    waitlist.clock.jump(-MS)
    assert waitlist.do(service.accept, first, offer).status.value == "ACCEPTED"


def test_an_expiry_offers_the_seat_to_the_next_in_the_same_transaction(waitlist: Waitlist) -> None:
    first, second = waitlist.join("cleo"), waitlist.join("dora")
    waitlist.cancel("ada")
    waitlist.clock.advance(timedelta(hours=24, seconds=1))
    assert waitlist.run_job() == 1
    assert waitlist.run_job() == 0
    assert waitlist.statuses(first, second) == ["EXPIRED", "OFFERED"]
    rows = everything(waitlist.hub, StoredDomainEvent)
    expired, offered = (
        [row for row in rows if row.type == kind][-1] for kind in ("WaitlistExpired", "WaitlistOffered")
    )
    assert expired.created_at == offered.created_at
    assert {row.action for row in everything(waitlist.hub, AuditLog) if row.entity_id == first} >= {
        "offer",
        "expire",
    }


def test_accepting_twice_is_one_seat_and_the_second_answer_is_told(waitlist: Waitlist) -> None:
    first, second = waitlist.join("cleo"), waitlist.join("dora")
    waitlist.capacity(4)
    offers = [waitlist.offer(first), waitlist.offer(second)]
    for _ in range(2):
        assert waitlist.do(service.accept, first, offers[0]).seats_accepted == 1
        assert waitlist.do(service.decline, second, offers[1]).status.value == "DECLINED"
    with pytest.raises(OfferDecided, match="accepted already"):
        waitlist.do(service.decline, first, offers[0])
    with pytest.raises(OfferDecided, match="declined already"):
        waitlist.do(service.accept, second, offers[1])
    assert waitlist.used() == 3
    with waitlist.hub.uow.read() as work:
        assert participants.get(work, *waitlist.key, "cleo").status is APPROVED


def test_a_decline_frees_at_once_and_who_leaves_or_is_removed_too(waitlist: Waitlist) -> None:
    first, second, third, fourth = map(waitlist.join, ("cleo", "dora", "emil", "fred"))
    waitlist.cancel("ada")
    waitlist.do(service.decline, first, waitlist.offer(first))
    assert waitlist.statuses(first, second) == ["DECLINED", "OFFERED"]
    waitlist.do(service.leave, second)
    assert waitlist.statuses(second, third) == ["WITHDRAWN", "OFFERED"]
    offer = waitlist.offer(third)
    waitlist.do(service.remove, third)
    assert waitlist.statuses(third, fourth) == ["REMOVED", "OFFERED"]
    assert waitlist.used() == 2, "the seat that was offered is free, and the next one's"
    with pytest.raises(OfferExpired):
        waitlist.do(service.accept, third, offer)
    with pytest.raises(EntryOver):
        waitlist.do(service.leave, third)
    waitlist.do(service.leave, fourth)
    again = waitlist.do(service.join, service.NewWaitlistEntry(participant_id="cleo"))
    assert (again.id, again.status.value) == (first, "OFFERED")


def test_no_offer_is_made_after_the_last_moment_and_none_holds_past_it(waitlist: Waitlist) -> None:
    waitlist.configure(last_offer_minutes=60)
    first, second = waitlist.join("cleo"), waitlist.join("dora")
    with waitlist.hub.uow.read() as work:
        last = events.read(work, *waitlist.key).starts_at - timedelta(hours=1)
    waitlist.clock.advance(last - timedelta(minutes=5) - waitlist.clock.now())
    waitlist.cancel("ada")
    (offer,) = waitlist.offers(OPEN)
    assert offer.hold_until == last
    waitlist.clock.advance(timedelta(minutes=6))
    waitlist.run_job()
    assert waitlist.statuses(first, second) == ["EXPIRED", "WAITING"]
    assert waitlist.why(second) == "TOO_LATE"
    with pytest.raises(OffersOver):
        waitlist.do(service.offer, second)


def test_an_offer_runs_from_its_delivery_and_one_that_bounced_passes_on(waitlist: Waitlist) -> None:
    first, second = waitlist.join("cleo"), waitlist.join("dora")
    waitlist.cancel("ada")
    offer = waitlist.offer(first)
    waitlist.clock.advance(timedelta(hours=3))
    delivered_at = waitlist.clock.now()
    assert waitlist.do(service.note_delivered, offer, delivered_at)
    (row,) = waitlist.offers(OPEN)
    assert row.hold_until == delivered_at + timedelta(hours=24)
    assert waitlist.do(service.note_undeliverable, offer)
    assert not waitlist.do(service.note_undeliverable, offer)
    assert not waitlist.do(service.note_delivered, offer, delivered_at)
    assert waitlist.statuses(first, second) == ["EXPIRED", "OFFERED"]
    assert [each.outcome for each in waitlist.offers() if each.id == offer] == [PromotionOutcome.UNDELIVERED]


def test_a_seat_of_a_category_goes_to_its_list_then_to_the_general_one_and_the_log_says_so(
    waitlist: Waitlist,
) -> None:
    waitlist.capacity(3)
    waitlist.register("kid", category="Child")
    waitlist.configure(quotas={"Child": 1})
    anybody, child = waitlist.join("cleo"), waitlist.join("dora", category="Child")
    waitlist.cancel("kid")
    assert waitlist.statuses(anybody, child) == ["WAITING", "OFFERED"]
    waitlist.do(service.decline, child, waitlist.offer(child))
    assert waitlist.statuses(anybody) == ["OFFERED"]
    (log,) = [
        row
        for row in everything(waitlist.hub, AuditLog)
        if row.entity_id == anybody and row.action == "offer"
    ]
    assert log.after is not None
    assert (log.after["seat_category"], log.after["trigger"]) == ("Child", "declined")
    waitlist.do(service.accept, anybody, waitlist.offer(anybody))
    with waitlist.hub.uow.read() as work:
        assert participants.get(work, *waitlist.key, "cleo").category == "Child"


def test_a_party_too_large_for_the_free_seats_is_skipped_and_ages(waitlist: Waitlist) -> None:
    waitlist.capacity(4)
    for name in ("c", "d"):
        waitlist.register(name)
    party = waitlist.join("party", 2)
    for name in ("e", "f", "g"):
        single = waitlist.join(name)
        waitlist.cancel(waitlist.seated.pop())
        waitlist.do(service.accept, single, waitlist.offer(single))
    assert waitlist.entry(party).skips == 3
    late = waitlist.join("late", priority="HIGH")
    waitlist.cancel(waitlist.seated.pop())
    assert (waitlist.why(party), waitlist.why(late)) == ("COLLECTING", "BEHIND_PARTY")
    waitlist.cancel("e")
    assert waitlist.statuses(party, late) == ["OFFERED", "WAITING"]


def test_seats_collected_for_a_party_are_given_out_when_the_time_is_over(waitlist: Waitlist) -> None:
    waitlist.configure(party_rule="HOLD", collect_minutes=60)
    party, single = waitlist.join("party", 2), waitlist.join("cleo")
    waitlist.cancel("ada")
    assert waitlist.why(party) == "COLLECTING"
    waitlist.clock.advance(timedelta(minutes=60))
    assert waitlist.run_job() == 1
    assert waitlist.statuses(party, single) == ["WAITING", "OFFERED"]
    assert waitlist.why(party) == "FULL"


def test_a_party_that_was_split_waits_for_the_rest_and_keeps_what_it_has(waitlist: Waitlist) -> None:
    waitlist.configure(party_rule="SPLIT")
    party = waitlist.join("party", 2)
    waitlist.cancel("ada")
    waitlist.do(service.accept, party, waitlist.offer(party))
    assert (waitlist.entry(party).status.value, waitlist.entry(party).seats_accepted) == ("WAITING", 1)
    waitlist.cancel("ben")
    waitlist.do(service.decline, party, waitlist.offer(party))
    entry = waitlist.entry(party)
    assert (entry.status.value, entry.party_size, entry.seats_accepted) == ("ACCEPTED", 1, 1)
    assert waitlist.used() == 1


def test_registration_does_not_overtake_the_list(waitlist: Waitlist) -> None:
    with pytest.raises(EventFull):
        waitlist.person("walk-in")
    first = waitlist.join("cleo")
    waitlist.configure(is_paused=True)
    waitlist.capacity(3)
    assert (waitlist.statuses(first), waitlist.why(first)) == (["WAITING"], "PAUSED")
    for status in ("PENDING", "APPROVED"):
        with pytest.raises(EventFull):
            waitlist.person("walk-in", status=status)
    with pytest.raises(EventFull), waitlist.hub.uow.begin() as work:
        participants.insert_many(work, *waitlist.key, [participants.NewParticipant(first_name="x")])
    waitlist.cancel("ada")
    with pytest.raises(EventFull):
        waitlist.cancel("ada", APPROVED)
    with pytest.raises(EventFull):
        waitlist.cancel("cleo", APPROVED)
    waitlist.configure(is_paused=False)
    assert waitlist.statuses(first) == ["OFFERED"]
    assert waitlist.person("walk-in") == "walk-in", "the second seat: nobody waits any more"
    waitlist.person("refused", status="REJECTED")
    waitlist.cancel("ben", ParticipantStatus.PENDING)


def test_an_approval_by_hand_of_somebody_with_an_offer_is_one_seat(waitlist: Waitlist) -> None:
    first = waitlist.join("cleo")
    waitlist.cancel("ada")
    waitlist.cancel("cleo", APPROVED)
    assert (waitlist.statuses(first), waitlist.used()) == (["ACCEPTED"], 2)
    assert waitlist.offers(OPEN) == []


def test_an_offer_by_hand_takes_no_seat_that_is_not_free(waitlist: Waitlist) -> None:
    waitlist.configure(party_rule="HOLD")
    party, single = waitlist.join("party", 2), waitlist.join("cleo")
    with pytest.raises(NoSeatFree):
        waitlist.do(service.offer, single)
    waitlist.cancel("ada")
    assert waitlist.why(single) == "BEHIND_PARTY"
    waitlist.do(service.offer, single)
    assert waitlist.statuses(party, single) == ["WAITING", "OFFERED"]
    assert [each.trigger for each in waitlist.offers(OPEN)] == ["manual"]
    with pytest.raises(EntryOver):
        waitlist.do(service.offer, single)


def test_the_preview_of_a_capacity_is_what_the_promotion_does(waitlist: Waitlist) -> None:
    entries = [waitlist.join("cleo"), waitlist.join("party", 2), waitlist.join("dora")]
    with waitlist.hub.uow.read() as work:
        state = service.read_state(work, waitlist.key)
        assert state is not None
        planned = [offer.entry_id for offer in state.plan_for(5).offers]
    assert waitlist.offers() == []
    waitlist.capacity(5)
    assert planned == [offer.entry_id for offer in waitlist.offers(OPEN)] == entries[:2]


def test_a_reduced_capacity_stops_offers(waitlist: Waitlist) -> None:
    first = waitlist.join("cleo")
    waitlist.capacity(1)
    waitlist.cancel("ada")
    assert waitlist.statuses(first) == ["WAITING"]
    waitlist.capacity(None)
    assert waitlist.statuses(first) == ["OFFERED"]


def test_who_may_not_join_is_told(waitlist: Waitlist) -> None:
    waitlist.configure(most_entries=1, largest_party=3)
    waitlist.join("cleo")

    def join(name: str, party_size: int = 1) -> None:
        waitlist.do(service.join, service.NewWaitlistEntry(participant_id=name, party_size=party_size))

    waitlist.person("dora", takes_seat=False)
    waitlist.person("out", status="REJECTED")
    for name, error in (
        ("cleo", OnWaitlistAlready),
        ("ada", AlreadyRegistered),
        ("dora", WaitlistFull),
        ("out", ParticipantNotWaiting),
    ):
        with pytest.raises(error):
            join(name)
    with pytest.raises(PartyTooLarge):
        join("dora", 3)  # the event has two seats
    waitlist.configure(is_active=False)
    with pytest.raises(WaitlistOff):
        join("dora")
    assert waitlist.person("walk-in"), "without a waitlist nobody is turned away"


def test_of_two_places_of_a_merged_person_the_earlier_counts(waitlist: Waitlist) -> None:
    early, other, late = waitlist.join("cleo"), waitlist.join("dora"), waitlist.join("cleo-again")
    joined_at = waitlist.entry(early).joined_at
    with waitlist.hub.uow.begin() as work:
        merged = merge(work, *waitlist.key, MergeRequest("cleo-again", "cleo"))
    assert waitlist.entry(late).joined_at == joined_at
    assert waitlist.entry(early).end_reason == "MERGED"
    waitlist.cancel("ada")
    assert waitlist.statuses(late, other) == ["OFFERED", "WAITING"]
    with waitlist.hub.uow.begin() as work:
        undo(work, waitlist.key, merged.id)
    assert waitlist.statuses(early) == ["WAITING"]


def test_the_event_called_off_ends_offers(waitlist: Waitlist) -> None:
    first = waitlist.join("cleo")
    with waitlist.hub.uow.begin() as work:
        events.update(work, *waitlist.key, EventChanges.model_validate({"status": "CANCELLED"}))
    waitlist.cancel("ada")
    assert (waitlist.statuses(first), waitlist.why(first)) == (["WAITING"], "OFF")
