"""Keys in, intents out, through the real widgets."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import Override
from kiosk_app import messages
from kiosk_app.screens.gate import actions
from kiosk_app.screens.gate.screen import GateScreen
from kiosk_app.ui.button import Button
from tests.kiosk_app.screens.gate.gallery import inside, make_screen, outcome


@pytest.fixture
def screen(qtbot: QtBot) -> Iterator[GateScreen]:
    gate, _clock = make_screen("en", "dark")
    gate.resize(1280, 800)
    qtbot.addWidget(gate)
    with qtbot.waitExposed(gate):
        gate.show()
    gate.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is gate.view.bottom.input)
    return gate


@pytest.fixture
def wanted(screen: GateScreen) -> list[actions.Intent]:
    intents: list[actions.Intent] = []
    screen.intended.connect(intents.append)
    return intents


def press(key: Qt.Key, with_: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClick(target, key, with_)


def type_text(text: str) -> None:
    QTest.keyClicks(QApplication.focusWidget(), text)


def focus() -> QWidget | None:
    return QApplication.focusWidget()


def test_a_code_is_typed_and_entered(screen: GateScreen, wanted: list[actions.Intent]) -> None:
    type_text("REG-0012")
    press(Qt.Key.Key_Return)
    assert wanted == [actions.SubmitCode("REG-0012")]
    assert screen.view.bottom.input.text() == ""


def test_typing_anywhere_goes_into_the_line(screen: GateScreen, wanted: list[actions.Intent]) -> None:
    for widget in (screen.view.bottom.menu, screen.view.side.list, screen.view.top.direction):
        screen.view.bottom.input.clear()
        widget.setFocus()
        type_text("R7")
        assert screen.view.bottom.input.text() == "R7"
        assert focus() is screen.view.bottom.input


def test_a_name_is_searched_as_it_is_typed_and_chosen_with_the_arrows(
    screen: GateScreen, wanted: list[actions.Intent], qtbot: QtBot
) -> None:
    type_text("Oka")
    qtbot.waitUntil(lambda: wanted == [actions.SearchPeople("Oka")])
    people = tuple(messages.FoundPerson(f"p{n}", f"Okafor {n}") for n in range(3))
    screen.learned(messages.FoundPeople("Oka", people))
    assert focus() is screen.view.bottom.input
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert wanted[-1] == actions.AdmitPerson("p1")
    assert focus() is screen.view.bottom.input


def test_a_wedge_scanner_types_a_whole_ticket_and_searches_nothing(
    screen: GateScreen, wanted: list[actions.Intent], qtbot: QtBot
) -> None:
    type_text("abcDEFghi7")
    press(Qt.Key.Key_Return)
    qtbot.wait(250)
    assert wanted == [actions.SubmitCode("abcDEFghi7")]


def test_an_override_from_f2_to_the_space_bar(screen: GateScreen, wanted: list[actions.Intent]) -> None:
    refused = inside("Ada")
    screen.scanned(refused)
    press(Qt.Key.Key_F2)
    page = screen.view.stage.override
    assert focus() is page.presets[0]
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Space)
    for _ in range(3):
        press(Qt.Key.Key_Tab)
    assert focus() is page.reason
    press(Qt.Key.Key_Tab)
    type_text("Kim")
    press(Qt.Key.Key_Return)
    assert focus() is page.confirm
    press(Qt.Key.Key_Space)
    given = Override(reason="Help desk confirmed", operator="Kim")
    assert actions.RepeatWithOverride(refused.subject, given, refused.row_id) in wanted
    assert focus() is screen.view.bottom.input


def test_a_ticket_that_a_wedge_scanner_types_into_the_override_lets_nobody_in(
    screen: GateScreen, wanted: list[actions.Intent]
) -> None:
    screen.scanned(inside("Ada"))
    press(Qt.Key.Key_F2)
    page = screen.view.stage.override
    page.presets[0].setChecked(True)
    for place in (page.presets[0], page.reason, page.operator, page.confirm):
        page.operator.setText("Kim")
        place.setFocus()
        type_text("A1b2C3d4==")
        press(Qt.Key.Key_Return)
    assert not any(isinstance(intent, actions.RepeatWithOverride | actions.SubmitCode) for intent in wanted)


def test_tab_stays_inside_an_open_panel(screen: GateScreen) -> None:
    screen.scanned(inside())
    press(Qt.Key.Key_F2)
    page = screen.view.stage.override
    seen = set()
    for _ in range(20):
        now = focus()
        assert now is not None
        assert page.isAncestorOf(now)
        seen.add(now)
        press(Qt.Key.Key_Tab)
    assert {*page.presets, page.reason, page.operator, page.cancel, page.confirm} == seen
    press(Qt.Key.Key_Backtab)
    assert page.isAncestorOf(focus())


def test_f2_does_nothing_where_no_override_is_allowed(screen: GateScreen) -> None:
    screen.scanned(outcome())
    press(Qt.Key.Key_F2)
    assert screen.view.stage.currentWidget() is screen.view.stage.verdict


def test_the_checkpoint_is_picked_and_the_way_turned(
    screen: GateScreen, wanted: list[actions.Intent]
) -> None:
    press(Qt.Key.Key_F4)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_F5)
    assert wanted == [actions.ServeCheckpoint("c2"), actions.SetDirection(Direction.EXIT)]


def test_theme_language_and_full_screen_have_keys(screen: GateScreen, wanted: list[actions.Intent]) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    press(Qt.Key.Key_L, control)
    press(Qt.Key.Key_L, control | Qt.KeyboardModifier.ShiftModifier)
    press(Qt.Key.Key_F11)
    assert wanted == [
        actions.KeepAppearance("high-contrast", "en"),
        actions.KeepAppearance("high-contrast", "de"),
        actions.ToggleFullScreen(),
    ]


def test_enter_does_not_close_the_station_by_accident(
    screen: GateScreen, wanted: list[actions.Intent]
) -> None:
    press(Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    page = screen.view.stage.quit
    assert focus() is page.cancel
    press(Qt.Key.Key_Space)
    assert actions.Quit() not in wanted
    press(Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Space)
    assert actions.Quit() in wanted


def test_escape_closes_the_panel_and_gives_the_keyboard_back(screen: GateScreen) -> None:
    press(Qt.Key.Key_F10)
    assert screen.view.stage.currentWidget() is screen.view.stage.menu
    press(Qt.Key.Key_Escape)
    assert screen.view.stage.currentWidget() is screen.view.stage.idle
    assert focus() is screen.view.bottom.input


def test_tab_reaches_everything_on_the_screen(screen: GateScreen) -> None:
    screen.scanned(inside())
    view = screen.view
    seen = set()
    for _ in range(12):
        seen.add(focus())
        press(Qt.Key.Key_Tab)
    expected = {
        view.top.checkpoint,
        view.top.direction,
        view.side.list,
        view.bottom.input,
        view.bottom.search,
        view.bottom.override,
        view.bottom.menu,
    }
    assert expected <= seen


def test_the_focused_button_looks_different(screen: GateScreen) -> None:
    button: Button = screen.view.bottom.menu
    plain = button.grab().toImage()
    button.setFocus()
    assert button.grab().toImage() != plain
