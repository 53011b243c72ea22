"""The kiosk's screen as a whole: nothing of a visitor is left behind, nothing is cut, and a bug costs one visitor's time only."""

import re
from datetime import timedelta

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from hub_sync.contract.enums import ScanType
from kiosk_app import kiosk_messages as kiosk
from kiosk_app import messages
from kiosk_app.messages import LeaveScreen
from kiosk_app.screens.base import Screen
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.screen import COVERED_MS
from kiosk_app.screens.kiosk.widgets.kiosk_button import KioskButton
from kiosk_app.screens.kiosk.widgets.text_block import TextBlock
from kiosk_app.shell.screen_stack import ScreenStack
from tests.kiosk_app.screens.kiosk.gallery import STATES, BuiltKiosk, hall, make_kiosk, menu, number, settle
from tests.kiosk_app.screens.kiosk.stories import NUMBER, TICKET, printed

TRACES = re.compile(r"Ada|Lovelace|A047|3f9a1c2b7d|SECRET|adalo", re.IGNORECASE)


def show(qtbot: QtBot, built: BuiltKiosk, size: tuple[int, int] = (1280, 800)) -> BuiltKiosk:
    qtbot.addWidget(built.screen)
    built.screen.resize(*size)
    with qtbot.waitExposed(built.screen):
        built.screen.show()
    return built


def texts_of(widget: QWidget) -> list[str]:
    """Return everything that a person, a screen reader or a debugger can read from a widget."""
    shown_texts = [
        widget.accessibleName(),
        widget.accessibleDescription(),
        widget.toolTip(),
        widget.statusTip(),
        widget.whatsThis(),
        widget.windowTitle(),
    ]
    if isinstance(widget, QAbstractButton):
        shown_texts.append(widget.text())
    if isinstance(widget, QLineEdit):
        shown_texts += [widget.text(), widget.displayText(), widget.placeholderText(), widget.selectedText()]
    if isinstance(widget, TextBlock):
        shown_texts.append(widget.text)
    return shown_texts


def visit_everything(built: BuiltKiosk) -> None:
    """Type, search, confirm, draw a number and copy what can be copied."""
    built.ready().act(actions.SessionBegun("en"), actions.SearchChosen())
    field = built.screen.view.page.entry.field
    QTest.keyClicks(field, "adalo")
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    QGuiApplication.clipboard().setText("SECRET of another program")
    built.act(actions.EntryFinished("adalo")).receive(
        kiosk.VisitorHits("adalo", (kiosk.VisitorHit("p1", "Ada K."),))
    )
    settle()
    built.act(actions.HitChosen("p1"), actions.VisitorConfirmed()).outcome()
    built.act(actions.QueueChosen("q1")).receive(NUMBER)
    built.screen.show_frame(hall())
    settle()


@pytest.mark.parametrize("end", ["idle", "finish", "next ticket", "fault"])
def test_after_a_visitor_no_widget_and_no_buffer_has_a_trace(qtbot: QtBot, end: str) -> None:
    built = show(qtbot, make_kiosk())
    visit_everything(built)
    assert any(TRACES.search(text) for each in built.screen.findChildren(QWidget) for text in texts_of(each))
    if end == "idle":
        built.wait(60)
    elif end == "finish":
        built.act(actions.SessionFinished())
    elif end == "next ticket":
        built.receive(kiosk.VisitorKnown(TICKET, "Bo S."))
    else:
        built.screen._show_failure()
    settle()
    for widget in [built.screen, *built.screen.findChildren(QWidget)]:
        assert not [text for text in texts_of(widget) if TRACES.search(text)], widget
    for field in built.screen.findChildren(QLineEdit):
        assert not field.isUndoAvailable()
        assert not field.isRedoAvailable()
        assert field.completer() is None
        assert not field.isModified()
    assert QGuiApplication.clipboard().text() == ""
    assert built.screen.view.page.number.code is None
    assert not TRACES.search(repr(built.screen.presenter.model))
    assert not TRACES.search(repr(built.screen.presenter.state))


