"""Text that must fit."""

import pytest
from PySide6.QtGui import QFontMetrics

from kiosk_app.ui.style import build_font
from kiosk_app.ui.text_fitting import FittedText, elide, fit_text

pytestmark = pytest.mark.usefixtures("qapp")


def widest(lettering: FittedText) -> int:
    metrics = QFontMetrics(lettering.font)
    return max(metrics.horizontalAdvance(line.rstrip()) for line in lettering.lines)


def test_short_text_keeps_the_largest_size() -> None:
    assert fit_text("Ada", 800, (64, 32)).font.pixelSize() == 64


def test_longer_text_wraps_before_it_shrinks() -> None:
    fitted = fit_text("Ada Lovelace Byron King", 400, (64, 32), max_lines=2)
    assert (fitted.font.pixelSize(), len(fitted.lines)) == (64, 2)


def test_two_lines_are_of_like_length() -> None:
    fitted = fit_text("Two codes are in view. Show one ticket at a time.", 700, (36,), max_lines=2)
    first, second = (QFontMetrics(fitted.font).horizontalAdvance(line) for line in fitted.lines)
    assert min(first, second) > 0.6 * max(first, second)


def test_a_word_wider_than_the_line_shrinks_and_is_cut_last() -> None:
    long = "Wolfeschlegelsteinhausenbergerdorff" * 4
    fitted = fit_text(long, 300, (64, 32), max_lines=2)
    assert fitted.cut
    assert len(fitted.lines) == 2
    assert widest(fitted) <= 300


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f9d1\u200d\U0001f3a4 Zo\u00eb \U0001f1e9\U0001f1ea " * 6,
        "\u0639\u0628\u062f \u0627\u0644\u0631\u062d\u0645\u0646 " * 8,
    ],
)
def test_letters_beyond_the_basic_plane_and_other_scripts_are_not_torn(text: str) -> None:
    fitted = fit_text(text, 300, (24,), max_lines=20)
    assert "".join(fitted.lines) == text


def test_no_text_is_no_line() -> None:
    assert fit_text("", 300, (24,)).height == 0


def test_a_cut_text_keeps_its_ellipsis_at_its_own_end() -> None:
    cut = elide("Main entrance \u00b7 Gate 2", build_font(18), 80)
    assert cut.startswith("\u2068")
    assert cut.endswith("\u2026\u2069")
    assert elide("Gate", build_font(18), 200) == "Gate"
