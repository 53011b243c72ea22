from pathlib import Path

import pytest

from tests.bench.turnstile.hour import Venue, run_hour
from tests.support.speedups.forked_hub_process import ForkedHubProcess


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_hour_of_sixty_people_with_outages_a_jam_and_a_replugged_relay_loses_nothing(
    tmp_path: Path,
) -> None:
    figures = run_hour(tmp_path, people=60, factor=150.0, venue=Venue(hub=ForkedHubProcess))
    assert figures["broken"] == []
    assert figures["green"] > 50
    assert figures["passages"]["PASSED"]
    assert figures["refused"]["participant_cancelled"]
    assert figures["green_with_a_stuck_turnstile"]
