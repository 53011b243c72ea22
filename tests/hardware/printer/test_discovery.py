from pathlib import Path
from types import SimpleNamespace

from hardware.printer import PrinterAddress, PrinterChoice, list_printers


def plug(devices: Path, name: str, interface_class: str, **values: str) -> None:
    (devices / name).mkdir()
    for key, value in values.items():
        (devices / name / key).write_text(f"{value}\n")
    (devices / f"{name}:1.0").mkdir()
    (devices / f"{name}:1.0" / "bInterfaceClass").write_text(f"{interface_class}\n")


def test_printers_on_usb_queues_and_serial_ports_are_listed(tmp_path: Path) -> None:
    plug(tmp_path, "1-1.2", "07", idVendor="04b8", idProduct="0202", manufacturer="EPSON", product="TM-T20")
    plug(tmp_path, "1-1.3", "08", idVendor="0781", idProduct="5567", product="Stick")
    ports = [
        SimpleNamespace(device="/dev/ttyUSB7", vid=0x1A86, product=None, description="USB Serial"),
        SimpleNamespace(device="/dev/ttyUSB8", vid=0x1A86, product="The relay board", description=""),
        SimpleNamespace(device="/dev/ttyS0", vid=None, product=None, description="n/a"),
    ]
    choices = list_printers(
        ["/dev/ttyUSB8", ""],
        usb_devices=tmp_path,
        list_comports=lambda: ports,
        list_queues=lambda: ["Front Desk"],
    )
    assert choices == (
        PrinterChoice("escpos+usb://04b8:0202", "EPSON TM-T20"),
        PrinterChoice("cups://Front%20Desk", "Front Desk"),
        PrinterChoice("escpos+serial:///dev/ttyUSB7", "USB Serial"),
    )
    assert all(PrinterAddress.parse(choice.address) for choice in choices)


def test_two_printers_of_one_kind_are_told_apart_by_their_serial_numbers(tmp_path: Path) -> None:
    for port, serial in (("1-1", "J3T1"), ("1-2", "J3T2")):
        plug(tmp_path, port, "07", idVendor="04b8", idProduct="0202", serial=serial)
    choices = list_printers(usb_devices=tmp_path, list_comports=list, list_queues=list)
    assert [choice.address for choice in choices] == [
        "escpos+usb://04b8:0202/J3T1",
        "escpos+usb://04b8:0202/J3T2",
    ]
