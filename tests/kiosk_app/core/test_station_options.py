"""The options of a station, over a restart."""

from pathlib import Path

import pytest

from kiosk_app.core.station_options import load_options, save_options
from kiosk_app.messages import NameDisplay, StationOptions
from tests.support.builders.station import build_station_store, reopen_store


@pytest.mark.parametrize("names", list(NameDisplay))
def test_options_outlive_a_restart(tmp_path: Path, names: NameDisplay) -> None:
    with build_station_store(tmp_path) as store:
        assert load_options(store) == StationOptions()
        save_options(store, StationOptions(names, 50, speaks=True))
    with reopen_store(tmp_path) as store:
        assert load_options(store) == StationOptions(names, 50, speaks=True)


def test_what_an_older_program_does_not_know_is_the_default(tmp_path: Path) -> None:
    with build_station_store(tmp_path) as store:
        store.settings.put("station_options", {"names": "emoji", "volume": 3, "later": 1})
        assert load_options(store) == StationOptions()
