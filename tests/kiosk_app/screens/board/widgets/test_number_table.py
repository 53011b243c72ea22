"""What a board paints stays in its box."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from kiosk_app.screens.board.widgets.number_table import paint_text
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts


def painted_rows(text: str, box: QRect, height: int, *, lines: int, share: float) -> list[int]:
    """Return the rows of a picture that have a dot once a text is painted into a box."""
    assert QApplication.instance() is not None
    image = QImage(1100, 900, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    paint_text(painter, box, text, height, QColor("white"), bold=True, max_lines=lines, share=share)
    painter.end()
    across, down = range(0, image.width(), 3), range(image.height())
    return [y for y in down if any(image.pixelColor(x, y).lightness() for x in across)]


@pytest.mark.usefixtures("qapp")
def test_a_counter_stays_on_one_line_where_it_is_nearly_as_large() -> None:
    rows = painted_rows("Counter 1", QRect(20, 300, 540, 340), 340, lines=2, share=0.62)
    assert rows == list(range(rows[0], rows[-1] + 1)), "there is no gap between lines"
    assert len(rows) > 60


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_of_several_lines_is_no_higher_than_its_box(language: str) -> None:
    box = QRect(20, 300, 1060, 300)
    dots = painted_rows(texts(language)("board.empty"), box, 400, lines=3, share=0.28)
    assert dots, "something is painted"
    assert box.top() <= dots[0]
    assert dots[-1] <= box.bottom()
