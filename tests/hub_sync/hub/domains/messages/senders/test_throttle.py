"""Limits hold in every window, also after the clock was set back."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_sync.hub.domains.messages.senders.throttle import Limit, Throttle

START = datetime(2026, 6, 10, tzinfo=UTC)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(0, 10), st.integers(0, 6)), max_size=40),
)
def test_no_window_holds_more_than_its_limit(count: int, seconds: int, steps: list[tuple[int, int]]) -> None:
    window = timedelta(seconds=seconds)
    throttle, now, sent = Throttle([Limit(count, window)]), START, list[datetime]()
    for wait, wanted in steps:
        now += timedelta(seconds=wait)
        number = min(wanted, throttle.allowance(now) or 0)
        throttle.spend(number, now)
        sent += [now] * number
        opens = throttle.next_at(now)
        assert (opens > now) == (throttle.allowance(now) == 0)
    for at in sent:
        assert sum(at - window < other <= at for other in sent) <= count


def test_a_clock_that_is_set_back_delays_by_one_window_at_most() -> None:
    throttle = Throttle([Limit(1, timedelta(minutes=1))], [START + timedelta(days=1)])
    assert throttle.allowance(START) == 0
    assert throttle.allowance(START + timedelta(seconds=60)) == 1


def test_without_limits_any_number_may_be_sent() -> None:
    assert Throttle([]).allowance(START) is None
