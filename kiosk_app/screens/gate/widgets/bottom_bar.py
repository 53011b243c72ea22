"""The bar below: the input line and its buttons."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from resources.translations.catalogue import Texts

_TYPING_MS = 150
"""The pause after which typed text is searched; a keyboard-wedge scanner types a whole ticket in less."""


_INPUT_WIDTH = 320
"""The input line is at least so wide, at the design's size."""


class CodeInput(QLineEdit):
    """The line for codes and names. Down goes to the search hits."""

    hits_requested = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass Down on to the search hits; every other key is typing."""
        if event.key() == Qt.Key.Key_Down:
            self.hits_requested.emit()
            return
        super().keyPressEvent(event)


class BottomBar(QWidget):
    """The input line and its buttons; those of a group and of the waitlist only while there is one."""

    action = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bottomBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.input = CodeInput()
        self.input.setClearButtonEnabled(False)
        self.search = Button(ButtonKind.PLAIN, "search", "F3")
        self.override = Button(ButtonKind.PLAIN, "override", "F2")
        self.group = Button(ButtonKind.PRIMARY, "group", "F6")
        self.group.hide()
        self.waitlist = Button(ButtonKind.PRIMARY, "ticket", "F9")
        self.waitlist.hide()
        self.undo = Button(ButtonKind.PLAIN, "undo", "F7")
        self.undo.hide()
        self.sync = Button(ButtonKind.PRIMARY, "roster")
        self.sync.hide()
        self.menu = Button(ButtonKind.PLAIN, "menu", "F10")
        self._offers = (self.sync, self.waitlist, self.group, self.undo)
        self._style = DEFAULT_STYLE
        self._typing_timer = QTimer(self)
        self._typing_timer.setSingleShot(True)
        self._typing_timer.setInterval(_TYPING_MS)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.input, 1)
        for button in (*self._offers, self.search, self.override, self.menu):
            self._row.addWidget(button)
        self._typing_timer.timeout.connect(lambda: self.action.emit(actions.TextChanged(self.input.text())))
        self.input.textEdited.connect(lambda _text: self._typing_timer.start())
        self.input.returnPressed.connect(self._submit)
        self.search.clicked.connect(self.request_search)
        self.override.clicked.connect(lambda: self.action.emit(actions.OverrideRequested()))
        self.undo.clicked.connect(lambda: self.action.emit(actions.UndoRequested()))
        self.group.clicked.connect(lambda: self.action.emit(actions.GroupRequested()))
        self.waitlist.clicked.connect(lambda: self.action.emit(actions.WaitlistRequested()))
        self.sync.clicked.connect(lambda: self.action.emit(actions.SyncRequested()))
        self.menu.clicked.connect(lambda: self.action.emit(actions.MenuRequested()))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        self._row.setContentsMargins(style.px(16), style.px(8), style.px(16), style.px(8))
        self._row.setSpacing(style.px(12))
        for button in (*self._offers, self.search, self.override, self.menu):
            button.apply_style(style)
        self.input.setFont(style.font("body"))
        self.input.setFixedHeight(style.touch)
        self._fit()
        self.setFixedHeight(style.touch + 2 * style.px(8))

    def set_texts(self, texts: Texts) -> None:
        """Show the labels in another language."""
        self.input.setPlaceholderText(texts("ui.input"))
        self.input.setAccessibleName(texts("ui.input"))
        for button, key in (
            (self.sync, "ui.sync_now"),
            (self.undo, "ui.undo"),
            (self.search, "ui.search"),
            (self.override, "ui.override"),
            (self.menu, "ui.menu"),
        ):
            button.setText(texts(key))
            button.setAccessibleName(texts(key))
        self._fit()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Shorten the buttons where the input line needs the room."""
        self._fit()

    def enable_override(self, enabled: bool) -> None:
        """Enable and highlight the override button, or disable it."""
        self.override.setEnabled(enabled)
        self.override.set_kind(ButtonKind.PRIMARY if enabled else ButtonKind.PLAIN)

    def offer_undo(self, offered: bool) -> None:
        """Show the button that takes the last admission back, or hide it."""
        self._offer(self.undo, offered=offered)

    def offer_sync(self, offered: bool) -> None:
        """Show the button that tries to reach the hub, or hide it."""
        self._offer(self.sync, offered=offered)

    def _offer(self, button: Button, *, offered: bool) -> None:
        if offered is button.isHidden():
            button.setVisible(offered)
            self._fit()

    def offer_group(self, label: str) -> None:
        """Show the button of the last person's group; an empty label hides it."""
        self._label(self.group, label)

    def offer_waitlist(self, label: str) -> None:
        """Show the button of the waitlist at the door; an empty label hides it."""
        self._label(self.waitlist, label)

    def _label(self, button: Button, label: str) -> None:
        if label != button.text() or bool(label) is button.isHidden():
            button.setText(label)
            button.setAccessibleName(label)
            button.setVisible(bool(label))
            self._fit()

    def clear(self) -> None:
        """Empty the line."""
        self._typing_timer.stop()
        self.input.clear()

    def request_search(self) -> None:
        """Search for the text in the line; the focus stays there."""
        self._typing_timer.stop()
        self.input.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.action.emit(actions.SearchRequested(self.input.text()))

    def _fit(self) -> None:
        """Show the buttons whole, else without their keys, else as icons: the input line stays wide enough to read."""
        margins, buttons = self._row.contentsMargins(), [self.search, self.override, self.menu]
        buttons = [each for each in self._offers if not each.isHidden()] + buttons
        room = self.width() - margins.left() - margins.right() - len(buttons) * self._row.spacing()
        room -= self._style.px(_INPUT_WIDTH)
        forms = ((True, False), (False, False), (False, True))
        for shows_key, icon_only in forms:
            wanted = sum(each.width_of(shows_key=shows_key, icon_only=icon_only) for each in buttons)
            if wanted <= room:
                break
        for button in buttons:
            button.set_form(shows_key=shows_key, icon_only=icon_only)

    def _submit(self) -> None:
        self._typing_timer.stop()
        self.action.emit(actions.TextSubmitted(self.input.text()))
