"""The pause after a hub refused requests that an older one does not know."""

from datetime import timedelta

import pytest

from hub_sync.client.http.errors import HubRefused, StationLocked, StationRevoked, StationUnknown
from hub_sync.client.sync.refusal_pause import REFUSED_PAUSE_S, RefusalPause
from hub_sync.contract.clock import ManualClock
from tests.support.builders.event import NOON


def test_it_ends_after_its_time() -> None:
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
