"""The scanners of this machine."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from hardware.scanner import ScannerAddress, discovery
from hardware.scanner.discovery import ScannerChoice, list_scanners, stable_link


@dataclass
class Port:
    device: str
    vid: int | None = 1
    product: str | None = None
    description: str = "n/a"


def test_devices_are_named_by_links_that_stay_and_other_ports_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, relay = tmp_path / "event7", tmp_path / "ttyUSB0"
    links = tmp_path / "by-id"
    links.mkdir()
    for file in (event, relay):
        file.touch()
    (links / "usb-Scanner-event-kbd").symlink_to(event)
    monkeypatch.setattr(discovery, "_INPUT_LINKS", (str(tmp_path / "none"), str(links)))
    monkeypatch.setattr(
        discovery, "list_keyboards", lambda: [(str(event), "Zebra DS"), ("/dev/input/event9", "Netum")]
    )
    ports = [Port(str(relay)), Port("/dev/ttyACM0", product="DS2208"), Port("/dev/ttyS0", vid=None)]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: ports)
    choices = list_scanners([str(relay)])
    assert choices == (
        ScannerChoice("keys:"),
        ScannerChoice("evdev:?name=Netum", "Netum"),
        ScannerChoice(f"evdev://{links}/usb-Scanner-event-kbd", "Zebra DS"),
        ScannerChoice("serial:///dev/ttyACM0", "DS2208"),
    )
    assert all(str(ScannerAddress.parse(choice.address)) == choice.address for choice in choices)


def test_a_device_without_a_link_keeps_its_own_name(tmp_path: Path) -> None:
    assert stable_link("/dev/ttyACM0", [str(tmp_path)]) == "/dev/ttyACM0"