def test_the_cameras_last_picture_goes_with_the_visitor(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready().act(actions.SessionBegun("en"))
    built.screen.show_frame(hall())
    built.act(actions.SessionFinished())
    assert built.screen.view.page.camera._image == QImage()


def test_typed_text_can_not_be_copied_pasted_or_brought_back(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready().act(actions.SessionBegun("en"), actions.CodeChosen())
    field = built.screen.view.page.entry.field
    QGuiApplication.clipboard().setText("PASTED")
    QTest.keyClicks(field, "AB12")
    for key in (Qt.Key.Key_A, Qt.Key.Key_C, Qt.Key.Key_X, Qt.Key.Key_V, Qt.Key.Key_Z):
        QTest.keyClick(field, key, Qt.KeyboardModifier.ControlModifier)
    assert field.text() == "AB12"
    assert QGuiApplication.clipboard().text() == "PASTED"
    assert not field.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    assert field.contextMenuPolicy() is Qt.ContextMenuPolicy.NoContextMenu
    assert not field.dragEnabled()
    assert not field.acceptDrops()


@pytest.mark.parametrize(
    ("language", "size"), [("de", (1280, 800)), ("ar", (1280, 800)), ("de", (1080, 1920)), ("en", (800, 480))]
)
def test_on_every_page_no_word_is_cut_and_every_control_has_a_name_and_room_for_a_finger(
    qtbot: QtBot, language: str, size: tuple[int, int]
) -> None:
    is_small = size == (800, 480)
    for name, prepare in STATES.items():
        if is_small and ("large" in name or name.startswith("staff-menu")):
            continue  # they have no room on the smallest screen: the text shrinks as far as it must
        built = make_kiosk(language)
        built.screen.resize(*size)
        built.screen.show()
        prepare(built)
        settle()
        assert built.screen.view.page.cut_texts() == [], name
        for control in built.screen.view.controls():
            assert control.accessibleName(), (name, control)
            least = 36 if is_small else 56
            assert control.height() >= least, (name, control.accessibleName(), control.height())
            if isinstance(control, KioskButton) and control.text():
                room = control.height() - 2 * (4 if is_small else 8)
                assert control.text_height() <= room, (name, control.accessibleName(), control.text_height())
        built.screen.close()
        built.screen.deleteLater()


def test_in_the_low_layout_every_control_is_in_the_lower_part(qtbot: QtBot) -> None:
    for name in ("low", "low-code", "warning"):
        built = show(qtbot, make_kiosk(), (1080, 1920))
        STATES[name](built)
        settle()
        view = built.screen.view
        for control in view.controls():
            assert control.mapTo(view, control.rect().topLeft()).y() >= 1920 * 0.4, (
                name,
                control.accessibleName(),
            )


def test_arabic_mirrors_the_page_and_keeps_keys_and_numbers(qtbot: QtBot) -> None:
    built = show(qtbot, number(make_kiosk("ar")))
    settle()
    view = built.screen.view
    assert view.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert view.page.heading.x() > view.page.number.x()
    assert view.page.entry.keys.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_keys_alone_check_a_visitor_in(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready()
    view = built.screen.view
    QTest.keyClick(view.focusWidget() or view, Qt.Key.Key_Return)
    assert built.screen.presenter.state.page.key == "identify"
    QTest.keyClick(view.focusWidget() or view, Qt.Key.Key_Space)
    assert built.screen.presenter.state.page.key == "code"
    QTest.keyClicks(view.focusWidget() or view, "ab12")
    QTest.keyClick(view.focusWidget() or view, Qt.Key.Key_Return)
    assert built.commands[-1] == kiosk.IdentifyVisitor(kiosk.VisitorClaim(ScanType.MANUAL, "ab12"))
    QTest.keyClick(view.focusWidget() or view, Qt.Key.Key_Escape)
    assert built.screen.presenter.state.page.key == "identify"


def test_esc_five_times_opens_the_staff_menu_and_leaves_it_open(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready()
    view = built.screen.view
    for _ in range(5):
        assert not built.screen.presenter.state.page.key.startswith("staff")
        QTest.keyClick(view.focusWidget() or view, Qt.Key.Key_Escape)
    assert built.screen.presenter.state.page.key.startswith("staff")


def test_the_keyboard_of_the_screen_types_by_finger_and_by_arrow_keys(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready().act(actions.SessionBegun("en"), actions.CodeChosen())
    entry = built.screen.view.page.entry
    QTest.mouseClick(entry.keys.rows[0][0], Qt.MouseButton.LeftButton)
    entry.keys.rows[0][0].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(entry.keys.rows[0][0], Qt.Key.Key_Right)
    QTest.keyClick(entry.keys.rows[0][1], Qt.Key.Key_Space)
    QTest.keyClick(entry.keys.rows[0][1], Qt.Key.Key_Down)
    assert entry.keys.rows[1][1].hasFocus()
    assert entry.field.text() == "12"
    QTest.mouseClick(entry.keys.keys[-1], Qt.MouseButton.LeftButton)
    assert entry.field.text() == "1"
    tab_stops = [key for key in entry.keys.keys if key.focusPolicy() is Qt.FocusPolicy.TabFocus]
    assert len(tab_stops) == 1


def test_a_page_that_comes_shows_no_ring_to_a_finger_and_one_to_whoever_uses_keys(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready().receive(kiosk.VisitorKnown(TICKET, "Ada K."))
    view = built.screen.view
    assert not view.page.buttons[0].shows_focus
    QTest.keyClick(view.focusWidget() or view, Qt.Key.Key_Tab)
    QTest.keyClick(view.focusWidget() or view, Qt.Key.Key_Return)
    assert built.screen.presenter.state.page.key == "identify"
    assert view.page.buttons[0].hasFocus()
    assert view.page.buttons[0].shows_focus


def test_a_button_that_joins_takes_the_focus_from_no_other(qtbot: QtBot) -> None:
    built = number(show(qtbot, make_kiosk()))
    view = built.screen.view
    (finish,) = view.page.buttons
    finish.setFocus(Qt.FocusReason.TabFocusReason)
    assert isinstance(finish.button.action, actions.SessionFinished)
    built.receive(printed("slip-t1"), printed("badge-p1"))
    again, finish = view.page.buttons
    assert isinstance(again.button.action, actions.PrintRepeated)
    assert finish.hasFocus()
    assert finish.shows_focus


def test_one_switch_reaches_every_control_in_turn(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready().act(actions.SessionBegun("en"))
    view = built.screen.view
    view.isActiveWindow = lambda: True  # type: ignore[method-assign]  # no window manager gives it
    built.screen.activateWindow()
    reached = set()
    for _ in view.controls():
        view.scan_on()
        focus = view.focusWidget()
        assert focus is not None
        reached.add(focus.accessibleName())
    assert reached == {control.accessibleName() for control in view.controls()}


def test_five_touches_of_the_hidden_corner_ask_for_the_pin_and_other_touches_do_not(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready()
    header = built.screen.view.header
    corner = header.rect().topRight()
    for _ in range(5):
        QTest.mouseClick(header, Qt.MouseButton.LeftButton, pos=header.rect().center())
    assert built.screen.presenter.state.page.key != "staff-who"
    built.act(actions.SessionFinished())
    for _ in range(5):
        QTest.mouseClick(header, Qt.MouseButton.LeftButton, pos=corner)
    assert built.screen.presenter.state.page.key == "staff-who"


def test_the_windows_close_button_asks_for_the_pin(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready()
    built.screen.request_close()
    assert built.screen.presenter.state.page.key == "staff-who"
    assert messages.CloseWindow() not in built.commands


def test_a_touch_anywhere_begins(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready()
    QTest.mouseClick(built.screen.view.page.heading, Qt.MouseButton.LeftButton)
    assert built.screen.presenter.state.page.key == "language"


def test_a_bug_forgets_the_visitor_and_the_kiosk_goes_on_with_the_next_one(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = show(qtbot, make_kiosk()).ready().receive(kiosk.VisitorKnown(TICKET, "Ada K."))
    with monkeypatch.context() as patch:
        patch.setattr(built.screen.presenter, "handle", lambda _: 1 / 0)
        built.act(actions.VisitorConfirmed())
    assert built.screen.presenter.state.page.key == "failed"
    assert built.screen.presenter.model.session is None
    assert built.receive(messages.GateReadiness()).screen.presenter.state.page.key == "attract"


def test_screen_readers_get_the_role_the_name_and_the_state_of_each_control(qtbot: QtBot) -> None:
    QAccessible.setActive(True)
    built = show(qtbot, make_kiosk()).ready().act(actions.SessionBegun("en"), actions.ContrastSwitched())
    for step in (actions.InputNoted(), actions.CodeChosen()):
        built.act(step)
        for control in built.screen.view.controls():
            interface = QAccessible.queryAccessibleInterface(control)
            assert interface is not None
            assert interface.text(QAccessible.Text.Name) == control.accessibleName() != ""
            assert interface.role() in (
                QAccessible.Role.Button,
                QAccessible.Role.CheckBox,
                QAccessible.Role.EditableText,
            )
    contrast = next(each for each in built.screen.view.bar.buttons if each.text() == "Contrast")
    state = QAccessible.queryAccessibleInterface(contrast).state()
    assert state.checkable
    assert state.checked


def test_a_key_that_is_held_down_presses_once(qtbot: QtBot) -> None:
    built = show(qtbot, make_kiosk()).ready().act(actions.SessionBegun("en"))
    button = built.screen.view.bar.buttons[-1]
    for repeat in (False, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", repeat)
        QApplication.sendEvent(button, event)
    assert built.screen.presenter.state.low_reach


def test_a_set_up_over_the_kiosk_keeps_the_pin_good_and_is_closed_if_staff_left_it_open(qtbot: QtBot) -> None:
    built = menu(make_kiosk())
    stack = ScreenStack(built.screen)
    qtbot.addWidget(stack)
    with qtbot.waitExposed(stack):
        stack.show()
    over = Screen(built.screen.context)
    stack.open(over)
    stack.command_issued.connect(lambda command: stack.leave() if command == LeaveScreen() else None)
    built.clock.advance(timedelta(seconds=100))
    built.screen.tick()
    assert messages.EndAuthority() not in built.commands
    built.screen._covered_ms = COVERED_MS
    built.screen.tick()
    assert stack.top is built.screen
    assert messages.EndAuthority() in built.commands
