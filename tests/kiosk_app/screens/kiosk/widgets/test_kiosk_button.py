"""The kiosk's button."""

import pytest
from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.view_state import ActionButton
from kiosk_app.screens.kiosk.widgets.kiosk_button import KioskButton
from kiosk_app.screens.kiosk.widgets.kiosk_style import KioskStyle, kiosk_theme
from kiosk_app.ui.style import Style
from resources.themes import THEMES, contrast


@pytest.mark.parametrize("name", THEMES)
def test_words_that_say_why_a_button_is_off_can_be_read(qtbot: QtBot, name: str) -> None:
    button = KioskButton()
    qtbot.addWidget(button)
    theme = kiosk_theme(name)
    button.apply_style(KioskStyle(Style(theme)))
    button.show_button(
        ActionButton("Press", actions.QueueChosen("q"), detail="Closed until 08:00", enabled=False)
    )
    button.setPalette(QPalette(QColor(theme.ground)))
    button.setAutoFillBackground(True)
    button.resize(400, 120)
    picture = button.grab().toImage()
    ground = QColor(picture.pixelColor(200, 14)).name()
    # The lower half has the smaller words, the detail.
    below = {picture.pixelColor(x, y).name() for x in range(20, 380) for y in range(64, 100)}
    assert max(contrast(colour, ground) for colour in below) >= 4.5
