from pathlib import Path

import pytest

from tests.bench.turnstile.crowd import EXIT, JAMMED_GATE
from tests.bench.turnstile.hour import Venue, run_hour
from tests.support.speedups.forked_hub_process import ForkedHubProcess


@pytest.mark.slow
def test_an_hour_of_a_few_people_at_one_gate_and_an_exit_loses_nothing(tmp_path: Path) -> None:
    """The hour in full size is run by `packaging/run thorough` and `packaging/run bench turnstile`."""
    venue = Venue(entries=(JAMMED_GATE,), outages=((0.3, 0.5),), hub=ForkedHubProcess)
    figures = run_hour(tmp_path, people=6, factor=1_500.0, venue=venue)
    assert figures["broken"] == []
    assert figures["green"] >= 5
    assert figures["outages_s"]
    assert sum(figures["passages"].values()) >= 5
    assert Venue().gates[-1] == EXIT
