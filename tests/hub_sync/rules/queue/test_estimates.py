"""How long somebody waits, as a range that is honest: unknown where nothing is known, and never shorter because a counter is slow."""

import random
from dataclasses import replace

from hub_sync.rules.queue.estimates import (
    QueueLoad,
    WaitRange,
    estimate_wait,
    samples_or_figure,
    staffed_counters,
)

STEADY = QueueLoad(ahead=10, open_counters=2, idle_counters=0, handling_s=(120.0,) * 20)


def estimate(load: QueueLoad) -> WaitRange:
    result = estimate_wait(load)
    assert result is not None
    return result


def test_nothing_is_said_without_samples_or_without_an_open_counter() -> None:
    assert estimate_wait(replace(STEADY, handling_s=(120.0,) * 4)) is None
    assert estimate_wait(replace(STEADY, open_counters=0)) is None


def test_until_enough_people_were_served_the_queues_own_figure_counts() -> None:
    assert samples_or_figure([60.0] * 5, 10) == [60.0] * 5
    by_figure = samples_or_figure([60.0] * 4, 10)
    assert min(by_figure) < 600 < max(by_figure)
    assert min(samples_or_figure([], 0)) > 0


def test_the_counters_that_somebody_opened_count_and_before_that_all_that_are_not_closed() -> None:
    assert staffed_counters("123", "", "") == {"1", "2", "3"}
    assert staffed_counters("123", "1", "") == {"1"}
    assert staffed_counters("123", "", "1") == {"2", "3"}
    assert staffed_counters("123", "1", "1") == frozenset(), "nobody knows when its break ends"
    assert staffed_counters("12", "123", "12") == frozenset()


def test_a_range_is_in_whole_minutes_around_what_the_pace_says() -> None:
    result = estimate(STEADY)
    expected_s = 11 * 120 / 2
    assert result.low_s <= expected_s <= result.high_s
    assert result.low_s % 60 == result.high_s % 60 == 0
    assert result.minutes == (result.low_s // 60, result.high_s // 60)


def test_an_idle_counter_calls_at_once() -> None:
    assert estimate(replace(STEADY, ahead=0, idle_counters=1)) == WaitRange(0, 60)


def test_a_range_grows_with_the_people_before_and_shrinks_with_open_counters() -> None:
    assert estimate(replace(STEADY, ahead=20)).high_s > estimate(STEADY).high_s
    assert estimate(replace(STEADY, open_counters=4)).high_s < estimate(STEADY).high_s


def test_somebody_who_is_served_for_long_makes_the_range_longer_and_never_shorter() -> None:
    ranges = [
        estimate(replace(STEADY, under_way_s=(elapsed, 30.0))) for elapsed in (60.0, 300.0, 900.0, 3000.0)
    ]
    assert [each.high_s for each in ranges] == sorted(each.high_s for each in ranges)
    assert ranges[-1].high_s > ranges[0].high_s


def test_a_counter_that_was_forgotten_open_is_trimmed() -> None:
    forgotten = replace(STEADY, handling_s=(*STEADY.handling_s, 7200.0))
    assert estimate(forgotten).low_s <= 11 * 120 / 2 <= estimate(forgotten).high_s


def test_a_miss_is_counted_from_the_end_of_the_range() -> None:
    wait = WaitRange(300, 600)
    assert [wait.misses_by_s(each) for each in (240.0, 300.0, 450.0, 600.0, 690.0)] == [-60.0, 0, 0, 0, 90.0]


def test_most_waits_of_a_simulated_queue_lie_inside() -> None:
    dice = random.Random(7)

    def service_s() -> float:
        return 100 * dice.lognormvariate(0, 0.5)

    inside = 0
    for _ in range(300):
        counters, ahead = dice.randint(1, 6), dice.randint(0, 40)
        load = QueueLoad(ahead, counters, 0, [service_s() for _ in range(40)])
        free_at = [service_s() * dice.random() for _ in range(counters)]
        waited = 0.0
        for _ in range(ahead + 1):
            first = free_at.index(min(free_at))
            waited = free_at[first]
            free_at[first] += service_s()
        inside += estimate(load).misses_by_s(waited) == 0
    assert inside >= 0.8 * 300
