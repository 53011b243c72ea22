"""What is drawn: nothing is cut, whatever somebody is called, and every script has a font."""

from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QTextLayout
from pytestqt.qtbot import QtBot

from hardware.codes import CodeReader
from hardware.printer import PagePaper, PdfDocument, Raster, RollPaper
from kiosk_app.core.printing.contents import (
    BadgeContent,
    PrintContent,
    PrintJob,
    SlipContent,
    TestSlipContent,
)
from kiosk_app.ui.printouts.blocks import plain
from kiosk_app.ui.printouts.render import render
from kiosk_app.ui.printouts.slip import _SCRIPTS
from kiosk_app.ui.style import build_font
from resources.translations import LANGUAGES

AT = datetime(2026, 11, 29, 14, 5, tzinfo=UTC)
URL = "https://hub.example.org/q/8fK2mQx71LwzPoA9dTyb"
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 20
NAMES = ("Ada", LONG, "محمد " * 100, "東京国際フォーラム" * 60, "ยินดีต้อนรับ" * 40, "\x1b@\x1dV\x00\n", "", " ")


def dots(content: PrintContent, width: int = 576, language: str = "en") -> NDArray[np.uint8]:
    """Return a job on a roll as a grey picture."""
    raster = render(PrintJob("job", content, language), RollPaper(width, 203))
    assert isinstance(raster, Raster)
    bits = np.unpackbits(np.frombuffer(raster.data, dtype=np.uint8)).reshape(-1, width)
    return np.where(bits, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leaves_the_paper_or_hides_the_code(qtbot: QtBot, name: str) -> None:
    slip = dots(SlipContent("A017", name, AT, name, (5, 10), 3, URL, name), 384)
    badge = dots(BadgeContent(name, name, name, "DW1.CODE"))
    for picture, code in ((slip, URL), (badge, "DW1.CODE")):
        assert CodeReader().read(picture).texts == (code,)
    assert (slip[:, :4] == 255).all()
    assert (slip[:, -4:] == 255).all()


def test_a_code_is_as_large_as_a_reader_needs_and_left_out_where_none_could_read_it(qtbot: QtBot) -> None:
    ticket = "AbC3-" * 40
    for picture in (
        dots(BadgeContent("Ada", "Guest", "Event", ticket), 384),
        dots(SlipContent("A1", "Desk", AT, status_url=ticket), 384),
    ):
        assert CodeReader().read(picture).texts == (ticket,)
    for text in ("x" * 900, "ä" * 1000):
        assert CodeReader().read(dots(BadgeContent("Ada", ticket_code=text), 128)).texts == ()


def test_a_label_has_its_own_height_and_a_language_that_is_not_there_is_english(qtbot: QtBot) -> None:
    for content in (BadgeContent("Ada", "Guest"), SlipContent("A017", "Desk", AT, status_url=URL)):
        raster = render(PrintJob("job", content, "fr"), RollPaper(384, 203, 240))
        assert isinstance(raster, Raster)
        assert (raster.width, raster.height) == (384, 240)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_slip_says_what_is_known_and_nothing_else(qtbot: QtBot, language: str) -> None:
    least = dots(SlipContent("A017", "Desk", AT), language=language)
    most = dots(SlipContent("A017", "Desk", AT, "Event", (10, 25), 12, URL, "Floor 2"), language=language)
    assert len(most) > len(least) + 250
    for minutes in ((0, 0), (1, 1), (2, 2), (25, 10)):
        assert len(dots(SlipContent("A017", "Desk", AT, wait_minutes=minutes), language=language)) > len(
            least
        )


def test_the_pages_of_a_badge_have_the_size_of_the_paper(qtbot: QtBot) -> None:
    job = PrintJob("job-1", BadgeContent("Ada Lovelace", "Speaker", "Conference", "DW1.CODE"))
    document = render(job, PagePaper(85.6, 54))
    assert isinstance(document, PdfDocument)
    assert document.data.startswith(b"%PDF-")
    assert b"/MediaBox [0 0 243" in document.data, "85.6 mm in points"
    assert "Ada" not in document.name


def test_each_script_of_the_test_print_has_a_font(qtbot: QtBot) -> None:
    """A missing font draws the same empty box for every letter."""
    for words in _SCRIPTS:
        layout = QTextLayout(words, build_font(28))
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        glyphs = [index for run in layout.glyphRuns() for index in run.glyphIndexes()]
        assert 0 not in glyphs, words


def test_a_test_print_shows_both_edges(qtbot: QtBot) -> None:
    picture = dots(TestSlipContent("Gate", "escpos+tcp://192.0.2.7", AT), 384)
    margin = round(384 * 0.02)
    assert (picture[:, margin] == 0).any()
    assert (picture[:, -margin - 1] == 0).any()


def test_letters_that_turn_a_line_or_end_it_are_left_out() -> None:
    assert plain("a\u202eb\u2066c\r\n\x1b[0m\u0000d") == "abc [0m d"
    assert plain("\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645").count("\u200c") == 1, (
        "it shapes Persian"
    )
