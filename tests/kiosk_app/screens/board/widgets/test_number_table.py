"""What a board paints stays in its box."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from kiosk_app.screens.board.widgets.number_table import paint_text
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_of_several_lines_is_no_higher_than_its_box(language: str) -> None:
    assert QApplication.instance() is not None
    image, box = QImage(1100, 900, QImage.Format.Format_Grayscale8), QRect(20, 300, 1060, 300)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    paint_text(painter, box, texts(language)("board.empty"), 400, QColor("white"), max_lines=3, share=0.28)
    painter.end()
    across, down = range(0, image.width(), 3), range(image.height())
    dots = [y for y in down if any(image.pixelColor(x, y).lightness() for x in across)]
    assert dots, "something is painted"
    assert box.top() <= dots[0]
    assert dots[-1] <= box.bottom()
