"""The hub's configuration at a station: what is applied, what is not, and why; and what precedes what."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hardware.printer import PrinterAddress
from hub_sync.client.fleet.agent import CONFIGURATION
from hub_sync.client.store import Store
from hub_sync.contract.fleet import ConfigurationRow
from kiosk_app.core.appearance import Appearance, load_appearance, save_appearance
from kiosk_app.core.setup import configuration
from kiosk_app.core.setup.configuration import LiveSettings, StationConfiguration, start_settings
from kiosk_app.core.setup.mode_choice import load_mode
from kiosk_app.core.setup.printer_choice import save_printer
from kiosk_app.core.station_options import load_options, save_options
from kiosk_app.messages import AppearanceChanged, NameDisplay, StationOptions, WorkerMessage
from kiosk_app.settings import StationSettings, load_settings
from tests.support.builders.station import build_station_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with build_station_store(tmp_path / "station") as built:
        yield built


def begun(store: Store, settings: StationSettings | None = None, **line: str) -> StationConfiguration:
    """Return the configuration of a program that starts now."""
    start = start_settings(store, settings or StationSettings(), **line)
    return StationConfiguration(start.settings, start.in_use(), start.fixed, modes=("gate", "kiosk"))


def give(store: Store, target: StationConfiguration, version: int = 1, **values: Any) -> dict[str, str]:
    """Apply a configuration as the agent does; return what was not applied."""
    row = ConfigurationRow(version=version, values=values)
    answer = target.apply(store, row)
    store.settings.put(CONFIGURATION, row.model_dump(mode="json"))
    assert answer == target.not_applied(store, row)
    return dict(answer.not_applied)


def test_theme_language_names_and_volume_are_applied_at_once(store: Store) -> None:
    target, told = begun(store), list[WorkerMessage]()
    target.publish = told.append
    assert give(store, target, theme="light", language="ar", names="initials", volume=50) == {}
    assert told == [AppearanceChanged("light", "ar")]
    assert load_appearance(store, Appearance("dark", "en")) == Appearance("light", "ar")
    assert (load_options(store).names, load_options(store).volume) == (NameDisplay.INITIALS, 50)


def test_what_was_chosen_at_the_station_is_said_in_words(store: Store) -> None:
    target, wanted = begun(store), {"speaks": True, "volume": 50}
    assert give(store, target, **wanted) == {}
    save_options(store, StationOptions(speaks=False, volume=75))
    reasons = target.not_applied(store, ConfigurationRow(version=1, values=wanted)).not_applied
    assert reasons["speaks"].endswith("since: off.")
    answer = target.not_applied(store, ConfigurationRow(version=1, values=wanted | {"camera": "telepathy:0"}))
    assert answer.reasons == {"speaks": "changed", "volume": "changed", "camera": "address"}
    assert answer.actual == {"speaks": False, "volume": 75}
    assert reasons["volume"].endswith("since: 75.")


def test_a_bad_value_is_refused_with_its_reason_and_the_others_apply(store: Store) -> None:
    refused = give(store, begun(store), theme="pink", dance=1, camera="nonsense", relay="lcus", language="de")
    assert set(refused) == {"theme", "dance", "camera", "relay"}
    assert refused["dance"] == configuration.UNKNOWN
    assert "usb:" in refused["camera"]
    assert load_appearance(store, Appearance("dark", "en")).language == "de"


def test_what_holds_from_the_next_start_says_so_until_then(store: Store) -> None:
    wanted: dict[str, Any] = {
        "pulse_ms": 700,
        "camera": "usb:1",
        "mode": "kiosk",
        "printer": "escpos+tcp://192.0.2.7",
    }
    refused = give(store, begun(store), **wanted)
    assert refused == dict.fromkeys(wanted, configuration.AT_RESTART)
    again = begun(store)
    again.in_use = {**again.in_use, "mode": load_mode(store, ("gate", "kiosk"))}
    assert (again.settings.pulse_ms, again.settings.camera) == (700, "usb:1")
    assert again.not_applied(store, ConfigurationRow(version=1, values=wanted)).not_applied == {}


@dataclass
class Printing:
    """A printer that notes its addresses."""

    address_in_use: PrinterAddress | None = None
    relay: str = "/dev/ttyUSB0"

    def may_use(self, address: PrinterAddress) -> bool:
        return address.place != self.relay

    def use_from_now(self, address: PrinterAddress | None) -> None:
        self.address_in_use = address


def test_the_hubs_printer_is_used_at_once_and_the_truth_is_reported(store: Store) -> None:
    target, printing = begun(store), Printing()
    target.live = LiveSettings(printer=printing)
    wanted = "escpos+tcp://192.0.2.7:9100"
    assert give(store, target, printer=wanted) == {}
    assert printing.address_in_use == PrinterAddress.parse(wanted)
    printing.address_in_use = None  # somebody has chosen "no printer" at the station since
    save_printer(store, None)
    row = ConfigurationRow(version=1, values={"printer": wanted})
    reasons = target.not_applied(store, row).not_applied
    assert reasons == {"printer": "Somebody has changed it at the station since: no printer."}
    assert give(store, target, version=2, printer="") == {}
    of_relay = give(store, target, version=3, printer="escpos+serial:///dev/ttyUSB0")
    assert of_relay == {"printer": configuration.OTHER_DEVICE}
    assert printing.address_in_use is None


def test_a_device_of_the_command_line_is_not_taken_away_by_the_hub_while_it_runs(store: Store) -> None:
    target, printing = begun(store, printer="escpos+tcp://192.0.2.9"), Printing()
    target.live = LiveSettings(printer=printing)
    refused = give(store, target, printer="escpos+tcp://192.0.2.7", scanner="keys:")
    assert refused == {"printer": configuration.FIXED}
    assert printing.address_in_use is None


def test_a_mode_without_a_screen_is_refused(store: Store) -> None:
    assert give(store, begun(store), mode="board") == {"mode": configuration.NO_SCREEN}


def test_command_line_and_station_toml_precede_the_hub_and_the_hub_the_default(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "station.toml").write_text("theme = 'light'\npulse_ms = 300\n")
    settings = load_settings(tmp_path, camera="usb:3")
    target = begun(store, settings, camera="usb:3")
    refused = give(store, target, theme="dark", pulse_ms=900, camera="usb:1", group_gap_ms=50)
    assert refused == {
        **dict.fromkeys(("theme", "pulse_ms", "camera"), configuration.FIXED),
        "group_gap_ms": configuration.AT_RESTART,
    }
    again = begun(store, settings, camera="usb:3").settings
    assert (again.pulse_ms, again.camera, again.group_gap_ms) == (300, "usb:3", 50)


def test_what_station_toml_names_later_precedes_what_the_hub_set_before(store: Store, tmp_path: Path) -> None:
    give(store, begun(store), camera="usb:1")
    (tmp_path / "station.toml").write_text("camera = 'usb:2'\n")
    assert begun(store, load_settings(tmp_path)).settings.camera == "usb:2"


def test_a_supervisor_may_change_it_until_the_hub_wants_another_value(store: Store) -> None:
    target = begun(store)
    give(store, target, theme="light")
    save_appearance(store, theme="high-contrast")
    refused = give(store, target, version=2, theme="light", volume=25)
    assert "high-contrast" in refused["theme"], "the hub hears of it"
    assert give(store, target, version=3, theme="dark", volume=25) == {}
