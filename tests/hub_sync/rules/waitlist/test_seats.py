"""Free seats of an event and of its categories, and those for sale."""

from datetime import UTC, datetime

from hub_sync.contract.enums import WaitlistPriority
from hub_sync.rules.waitlist.entries import Obstacle, WaitingEntry
from hub_sync.rules.waitlist.seats import UNLIMITED, FreeSeats, lists_for, seats_for_sale, seats_in_order

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
NORMAL = WaitlistPriority.NORMAL


def test_what_a_category_has_for_itself_is_not_general() -> None:
    free = FreeSeats(100, 90, {"Child": 10}, {"Child": 4})
    assert free.by_list() == {"": 4, "Child": 6}
    assert FreeSeats(100, 98, {"Child": 10}, {"Child": 4}).by_list() == {"": 0, "Child": 2}
    assert FreeSeats(None).by_list() == {"": UNLIMITED}
    assert free.largest_party("Child") == 10
    assert free.largest_party("") == 100
    assert FreeSeats(None).largest_party("") == UNLIMITED
    assert lists_for("", {"B": 1, "A": 1}) == ("", "A", "B")
    assert lists_for("A", {"A": 1}) == ("A",)
    assert lists_for("C", {"A": 1}) == ("",)


def test_a_freed_seat_is_not_for_sale_while_somebody_eligible_waits() -> None:
    free = FreeSeats(100, 90, {"Child": 10}, {"Child": 4})
    adult = WaitingEntry("adult", NORMAL, NOW, category="Adult")
    assert seats_for_sale(free, [adult], "") == 0
    assert seats_for_sale(free, [adult], "Child") == 6, "nobody waits who could have a child's seat"
    assert seats_for_sale(free, [WaitingEntry("anybody", NORMAL, NOW)], "Child") == 0
    blocked = WaitingEntry("blocked", NORMAL, NOW, obstacle=Obstacle.BLOCKED)
    assert seats_for_sale(free, [blocked], "") == 4


def test_seats_go_to_people_in_their_order_and_never_more_than_the_event_has() -> None:
    two_left = FreeSeats(10, 8, {"A": 5, "B": 5})
    assert seats_in_order(two_left, [], ["A", "", "B", "A", "B"]) == [True, False, True, False, False]
    waiting = [WaitingEntry("adult", NORMAL, NOW, category="Adult")]
    children_left = FreeSeats(100, 90, {"Child": 10}, {"Child": 9})
    assert seats_in_order(children_left, waiting, ["Child", "Adult", "Child"]) == [True, False, False]
    assert seats_in_order(FreeSeats(None), [], ["", "A"]) == [True, True]
