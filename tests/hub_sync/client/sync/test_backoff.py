from datetime import timedelta

import pytest

from hub_sync.client.http.errors import HubRefused, StationLocked, StationRevoked, StationUnknown
from hub_sync.client.sync.backoff import BASE_S, CAP_S, REFUSED_PAUSE_S, Backoff, RefusalPause
from hub_sync.contract.clock import ManualClock
from tests.support.builders.event import NOON


def test_the_bound_doubles_up_to_a_cap_and_the_wait_is_anything_below() -> None:
    highest = Backoff(lambda: 1.0)
    waits = [highest.failed() for _ in range(10)]
    assert waits[:4] == [BASE_S, BASE_S * 2, BASE_S * 4, BASE_S * 8]
    assert waits[-1] == CAP_S
    assert Backoff(lambda: 0.0).failed() == 0.0


def test_a_success_begins_again() -> None:
    backoff = Backoff(lambda: 1.0)
    for _ in range(5):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failed() == BASE_S


def test_ten_thousand_failures_do_not_overflow() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.failed() for _ in range(10_000)][-1] == CAP_S


def test_a_pause_after_a_refusal_ends_after_its_time() -> None:
    clock = ManualClock(NOON)
    pause = RefusalPause(clock, "seals")
    assert pause.is_over
    pause.begin(HubRefused("no", "NotFound", 404))
    assert not pause.is_over
    clock.advance(timedelta(seconds=REFUSED_PAUSE_S))
    assert pause.is_over


@pytest.mark.parametrize("refusal", [StationLocked, StationRevoked, StationUnknown])
def test_the_refusal_of_a_station_itself_is_raised(refusal: type[HubRefused]) -> None:
    pause = RefusalPause(ManualClock(NOON), "seals")
    with pytest.raises(refusal):
        pause.begin(refusal("no", refusal.__name__, 403))
    assert pause.is_over
