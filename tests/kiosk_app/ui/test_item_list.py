"""Lists of cards that change while somebody chooses from them."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.items import ListItem

FAIR, GALA, BALL = (
    ListItem(id_, id_.title(), "List 1 s old", icon="ticket") for id_ in ("fair", "gala", "ball")
)


@pytest.fixture
def cards(qtbot: QtBot) -> ItemList:
    cards = ItemList()
    qtbot.addWidget(cards)
    cards.set_items((FAIR, replace(GALA, current=True), BALL))
    with qtbot.waitExposed(cards):
        cards.show()
    return cards


def later(*items: ListItem) -> tuple[ListItem, ...]:
    return tuple(replace(item, subtitle="List 2 s old") for item in items)


def test_the_cursor_stays_on_its_card_while_the_words_of_the_cards_change(cards: ItemList) -> None:
    assert cards.currentIndex().row() == 1
    QTest.keyClick(cards, Qt.Key.Key_Down)
    cards.set_items(later(FAIR, replace(GALA, current=True), BALL))
    assert cards.currentIndex().row() == 2
    cards.set_items(later(BALL, FAIR))
    assert cards.currentIndex().row() == 0, "it goes with its card"
    cards.set_items(later(FAIR, replace(GALA, current=True)))
    assert cards.currentIndex().row() == 1, "to the current card where its own is gone"


def test_a_tap_during_which_the_words_change_selects_its_card(cards: ItemList, qtbot: QtBot) -> None:
    selected: list[str] = []
    cards.selected.connect(selected.append)
    place = cards.visualRect(cards.model().index(2, 0)).center()
    QTest.mousePress(cards.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    cards.set_items(later(FAIR, replace(GALA, current=True), BALL))
    QTest.mouseRelease(cards.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    assert selected == ["ball"]


def test_cards_that_open_again_begin_at_the_current_one(cards: ItemList) -> None:
    QTest.keyClick(cards, Qt.Key.Key_Down)
    cards.hide()
    cards.set_items((FAIR, replace(GALA, current=True), BALL))
    assert cards.currentIndex().row() == 1


def test_letters_find_a_card_or_go_on_to_who_takes_them(cards: ItemList) -> None:
    QTest.keyClicks(cards, "b")
    assert cards.currentIndex().row() == 2
    cards.passes_letters = True
    QTest.keyClicks(cards, "f")
    assert cards.currentIndex().row() == 2
