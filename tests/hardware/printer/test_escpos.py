from hypothesis import given
from hypothesis import strategies as st

from hardware.printer import PrinterState, Raster, escpos
from hardware.printer.emulators import ReceiptPrinter
from hardware.printer.escpos import AnswerReader, StatusBytes

DANGEROUS = (b"\x10\x04", b"\x10\x05", b"\x10\x14")


def test_the_picture_that_is_sent_is_the_picture_that_comes_out() -> None:
    rows = [bytes((row % 251, 0xFF, 0x00, 0x81)) for row in range(100)]
    printer = ReceiptPrinter()
    printer.receive(escpos.CLEAR + b"".join(escpos.picture(Raster(32, b"".join(rows)))) + escpos.cut("full"))
    assert printer.slips[0].packed(32) == b"".join(rows)
    assert len(printer.received) < sum(map(len, rows)) + 100
    assert printer.slips[0].picture().shape == (100, 32)
    assert not printer.slips[0].text
    assert not printer.unknown_commands


@given(st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x18, 0x00]), max_size=64).map(bytes))
def test_no_picture_contains_a_command_that_acts_at_once(data: bytes) -> None:
    clean = escpos.without_commands(data)
    assert not any(command in clean for command in DANGEROUS)
    assert len(clean) == len(data)
    assert all(after & before == before for before, after in zip(data, clean, strict=True)), "no dot is lost"


def test_a_band_that_was_cut_off_is_filled_before_the_next_job() -> None:
    printer, raster = ReceiptPrinter(), Raster(384, b"\xaa" * 48 * 30)
    job = escpos.CLEAR + b"".join(escpos.picture(raster)) + escpos.cut("partial")
    for length in range(1, len(job), 97):
        printer.slips.clear()
        printer.receive(job[:length])
        printer.receive(escpos.resync(384) + job)
        last = printer.slips[-1]
        assert last.packed(384).endswith(b"\xaa" * 48 * 30), length
        assert not last.text, length


def test_the_bytes_of_a_printer_are_told_apart_however_they_arrive() -> None:
    for sizes in (1, 2, 3, 8):
        reader = AnswerReader()
        data = bytes((0x12, 0x18, 0x00, 0x0C, 0x0F, 0x1A, 0x14, 0x00, 0x00, 0x00))
        read = [reader.read(data[start : start + sizes]) for start in range(0, len(data), sizes)]
        assert b"".join(answers for answers, _ in read) == b"\x12\x1a"
        assert not any(is_garbled for _, is_garbled in read)
        assert not reader.has_confirmed, "the rest of a report is no confirmation"
        assert reader.read(b"\x00") == (b"", False)
        assert reader.has_confirmed
    assert AnswerReader().read(b"\xff\x91") == (b"", True)


def test_a_state_names_what_a_person_can_do_first() -> None:
    assert StatusBytes(0x12, 0x12, 0x12, 0x12).state() is PrinterState.READY
    assert StatusBytes(0x1A, 0x36, 0x12, 0x7E).state() is PrinterState.COVER_OPEN
    assert StatusBytes(0x1A, 0x32, 0x12, 0x7E).state() is PrinterState.PAPER_OUT
    assert StatusBytes(0x12, 0x12, 0x12, 0x1E).state() is PrinterState.PAPER_LOW
    assert StatusBytes(0x1A, 0x52, 0x1A, 0x12).state() is PrinterState.ERROR
    assert StatusBytes(0x1A).state() is PrinterState.OFFLINE
    assert StatusBytes(0x12).state() is PrinterState.READY
