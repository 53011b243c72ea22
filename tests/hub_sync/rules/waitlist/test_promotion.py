"""The plan of offers, and the reasons of everybody else."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub_sync.contract.enums import WaitlistPriority
from hub_sync.rules.waitlist.entries import SKIPS_A_CLASS, Obstacle, PartyRule, WaitingEntry, in_order
from hub_sync.rules.waitlist.promotion import (
    PromotionPlan,
    PromotionPolicy,
    WhyCode,
    plan_promotion,
)
from hub_sync.rules.waitlist.seats import FreeSeats

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SKIP, HOLD, SPLIT = (PromotionPolicy(rule, timedelta(hours=6)) for rule in PartyRule)


def entry(name: str, minute: int = 0, seats: int = 1, **members: Any) -> WaitingEntry:
    """Return an entry that joined at a minute."""
    members.setdefault("priority", WaitlistPriority.NORMAL)
    return WaitingEntry(name, joined_at=NOW + timedelta(minutes=minute), seats=seats, **members)


def seats(free: int, **members: Any) -> FreeSeats:
    """Return an event of a hundred seats with so many free."""
    return FreeSeats(100, 100 - free, **members)


def plan(
    free: int | FreeSeats, *entries: WaitingEntry, policy: PromotionPolicy = SKIP, now: datetime = NOW
) -> PromotionPlan:
    """Return the plan for so many free seats."""
    return plan_promotion(entries, seats(free) if isinstance(free, int) else free, policy, now)


def offered(result: PromotionPlan) -> list[tuple[str, int]]:
    """Return who is offered how many seats."""
    return [(offer.entry_id, offer.seats) for offer in result.offers]


def test_free_seats_promote_as_many_in_order_of_priority_then_time_then_id() -> None:
    entries = [
        entry("b", 1),
        entry("a", 1),
        entry("early"),
        entry("late high", 9, priority=WaitlistPriority.HIGH),
        entry("low", priority=WaitlistPriority.LOW),
    ]
    result = plan(3, *entries)
    assert offered(result) == [("late high", 1), ("early", 1), ("a", 1)]
    assert result.order == ["late high", "early", "a", "b", "low"]
    assert result.why["b"].code is WhyCode.FULL


def test_an_ineligible_head_of_the_line_is_marked_and_the_rest_goes_on() -> None:
    heads = [entry(obstacle.value, obstacle=obstacle) for obstacle in Obstacle]
    result = plan(1, *heads, entry("eligible", 5))
    assert offered(result) == [("eligible", 1)]
    assert {result.why[each.id].code for each in heads} == {
        WhyCode.REGISTERED,
        WhyCode.BLOCKED,
        WhyCode.CANCELLED,
    }


def test_a_party_is_skipped_and_ages_upward_until_seats_are_collected_for_it() -> None:
    party = entry("party", seats=4)
    result = plan(3, party, entry("single", 1))
    assert offered(result) == [("single", 1)]
    assert result.skipped == {"party"}
    assert result.why["party"].needed == 4
    assert result.why["party"].free == 3
    assert not plan(3, party, entry("also large", 1, seats=4)).skipped, "nobody overtook it"
    aged = entry("party", 9, seats=4, skips=SKIPS_A_CLASS)
    assert in_order([entry("earlier"), aged])[0] is aged
    result = plan(3, entry("single", 1), aged)
    assert offered(result) == []
    assert result.why["party"].code is WhyCode.COLLECTING
    assert result.why["single"].code is WhyCode.BEHIND_PARTY
    assert result.collecting == {"party": NOW + SKIP.collect_for}
    assert offered(plan(4, entry("single", 1), aged)) == [("party", 4)]


def test_seats_are_held_back_for_a_party_until_a_time() -> None:
    party = entry("party", seats=4)
    assert offered(plan(3, party, entry("single", 1), policy=HOLD)) == []
    since = entry("party", seats=4, collecting_since=NOW)
    end = NOW + HOLD.collect_for
    before = plan(3, since, entry("single", 1), policy=HOLD, now=end - timedelta(milliseconds=1))
    assert before.collecting == {"party": end}
    after = plan(3, since, entry("single", 1), policy=HOLD, now=end)
    assert offered(after) == [("single", 1)]
    assert after.given_up == {"party"}
    again = entry("party", seats=4, skips=1, collect_from=SKIPS_A_CLASS)
    assert offered(plan(3, again, entry("single", 1), policy=HOLD)) == [("single", 1)]


def test_a_party_may_be_split() -> None:
    result = plan(3, entry("party", seats=4), entry("single", 1), policy=SPLIT)
    assert offered(result) == [("party", 3)]


def test_a_party_larger_than_the_event_holds_nobody_up() -> None:
    result = plan(FreeSeats(3, 1), entry("party", seats=4), entry("single", 1), policy=HOLD)
    assert offered(result) == [("single", 1)]
    assert result.why["party"].code is WhyCode.NEVER_FITS


def test_a_seat_of_a_category_goes_to_its_list_then_to_the_general_one() -> None:
    free = seats(2, quotas={"Child": 10}, used_of_quota={"Child": 8})
    child, anybody, adult = (
        entry("child", 5, category="Child"),
        entry("anybody"),
        entry("adult", category="Adult"),
    )
    result = plan(free, child, anybody, adult)
    assert [(each.entry_id, each.category) for each in result.offers] == [
        ("anybody", "Child"),
        ("child", "Child"),
    ]
    assert result.why["adult"].code is WhyCode.FULL
    one = seats(1, quotas={"Child": 10}, used_of_quota={"Child": 9})
    assert offered(plan(one, anybody, child)) == [("child", 1)]
    general = seats(1, quotas={"Child": 10}, used_of_quota={"Child": 10})
    assert offered(plan(general, child, adult)) == [("adult", 1)]


def test_a_general_seat_kept_for_a_party_leaves_those_of_a_category() -> None:
    free = seats(3, quotas={"Child": 10}, used_of_quota={"Child": 9})
    party = entry("party", seats=4, category="Adult", collecting_since=NOW)
    result = plan(free, party, entry("adult", 1, category="Adult"), entry("child", 2, category="Child"))
    assert offered(result) == [("child", 1)]
    assert result.why["adult"].code is WhyCode.BEHIND_PARTY


def test_a_reduced_capacity_and_a_pause_stop_offers() -> None:
    assert offered(plan(FreeSeats(10, 12), entry("a"))) == []
    paused = PromotionPolicy(stop=WhyCode.PAUSED)
    result = plan(5, entry("a"), policy=paused)
    assert offered(result) == []
    assert result.why["a"].code is WhyCode.PAUSED
    assert offered(plan(FreeSeats(None, 12), entry("a", seats=50))) == [("a", 50)]


ENTRIES = st.lists(
    st.builds(
        WaitingEntry,
        st.uuids().map(str),
        st.sampled_from(WaitlistPriority),
        st.integers(0, 5).map(lambda minute: NOW + timedelta(minutes=minute)),
        st.integers(1, 5),
        st.sampled_from(["", "A", "B", "C"]),
        st.integers(0, 7),
        st.none() | st.just(NOW),
        st.none() | st.integers(0, 9),
        st.none() | st.sampled_from(Obstacle),
    ),
    max_size=12,
    unique_by=lambda each: each.id,
)


@given(
    ENTRIES,
    st.integers(0, 12),
    st.integers(0, 12),
    st.sampled_from(PartyRule),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_no_plan_offers_more_than_is_free_and_everybody_has_a_reason(
    entries: list[WaitingEntry], capacity: int, used: int, rule: PartyRule, quota_a: int, used_a: int
) -> None:
    free = FreeSeats(capacity, used, {"A": quota_a, "B": 2}, {"A": used_a})
    result = plan_promotion(entries, free, PromotionPolicy(rule), NOW + timedelta(minutes=9))
    assert sum(offer.seats for offer in result.offers) <= free.total
    for name in ("A", "B"):
        assert sum(offer.seats for offer in result.offers if offer.category == name) <= free.of_category(name)
    wanted = {each.id: each for each in entries}
    assert result.why.keys() == wanted.keys() == set(result.order)
    assert len({offer.entry_id for offer in result.offers}) == len(result.offers)
    for offer in result.offers:
        assert wanted[offer.entry_id].obstacle is None
        assert offer.seats == wanted[offer.entry_id].seats or rule is PartyRule.SPLIT
        assert result.why[offer.entry_id].code is WhyCode.NEXT
