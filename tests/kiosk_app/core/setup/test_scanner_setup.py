"""The scanner of this run: the command line's, the saved one, that of the settings."""

from pathlib import Path

from hardware.scanner import ScannerAddress
from kiosk_app.core.setup.scanner_setup import load_scanner, save_scanner
from tests.support.builders.station import build_station_store


def test_the_command_line_precedes_what_was_learned_and_that_the_settings(tmp_path: Path) -> None:
    store = build_station_store(tmp_path)
    assert load_scanner(store, "keys:") == "keys:"
    learned = "evdev:///dev/input/by-id/usb-event-kbd?layout=us&suffix=cr"
    save_scanner(store, ScannerAddress.parse(learned))
    assert load_scanner(store, "keys:") == learned
    assert load_scanner(store, "keys:", scanner="serial://COM3") == "serial://COM3"
    store.settings.put("scanner", "laser:beam")
    assert load_scanner(store, "keys:") == "keys:", "an address of another version is forgotten"
    store.close()
