"""A kiosk's options survive a restart, and nothing that is stored can break them."""

from dataclasses import replace
from pathlib import Path

from kiosk_app.core.kiosk.options import load_kiosk_options, read_kiosk_options, save_kiosk_options
from kiosk_app.kiosk_messages import KioskOptions
from tests.support.builders.station import build_station_store, reopen_store


def test_options_are_there_after_a_restart(tmp_path: Path) -> None:
    options = replace(
        KioskOptions(), search=True, idle_s=60, notice="Badges at the blue desk", out_of_service=True
    )
    with build_station_store(tmp_path) as store:
        assert load_kiosk_options(store) == KioskOptions()
        save_kiosk_options(store, options)
    with reopen_store(tmp_path) as store:
        assert load_kiosk_options(store) == options


def test_what_is_of_the_wrong_kind_or_out_of_bounds_is_replaced() -> None:
    read = read_kiosk_options(
        {"search": "yes", "idle_s": 1, "warning_s": 5, "notice": " a\n b ", "switch_scan_s": True, "other": 1}
    )
    assert read == replace(KioskOptions(), idle_s=10, warning_s=20, notice="a b")
