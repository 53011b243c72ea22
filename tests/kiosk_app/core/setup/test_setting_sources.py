"""Where each setting of a station comes from, and which of several wins."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.client.fleet.agent import CONFIGURATION
from hub_sync.client.store import Store
from hub_sync.contract.fleet import ConfigurationRow
from kiosk_app.core.appearance import save_appearance
from kiosk_app.core.kiosk.options import options_with_defaults
from kiosk_app.core.setup.configuration import StationConfiguration, start_settings
from kiosk_app.core.setup.setting_sources import read_settings
from kiosk_app.messages import HubWish, SettingEntry, SettingSource
from kiosk_app.settings import StationSettings, load_settings
from tests.support.builders.queues import build_queue_station, queue_id
from tests.support.builders.station import build_station_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with build_station_store(tmp_path / "station") as built:
        yield built


def begun(store: Store, settings: StationSettings | None = None, **line: str) -> StationConfiguration:
    start = start_settings(store, settings or StationSettings(), **line)
    return StationConfiguration(start.settings, start.in_use(), start.fixed, modes=("gate", "kiosk"))


def want(store: Store, target: StationConfiguration, **values: object) -> None:
    row = ConfigurationRow(version=1, values=values)
    target.apply(store, row)
    store.settings.put(CONFIGURATION, row.model_dump(mode="json"))


def entries(target: StationConfiguration, store: Store) -> dict[str, SettingEntry]:
    return {entry.name: entry for entry in read_settings(target, options_with_defaults, store).entries}


def test_each_source_is_named_and_what_the_hub_wants_otherwise_with_the_reason(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "station.toml").write_text("pulse_ms = 300\n")
    target = begun(store, load_settings(tmp_path), camera="usb:3")
    want(
        store,
        target,
        language="de",
        theme="light",
        pulse_ms=900,
        camera="usb:1",
        group_gap_ms=50,
        relay="lcus",
    )
    save_appearance(store, theme="high-contrast")
    rows = entries(target, store)
    assert (rows["language"].value, rows["language"].source) == ("de", SettingSource.HUB)
    assert (rows["theme"].source, rows["theme"].wish) == (SettingSource.STATION, HubWish.CHANGED)
    assert rows["theme"].wanted == "light"
    assert (rows["pulse_ms"].value, rows["pulse_ms"].unit) == (300, "ms")
    assert (rows["pulse_ms"].source, rows["pulse_ms"].wish) == (SettingSource.MACHINE, HubWish.FIXED)
    assert (rows["camera"].value, rows["camera"].source) == ("usb:3", SettingSource.MACHINE)
    assert (rows["group_gap_ms"].value, rows["group_gap_ms"].wish) == (600, HubWish.AT_RESTART)
    assert rows["relay"].wish is HubWish.UNUSABLE
    assert (rows["volume"].source, rows["volume"].wish) == (SettingSource.DEFAULT, None)
    assert "queues" not in rows, "a gate has none"


def test_a_kiosk_names_its_queues(tmp_path: Path) -> None:
    station = build_queue_station(tmp_path / "kiosk")
    target = begun(station.store)
    want(station.store, target, queues=[queue_id("A")], idle_s=90)
    rows = entries(target, station.store)
    assert (rows["queues"].value, rows["queues"].source) == (("Queue A",), SettingSource.HUB)
    assert (rows["idle_s"].value, rows["idle_s"].source) == (90, SettingSource.HUB)
    assert rows["search"].source is SettingSource.DEFAULT
    station.store.close()
