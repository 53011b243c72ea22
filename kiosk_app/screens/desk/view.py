"""The desk screen's view: it renders a state and emits actions. It decides nothing."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kiosk_app.screens.desk.presenter import actions
from kiosk_app.screens.desk.presenter.view_state import (
    KEYS,
    ChoicePanel,
    DeskButton,
    DeskViewState,
)
from kiosk_app.screens.desk.widgets.choice_page import ChoicePage
from kiosk_app.screens.desk.widgets.head_bar import HeadBar
from kiosk_app.screens.desk.widgets.notice_bar import NoticeBar
from kiosk_app.screens.desk.widgets.side_panel import SidePanel
from kiosk_app.screens.desk.widgets.ticket_card import TicketCard
from kiosk_app.screens.gate.presenter.view_state import PinPanel
from kiosk_app.screens.gate.widgets.pin_page import PinPage
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import DEFAULT_STYLE, Style, scale_for
from kiosk_app.ui.style_sheet import palette, style_sheet
from resources.themes import theme

_ICONS = {
    DeskButton.CALL_NEXT: "sound",
    DeskButton.SERVE: "check",
    DeskButton.COMPLETE: "check",
    DeskButton.RECALL: "sound",
    DeskButton.NO_SHOW: "person",
    DeskButton.PARK: "place",
    DeskButton.TRANSFER: "swap",
    DeskButton.RETURN: "undo",
    DeskButton.BREAK: "power",
    DeskButton.END_BREAK: "check",
    DeskButton.MENU: "menu",
}
_COLUMNS = 3
_WITH_SIDE = 900
"""On a narrower window the card and its buttons need the room of the lists."""
SHORTCUTS: dict[str, actions.DeskAction] = {
    "Esc": actions.Dismissed(),
    "Ctrl+L": actions.ThemeSwitched(),
    "Ctrl+Shift+L": actions.LanguageSwitched(),
    "Ctrl+Q": actions.CloseRequested(),
}


class DeskView(QWidget):
    """The whole screen."""

    action = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("desk")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(480, 320)
        self._style, self._state = DEFAULT_STYLE, None  # type: tuple[Style, DeskViewState | None]
        self.head, self.card, self.side, self.notice = HeadBar(), TicketCard(), SidePanel(), NoticeBar()
        self.countdown = PlainLabel()
        self.countdown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.countdown.setWordWrap(True)
        self.buttons = {
            button: Button(ButtonKind.PLAIN, _ICONS[button], KEYS[button]) for button in DeskButton
        }
        self.choice, self.pin, self.stack = ChoicePage(), PinPage(), QStackedWidget()
        self._work, self._grid = QWidget(), QGridLayout()
        self._main, self._middle = QVBoxLayout(), QHBoxLayout(self._work)
        self._lay_out()
        self._connect()

    def render(self, state: DeskViewState) -> None:  # type: ignore[override]  # QWidget.render paints into a device
        """Show a state."""
        old, self._state = self._state, state
        if old is None or old.theme != state.theme:
            self._apply_style(state)
        if old is None or old.texts is not state.texts:
            rtl = state.texts.rtl
            self.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        self.head.show_state(state)
        self.card.show_card(state.card)
        self.side.show_state(state)
        self.notice.show_notice(state.notice, state.texts)
        self.countdown.setText(state.countdown)
        self.countdown.setVisible(bool(state.countdown))
        self._render_buttons(state, old)
        self._render_panel(state, old)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Scale everything with the window."""
        self.side.setVisible(self.width() >= _WITH_SIDE)
        if self._state is not None and scale_for(self.size()) != self._style.scale:
            self._apply_style(self._state)

    # --- inside

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._middle.setContentsMargins(0, 0, 0, 0)
        self._middle.setSpacing(0)
        for part, stretch in ((self.notice, 0), (self.card, 1), (self.countdown, 0)):
            self._main.addWidget(part, stretch)
        self._main.addLayout(self._grid)
        self._middle.addLayout(self._main, 1)
        self._middle.addWidget(self.side)
        for page in (self._work, self.choice, self.pin):
            self.stack.addWidget(page)
        column.addWidget(self.head)
        column.addWidget(self.stack, 1)
        for button in self.buttons.values():
            button.setParent(self._work)
            button.hide()

    def _connect(self) -> None:
        self.side.selected.connect(lambda id_: self.action.emit(actions.TicketSelected(id_)))
        self.notice.dismissed.connect(lambda: self.action.emit(actions.NoticeDismissed()))
        for page in (self.choice, self.pin):
            page.action.connect(self.action)
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _on=False, name=name: self.action.emit(actions.ButtonPressed(name)))
        for keys in dict.fromkeys(KEYS.values()):
            self._shortcut(keys).activated.connect(lambda keys=keys: self._press_key(keys))
        for keys, action in SHORTCUTS.items():
            self._shortcut(keys).activated.connect(lambda action=action: self.action.emit(action))

    def _shortcut(self, keys: str) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)
        return shortcut

    def _press_key(self, keys: str) -> None:
        """Press the button of a key that is there now."""
        shown = () if self._state is None else self._state.buttons
        for button in shown:
            if KEYS[button] == keys:
                self.action.emit(actions.ButtonPressed(button))

    def _render_buttons(self, state: DeskViewState, old: DeskViewState | None) -> None:
        focused = next((part for part in (self, *self.buttons.values()) if part.hasFocus()), None)
        for name, button in self.buttons.items():
            button.setText(state.texts(f"desk.button.{name.value}"))
            button.setEnabled(name in state.enabled)
            button.set_kind(ButtonKind.PRIMARY if name is state.primary else ButtonKind.PLAIN)
        if focused is not None and state.panel is None and (focused is self or not focused.isEnabled()):
            # it waits here until there is something to press: Qt would give it to a ticket of the list
            self._focus_primary(state)
        if old is not None and (old.buttons, old.primary) == (state.buttons, state.primary):
            return
        for button in self.buttons.values():
            self._grid.removeWidget(button)
            button.hide()
        rest = [name for name in state.buttons if name is not state.primary]
        if state.primary is not None:
            self._grid.addWidget(self.buttons[state.primary], 0, 0, 1, _COLUMNS)
            self.buttons[state.primary].show()
        for number, name in enumerate(rest):
            self._grid.addWidget(self.buttons[name], 1 + number // _COLUMNS, number % _COLUMNS)
            self.buttons[name].show()
        if state.primary is not None and state.panel is None:
            self._focus_primary(state)
        self._size_buttons()

    def _focus_primary(self, state: DeskViewState) -> None:
        """Focus what Enter should press now; the screen itself while that can't be pressed."""
        primary = None if state.primary is None else self.buttons[state.primary]
        (primary if primary and primary.isEnabled() else self).setFocus(Qt.FocusReason.OtherFocusReason)

    def _size_buttons(self) -> None:
        primary = None if self._state is None else self._state.primary
        for name, button in self.buttons.items():
            button.setMinimumHeight(self._style.px(88 if name is primary else 0) or self._style.touch)

    def _render_panel(self, state: DeskViewState, old: DeskViewState | None) -> None:
        panel = state.panel
        if panel is None:
            self.stack.setCurrentWidget(self._work)
            if old is not None and old.panel is not None and state.primary is not None:
                self._focus_primary(state)
            return
        is_new = old is None or _kind(old.panel) != _kind(panel)
        page: ChoicePage | PinPage = self.pin
        if isinstance(panel, ChoicePanel):
            self.choice.show_panel(panel, state.texts)
            page = self.choice
        else:
            self.pin.show_panel(panel, state.texts)
        self.stack.setCurrentWidget(page)
        if is_new:
            page.focus_first()

    def _apply_style(self, state: DeskViewState) -> None:
        style = self._style = Style(theme(state.theme), scale_for(self.size()))
        self.setPalette(palette(style))
        self.setStyleSheet(style_sheet(style))
        pad = style.px(24)
        self._main.setContentsMargins(pad, style.px(16), pad, style.px(16))
        self._main.setSpacing(style.px(12))
        self._grid.setSpacing(style.px(12))
        self.countdown.setFont(style.font("body", bold=True))
        for part in (self.head, self.card, self.side, self.notice, self.choice, self.pin):
            part.apply_style(style)
        for button in self.buttons.values():
            button.apply_style(style)
        self._size_buttons()


def _kind(panel: ChoicePanel | PinPanel | None) -> tuple[str, int]:
    """Return what tells one panel from the next."""
    return type(panel).__name__, panel.generation if isinstance(panel, ChoicePanel) else 0
