"""The set-up lists scanners, tries one, and keeps it."""

from pathlib import Path

import pytest

from hardware.scanner import HandScanner
from kiosk_app.core.setup.scanner_setup import load_scanner
from kiosk_app.messages import ListScanners, UseScanner
from kiosk_app.workers import scanner_commands
from kiosk_app.workers.scanner_commands import ScannerCommands
from tests.support.builders.station import build_station_store


def test_a_trial_is_not_saved_and_what_is_saved_is_read_from_now_on(tmp_path: Path) -> None:
    store, scanner = build_station_store(tmp_path), HandScanner()
    commands = ScannerCommands(scanner)
    listed = commands.execute(store, ListScanners())
    assert (listed.choices[0].address, listed.current, listed.saved) == ("keys:", "keys:", False)
    tried = commands.execute(store, UseScanner("serial:///dev/no-such-scanner"))
    assert (tried.current, tried.saved) == ("serial:///dev/no-such-scanner", False)
    assert load_scanner(store, "keys:") == "keys:"
    choice = commands.execute(store, UseScanner("keys:?layout=us", save=True))
    assert (choice.current, choice.saved, load_scanner(store, "keys:")) == (
        "keys:?layout=us",
        True,
        "keys:?layout=us",
    )
    assert scanner.profile("keys:").layout == "us"
    store.close()


def test_the_relay_boards_port_is_no_scanners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    excluded: list[tuple[str, ...]] = []

    def list_scanners(ports: tuple[str, ...]) -> tuple[()]:
        excluded.append(tuple(ports))
        return ()

    monkeypatch.setattr(scanner_commands, "list_scanners", list_scanners)
    store = build_station_store(tmp_path)
    for relay in ("lcus:/dev/ttyUSB0", "lcus:usb=1a86:7523,path=9-9", ""):
        ScannerCommands(HandScanner(), relay).execute(store, ListScanners())
    assert excluded == [("/dev/ttyUSB0",), (), ()]
    store.close()
