"""A kiosk's options survive a restart, and nothing that is stored can break them."""

from dataclasses import replace
from pathlib import Path

from hub_sync.client.fleet.agent import CONFIGURATION
from hub_sync.contract.fleet import ConfigurationRow
from kiosk_app.core.kiosk.options import (
    load_kiosk_options,
    options_of_hub,
    queues_of_hub,
    read_kiosk_options,
    save_kiosk_options,
)
from kiosk_app.kiosk_messages import KioskOptions
from tests.support.builders.queues import queue_id
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


def test_what_the_hub_sets_precedes_what_staff_saved_and_its_bounds_hold(tmp_path: Path) -> None:
    values = {
        "search": True,
        "idle_warning_s": 45,
        "kiosk_notice": "Hall 2 is full",
        "queues": [queue_id("A")],
    }
    row = ConfigurationRow(version=3, values=values)
    with build_station_store(tmp_path) as store:
        save_kiosk_options(store, KioskOptions(notice="ours", idle_s=60))
        store.settings.put(CONFIGURATION, row.model_dump(mode="json"))
        expected = KioskOptions(search=True, warning_s=45, notice="Hall 2 is full", idle_s=60)
        assert load_kiosk_options(store) == expected
        assert set(options_of_hub(store)) == {"search", "warning_s", "notice"}
        assert queues_of_hub(store) == {queue_id("A")}


def test_what_is_of_the_wrong_kind_or_out_of_bounds_is_replaced() -> None:
    read = read_kiosk_options(
        {"search": "yes", "idle_s": 1, "warning_s": 5, "notice": " a\n b ", "switch_scan_s": True, "other": 1}
    )
    assert read == replace(KioskOptions(), idle_s=10, warning_s=20, notice="a b")
