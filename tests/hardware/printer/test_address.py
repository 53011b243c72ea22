import pytest

from hardware.printer import PagePaper, PrinterAddress, PrinterAddressError, RollPaper


@pytest.mark.parametrize(
    ("text", "place", "port"),
    [
        ("escpos+tcp://192.0.2.7", "192.0.2.7", 9100),
        ("escpos+tcp://printer.local:9101", "printer.local", 9101),
        ("escpos+tcp://[2001:db8::7]:9100?width=384", "2001:db8::7", 9100),
        ("escpos+serial:///dev/ttyUSB0?baud=9600&flow=rtscts", "/dev/ttyUSB0", 0),
        ("escpos+serial://COM3", "COM3", 0),
        ("escpos+file:///dev/usb/lp0", "/dev/usb/lp0", 0),
        ("pdf:///var/spool/My%20badges?page=86x54", "/var/spool/My badges", 0),
        ("cups://Office", "Office", 0),
        ("qt://Brother%20QL-820?page=card", "Brother QL-820", 0),
    ],
)
def test_an_address_names_a_place(text: str, place: str, port: int) -> None:
    address = PrinterAddress.parse(text)
    assert (address.place, address.port) == (place, port)


def test_a_usb_printer_is_named_by_vendor_and_product() -> None:
    assert PrinterAddress.parse("escpos+usb://04b8:0202").usb == (0x04B8, 0x0202)
    assert PrinterAddress.parse("escpos+usb://04B8:0202/J3T1").place == "J3T1"


def test_the_paper_follows_from_the_options() -> None:
    assert PrinterAddress.parse("escpos+tcp://h?width=384").paper == RollPaper(384, 203)
    assert PrinterAddress.parse("escpos+tcp://h?label=30&width=384").paper == RollPaper(384, 203, 240)
    assert PrinterAddress.parse("pdf:///f").paper == PagePaper(105, 148)
    assert PrinterAddress.parse("pdf:///f?page=86x54").paper == PagePaper(86, 54)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a printer's address"),
        ("lcus:/dev/ttyUSB0", "is not a printer's address"),
        ("escpos+tcp://", "names no printer"),
        ("escpos+tcp://host:99999", "names no host"),
        ("escpos+tcp://host:0", "port 0"),
        ("escpos+tcp://user@host", "names no host"),
        ("escpos+tcp://ho st", "names no host"),
        ("escpos+tcp://host\n", ""),
        ("escpos+tcp://host?width=100", "128"),
        ("escpos+tcp://host?width=578", "multiple of 8"),
        ("escpos+tcp://host?width=\u0663\u0668\u0664", "number"),
        ("escpos+tcp://host?cut=yes", "partial, full, none"),
        ("escpos+tcp://host?baud=9600", "unknown option"),
        ("escpos+serial://dev/ttyUSB0", "slash"),
        ("escpos+usb://printer", "lsusb"),
        ("pdf:///f?page=letter", "page must be"),
        ("pdf:///f?page=10x999", "page must be"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(text: str, says: str) -> None:
    if not says:
        assert PrinterAddress.parse(text).place == "host"
        return
    with pytest.raises(PrinterAddressError, match=says):
        PrinterAddress.parse(text)


def test_a_slow_line_has_time_for_a_slip() -> None:
    assert PrinterAddress.parse("escpos+tcp://h").timeout_s == 20
    assert PrinterAddress.parse("escpos+serial:///dev/ttyS0?baud=9600").timeout_s == 82
    assert PrinterAddress.parse("escpos+serial:///dev/ttyS0?baud=9600&timeout=9").timeout_s == 9


def test_an_option_is_changed_and_removed() -> None:
    address = PrinterAddress.parse("escpos+tcp://host?width=384")
    assert address.with_option("cut", "none").text == "escpos+tcp://host?width=384&cut=none"
    assert address.with_option("width", "").text == "escpos+tcp://host"
