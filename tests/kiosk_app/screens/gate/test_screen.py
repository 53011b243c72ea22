"""Keys in, commands out, through the real widgets."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from hub_sync.contract.clock import ManualClock, SystemClock
from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import Override
from kiosk_app import messages
from kiosk_app.core.appearance import Appearance
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.screen import GateScreen
from kiosk_app.screens.gate.widgets.pin_page import PinField
from kiosk_app.ui.button import Button
from resources.themes import Signal
from tests.kiosk_app.screens.gate.gallery import NOW, SIGNED_ON, STATES, inside, make_screen, outcome


@pytest.fixture
def screen(qtbot: QtBot) -> GateScreen:
    gate, _clock = make_screen("en", "dark")
    gate.resize(1280, 800)
    qtbot.addWidget(gate)
    with qtbot.waitExposed(gate):
        gate.show()
    gate.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is gate.view.bottom.input)
    return gate


@pytest.fixture
def commands(screen: GateScreen) -> list[messages.ScreenCommand]:
    issued: list[messages.ScreenCommand] = []
    screen.command_issued.connect(issued.append)
    return issued


def press(key: Qt.Key, with_: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClick(target, key, with_)


def type_text(text: str) -> None:
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClicks(target, text)


def is_on_top(screen: GateScreen, page: QWidget) -> bool:
    return screen.view.pages.currentWidget() is page


def focus() -> QWidget | None:
    return QApplication.focusWidget()


def test_a_code_is_typed_and_entered(screen: GateScreen, commands: list[messages.ScreenCommand]) -> None:
    type_text("REG-0012")
    press(Qt.Key.Key_Return)
    assert commands == [messages.SubmitCode("REG-0012")]
    assert screen.view.bottom.input.text() == ""


def test_typing_anywhere_goes_into_the_line(
    screen: GateScreen, commands: list[messages.ScreenCommand]
) -> None:
    for widget in (screen.view.bottom.menu, screen.view.sidebar.list, screen.view.top.direction):
        screen.view.bottom.input.clear()
        widget.setFocus()
        type_text("R7")
        assert screen.view.bottom.input.text() == "R7"
        assert focus() is screen.view.bottom.input


def test_a_name_is_searched_as_it_is_typed_and_chosen_with_the_arrows(
    screen: GateScreen, commands: list[messages.ScreenCommand], qtbot: QtBot
) -> None:
    type_text("Oka")
    qtbot.waitUntil(lambda: commands == [messages.SearchPeople("Oka")])
    people = tuple(messages.SearchHit(f"p{n}", f"Okafor {n}") for n in range(3))
    screen.receive(messages.SearchResults("Oka", people))
    assert focus() is screen.view.bottom.input
    press(Qt.Key.Key_Down)
    type_text("f")
    assert screen.view.bottom.input.text() == "Okaf", "whoever types on in the list is not lost"
    assert focus() is screen.view.bottom.input
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert messages.ShowPerson("p1") in commands
    screen.receive(messages.PersonCard("p1", "Okafor 1"))
    assert focus() is screen.view.pages.person.cancel, "a second Enter admits nobody"
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Return)
    assert messages.AdmitPerson("p1") in commands
    assert focus() is screen.view.bottom.input


def test_a_name_is_typed_after_a_supervisors_pin_opened_the_search(
    screen: GateScreen, commands: list[messages.ScreenCommand], qtbot: QtBot
) -> None:
    screen.receive(SIGNED_ON)
    press(Qt.Key.Key_F3)
    type_text("246810")
    press(Qt.Key.Key_Return)
    mara = next(each for each in SIGNED_ON.choices if each.is_supervisor)
    screen.receive(
        messages.PinAnswer(messages.PinResult.ACCEPTED, status=replace(SIGNED_ON, supervisor=mara))
    )
    assert is_on_top(screen, screen.view.pages.search)
    assert focus() is screen.view.bottom.input
    type_text("Oka")
    qtbot.waitUntil(lambda: messages.SearchPeople("Oka") in commands)


def test_an_override_from_f2_to_the_space_bar(
    screen: GateScreen, commands: list[messages.ScreenCommand]
) -> None:
    refused = inside("Ada")
    screen.receive(refused)
    press(Qt.Key.Key_F2)
    page = screen.view.pages.override
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
    override = Override(reason="Help desk confirmed", operator="Kim")
    assert messages.RepeatWithOverride(refused.subject, override, refused.row_id) in commands
    assert focus() is screen.view.bottom.input


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_confirms_on_the_focused_button_as_space_does(
    screen: GateScreen, commands: list[messages.ScreenCommand], key: Qt.Key
) -> None:
    screen.receive(inside("Ada"))
    press(Qt.Key.Key_F2)
    page = screen.view.pages.override
    page.presets[0].setChecked(True)
    page.operator.setText("Kim")
    page.confirm.setFocus()
    press(key)
    assert [type(command) for command in commands].count(messages.RepeatWithOverride) == 1


def test_an_enter_key_that_is_held_down_presses_no_second_button(
    screen: GateScreen, commands: list[messages.ScreenCommand]
) -> None:
    screen.receive(inside("Ada"))
    press(Qt.Key.Key_F2)
    page = screen.view.pages.override
    page.presets[0].setChecked(True)
    page.operator.setText("Kim")
    page.operator.setFocus()
    press(Qt.Key.Key_Return)
    assert focus() is page.confirm
    repeated = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True
    )
    QApplication.sendEvent(page.confirm, repeated)
    assert not any(isinstance(command, messages.RepeatWithOverride) for command in commands)


def test_tab_stays_inside_an_open_panel(screen: GateScreen) -> None:
    screen.receive(inside())
    press(Qt.Key.Key_F2)
    page = screen.view.pages.override
    visited = set()
    for _ in range(20):
        now = focus()
        assert now is not None
        assert page.isAncestorOf(now)
        visited.add(now)
        press(Qt.Key.Key_Tab)
    assert {*page.presets, page.reason, page.operator, page.cancel, page.confirm} == visited
    press(Qt.Key.Key_Backtab)
    focused = focus()
    assert focused is not None
    assert page.isAncestorOf(focused)


def test_f2_does_nothing_where_no_override_is_allowed(screen: GateScreen) -> None:
    screen.receive(outcome())
    press(Qt.Key.Key_F2)
    assert screen.view.pages.currentWidget() is screen.view.pages.verdict


def test_the_checkpoint_is_picked_and_the_way_turned(
    screen: GateScreen, commands: list[messages.ScreenCommand]
) -> None:
    press(Qt.Key.Key_F4)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_F5)
    assert commands == [messages.ServeCheckpoint("c2"), messages.SetDirection(Direction.EXIT)]


def test_theme_language_and_full_screen_have_keys(
    screen: GateScreen, commands: list[messages.ScreenCommand]
) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    press(Qt.Key.Key_L, control)
    press(Qt.Key.Key_L, control | Qt.KeyboardModifier.ShiftModifier)
    press(Qt.Key.Key_F11)
    assert commands == [
        messages.SaveAppearance(theme="high-contrast"),
        messages.SaveAppearance(language="de"),
        messages.ToggleFullScreen(),
    ]


def test_enter_does_not_close_the_station_by_accident(
    screen: GateScreen, commands: list[messages.ScreenCommand]
) -> None:
    press(Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    page = screen.view.pages.quit
    assert focus() is page.cancel
    press(Qt.Key.Key_Space)
    assert messages.CloseWindow() not in commands
    press(Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Space)
    assert messages.CloseWindow() in commands


@pytest.mark.parametrize("panel", ["override", "undo"])
def test_what_was_typed_is_still_there_after_the_question_to_close(screen: GateScreen, panel: str) -> None:
    screen.receive(inside() if panel == "override" else outcome())
    screen.handle(actions.OverrideRequested() if panel == "override" else actions.UndoRequested())
    page = screen.view.pages.override if panel == "override" else screen.view.pages.undo
    page.operator.setText("Kim of the desk")
    screen.request_close()
    assert is_on_top(screen, screen.view.pages.quit)
    screen.request_close()
    press(Qt.Key.Key_Escape)
    assert is_on_top(screen, page)
    assert page.operator.text() == "Kim of the desk"
    press(Qt.Key.Key_Escape)
    assert is_on_top(screen, screen.view.pages.verdict)
    screen.receive(inside("Li Na") if panel == "override" else outcome(name="Li Na"))
    screen.handle(actions.OverrideRequested() if panel == "override" else actions.UndoRequested())
    assert is_on_top(screen, page)
    assert page.operator.text() == "", "another person's form is empty"


def test_a_finger_that_taps_twice_confirms_once(
    screen: GateScreen, commands: list[messages.ScreenCommand]
) -> None:
    device, pages = QTest.createTouchDevice(), screen.view.pages
    for state, button, command in (
        ("override-problem", pages.override.confirm, messages.RepeatWithOverride),
        ("group-panel", pages.group.confirm, messages.AdmitGroup),
        ("person", pages.person.confirm, messages.AdmitPerson),
        ("undo", pages.undo.confirm, messages.TakeBack),
    ):
        STATES[state](screen, ManualClock(NOW))
        for page in (pages.override, pages.undo):
            page.operator.setText("Kim")
        QApplication.processEvents()
        commands.clear()
        window, place = screen.window().windowHandle(), button.mapTo(screen.window(), button.rect().center())
        for _ in range(2):
            QTest.touchEvent(window, device).press(1, place).commit()
            QTest.touchEvent(window, device).release(1, place).commit()
        assert [type(each) for each in commands].count(command) == 1, (state, commands)


def test_escape_closes_the_panel_and_gives_the_keyboard_back(screen: GateScreen) -> None:
    press(Qt.Key.Key_F10)
    assert screen.view.pages.currentWidget() is screen.view.pages.menu
    press(Qt.Key.Key_Escape)
    assert screen.view.pages.currentWidget() is screen.view.pages.idle
    assert focus() is screen.view.bottom.input


def test_tab_reaches_everything_on_the_screen(screen: GateScreen) -> None:
    screen.receive(inside())
    view = screen.view
    visited: set[QWidget | None] = set()
    for _ in range(12):
        visited.add(focus())
        press(Qt.Key.Key_Tab)
    expected = {
        view.top.checkpoint,
        view.top.direction,
        view.sidebar.list,
        view.bottom.input,
        view.bottom.search,
        view.bottom.override,
        view.bottom.menu,
    }
    assert expected <= visited


def test_the_focused_button_looks_different(screen: GateScreen) -> None:
    button: Button = screen.view.bottom.menu
    plain = button.grab().toImage()
    button.setFocus()
    assert button.grab().toImage() != plain


def bug(*_: object) -> None:
    raise KeyError("a fault that nobody foresaw")


def test_a_presenter_that_fails_on_a_scan_says_so_in_place_of_the_verdict_before(
    screen: GateScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen.receive(outcome())
    with monkeypatch.context() as broken:
        broken.setattr(screen.presenter, "_show_outcome", bug)
        screen.receive(outcome(name="Next Person"))
    verdict = screen.presenter.state.verdict
    assert verdict is not None
    assert (verdict.signal, verdict.word) == (Signal.RED, "STOP")
    assert screen.view.pages.currentWidget() is screen.view.pages.verdict
    screen.receive(outcome(name="Third Person"))
    verdict = screen.presenter.state.verdict
    assert verdict is not None
    assert (verdict.signal, verdict.name) == (Signal.GREEN, "Third Person")


def test_a_view_that_fails_gives_way_to_a_page_that_cannot_and_comes_back(
    screen: GateScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen.receive(outcome())
    with monkeypatch.context() as broken:
        broken.setattr(screen.view.pages, "render_state", bug)
        screen.receive(outcome(name="Next Person"))
        assert not screen.view.isVisible()
        assert screen._fallback.isVisible()
        assert "program failed" in screen._fallback.text()
    screen.receive(outcome(name="Third Person"))
    assert screen.view.isVisible()
    assert not screen._fallback.isVisible()


def test_an_action_that_fails_is_told(
    screen: GateScreen, commands: list[messages.ScreenCommand], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(screen.presenter, "handle", bug)
        press(Qt.Key.Key_F10)
    assert screen.presenter.state.verdict is not None
    assert screen.presenter.state.verdict.word == "STOP"
    assert commands == []


def test_a_screen_does_not_ask_for_tickets_before_the_gate_has_reported(qtbot: QtBot) -> None:
    gate = GateScreen(ScreenContext(SystemClock(), Appearance("dark", "en")))
    qtbot.addWidget(gate)
    verdict = gate.presenter.state.verdict
    assert verdict is not None
    assert verdict.word == "STARTING"
    gate.receive(messages.GateReadiness())
    assert gate.presenter.state.verdict is None


@pytest.mark.parametrize("panel", ["pin", "reason"])
def test_a_hand_held_scan_takes_no_key_away_from_a_half_typed_panel(screen: GateScreen, panel: str) -> None:
    if panel == "pin":
        screen.receive(SIGNED_ON)
    screen.receive(inside())
    press(Qt.Key.Key_F2)
    field = screen.view.pages.pin.field if panel == "pin" else screen.view.pages.override.reason
    field.setFocus()
    top = screen.view.pages.currentWidget()
    type_text("81")
    screen.receive(outcome(name="Ada"))
    assert focus() is field
    type_text("63")
    assert (field.digits if isinstance(field, PinField) else field.text()) == "8163"
    assert screen.view.bottom.input.text() == ""
    assert screen.view.pages.currentWidget() is top
    above = screen.view.above_panel
    assert above.isVisible()
    assert above.accessibleName().startswith("WELCOME \u00b7 Ada")
    press(Qt.Key.Key_Escape)
    assert not above.isVisible()
    assert screen.view.pages.currentWidget() is screen.view.pages.verdict
