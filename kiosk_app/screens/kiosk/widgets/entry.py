"""A field with a keyboard of its own. Nothing that was typed outlives the visitor, and nothing leaves the field."""

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QLineEdit, QWidget

from hub_sync.rules.text_normalization import ascii_digits
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.view_state import ActionButton, Emphasis, EntryBody, EntryKind
from kiosk_app.screens.kiosk.widgets.kiosk_button import PERSONS_REASONS, KioskButton
from kiosk_app.screens.kiosk.widgets.kiosk_style import DEFAULT_KIOSK_STYLE, KioskStyle
from kiosk_app.screens.kiosk.widgets.text_block import TextBlock

_FORBIDDEN = (
    QKeySequence.StandardKey.Undo,
    QKeySequence.StandardKey.Redo,
    QKeySequence.StandardKey.Copy,
    QKeySequence.StandardKey.Cut,
    QKeySequence.StandardKey.Paste,
    QKeySequence.StandardKey.SelectAll,
)
_LONGEST_LAST_ROW = 9
"""After more letters, the other keys have a row of their own."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class EntryField(QLineEdit):
    """A line without a history, a clipboard, a completion, a menu, an input method and a drag."""

    focused = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoTextHandles
        )
        self.setDragEnabled(False)
        self.setAcceptDrops(False)
        self.setCompleter(None)  # type: ignore[arg-type]  # PySide's stub knows no None
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def wipe(self) -> None:
        """Forget the text, and every way back to it."""
        self.setText("")  # unlike `clear`, it drops the undo history, too
        self.setModified(False)
        QGuiApplication.inputMethod().reset()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take letters; no key copies, pastes or undoes."""
        if any(event.matches(key) for key in _FORBIDDEN):
            event.accept()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open no menu."""
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say where the keyboard is."""
        super().focusInEvent(event)
        self.focused.emit(self.accessibleName(), event.reason() in PERSONS_REASONS)


class KeyBoard(QWidget):
    """Keys for a finger, the arrow keys or a single switch. Only one key is on the way of the Tab key."""

    typed = Signal(str)
    erased = Signal()
    alphabet_switched = Signal()
    focused = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._style, self._is_pin = DEFAULT_KIOSK_STYLE, False
        self._shown: tuple[str, tuple[str, ...], str, str] = ("", (), "", "")
        self.rows: list[list[KioskButton]] = []
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # keys are where they are in every language

    @property
    def keys(self) -> list[KioskButton]:
        """All keys."""
        return [key for row in self.rows for key in row]

    def apply_style(self, style: KioskStyle) -> None:
        """Apply another theme or scale."""
        self._style = style
        for key in self.keys:
            key.apply_style(style)
        self._place()

    def show_keys(self, body: EntryBody) -> None:
        """Show the keys of a field."""
        shown = (body.kind.name, body.rows, body.space, body.alphabet)
        if shown != self._shown:
            self._shown, self._is_pin = shown, body.kind is EntryKind.PIN
            for key in self.keys:
                key.hide()
                key.deleteLater()
            self.rows = [[self._key(letter, letter) for letter in row] for row in body.rows]
            if body.alphabet and len(body.rows[-1]) > _LONGEST_LAST_ROW:
                self.rows.append([])
            last = self.rows[-1]
            if body.alphabet:
                last.insert(0, self._key("\0alphabet", body.alphabet))
            if body.space:
                last.append(self._key(" ", body.space))
            last.append(self._key("\0erase", body.erase, icon="backspace"))
            self._make_tab_stop(self.rows[0][0])
        for key in self.keys:
            key.setEnabled(body.enabled)
        self._place()

    def height_for(self, most: int) -> int:
        """Return the height of the keys, at most `most`."""
        rows = max(1, len(self.rows))
        return min(most, rows * self._style.px(96))

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Spread the keys."""
        self._place()

    def eventFilter(self, watched: QObject, event: object) -> bool:
        """Move between keys by the arrow keys."""
        if isinstance(event, QKeyEvent) and event.type() is QKeyEvent.Type.KeyPress:
            step = _ARROWS.get(Qt.Key(event.key()))
            if step is not None and isinstance(watched, KioskButton):
                self._move(watched, *step)
                return True
        return False

    def _key(self, value: str, label: str, icon: str = "") -> KioskButton:
        key = KioskButton(size=28, is_key=True, parent=self)
        key.apply_style(self._style)
        key.show_button(ActionButton(label, value, Emphasis.PLAIN, icon))  # type: ignore[arg-type]
        key.chosen.connect(self._press)
        key.focused.connect(self.focused)
        key.installEventFilter(self)
        key.show()
        return key

    def _press(self, value: str) -> None:
        if value == "\0erase":
            self.erased.emit()
        elif value == "\0alphabet":
            self.alphabet_switched.emit()
        else:
            self.typed.emit(value)

    def _make_tab_stop(self, stop: KioskButton) -> None:
        for key in self.keys:
            key.setFocusPolicy(Qt.FocusPolicy.TabFocus if key is stop else Qt.FocusPolicy.NoFocus)

    def _move(self, key: KioskButton, right: int, down: int) -> None:
        number = next(index for index, row in enumerate(self.rows) if key in row)
        row = self.rows[(number + down) % len(self.rows)]
        place = self.rows[number].index(key)
        target = row[min(len(row) - 1, place)] if down else row[(place + right) % len(row)]
        self._make_tab_stop(target)
        target.setFocus(Qt.FocusReason.TabFocusReason)

    def _place(self) -> None:
        if not self.rows:
            return
        width, height = self.width(), self.height()
        longest = max(self._weight(row) for row in self.rows)
        widest = self._style.px(150 if self._is_pin else 104)
        unit = min(width / longest, widest)
        high = height / len(self.rows)
        for number, row in enumerate(self.rows):
            x = (width - unit * self._weight(row)) / 2
            for key in row:
                share = unit * self._width_of(key)
                key.setGeometry(round(x), round(number * high), round(share), round(high))
                x += share

    def _weight(self, row: list[KioskButton]) -> float:
        return sum(self._width_of(key) for key in row)

    def _width_of(self, key: KioskButton) -> float:
        value = str(key.button.action)
        if self._is_pin:
            return 1.0
        return 2.4 if value == " " else 1.5 if value.startswith("\0") else 1.0


class EntryView(QWidget):
    """The field, what is wrong with it, and its keyboard. `action` carries `EntryFinished` and the like."""

    action = Signal(object)
    focused = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._style, self._body, self._entry = DEFAULT_KIOSK_STYLE, None, -1
        self._upright = False
        self.field, self.keys = EntryField(), KeyBoard()
        self.problem = TextBlock(24, bold=True, lines=2)
        self.enter, self.back = KioskButton(size=26), KioskButton(size=26)
        for part in (self.field, self.keys, self.problem, self.enter, self.back):
            part.setParent(self)
        self.keys.typed.connect(self.type)
        self.keys.erased.connect(self.erase)
        self.keys.alphabet_switched.connect(lambda: self.action.emit(actions.AlphabetSwitched()))
        self.keys.focused.connect(self.focused)
        self.field.focused.connect(self.focused)
        self.enter.focused.connect(self.focused)
        self.back.focused.connect(self.focused)
        self.back.chosen.connect(self.action)
        self.field.returnPressed.connect(self._enter)
        self.enter.chosen.connect(lambda _: self._enter())
        self.field.textChanged.connect(lambda _: self._show_state())
        self.field.textEdited.connect(lambda _: self.action.emit(actions.InputNoted()))

    _body: EntryBody | None

    def apply_style(self, style: KioskStyle) -> None:
        """Apply another theme, scale or text size."""
        self._style = style
        self.field.setFont(style.font(40, bold=True))
        for part in (self.keys, self.problem, self.enter, self.back):
            part.apply_style(style)
        self._place()

    def show_entry(self, body: EntryBody) -> None:
        """Show a field for a kind of text; another `entry` empties it."""
        old, self._body = self._body, body
        is_pin = body.kind is EntryKind.PIN
        self.field.setEchoMode(QLineEdit.EchoMode.Password if is_pin else QLineEdit.EchoMode.Normal)
        self.field.setMaxLength(body.longest)
        self.field.setAccessibleName(body.label)
        self.field.setPlaceholderText(body.label)
        is_code = body.kind in (EntryKind.CODE, EntryKind.PIN)
        self.field.setLayoutDirection(Qt.LayoutDirection.LeftToRight if is_code else self.layoutDirection())
        self.keys.show_keys(body)
        self.problem.set_text(body.problem)
        self.back.show_button(body.back)
        if old is None or body.entry != self._entry or old.kind is not body.kind:
            self._entry = body.entry
            self.field.wipe()
        self._show_state()
        self._place()

    def set_upright(self, upright: bool) -> None:
        """Put the buttons below the keys on an upright screen, else beside the field."""
        self._upright = upright

    def wipe(self) -> None:
        """Forget everything that was typed."""
        self.field.wipe()
        self.problem.set_text("")

    def type(self, letter: str) -> None:
        """Add a letter as a key of the keyboard does."""
        self.field.insert(letter)
        self.action.emit(actions.InputNoted())
        if self._body is not None and self._body.kind is not EntryKind.PIN:
            self.focused.emit(letter, True)

    def erase(self) -> None:
        """Remove the last letter."""
        self.field.backspace()
        self.action.emit(actions.InputNoted())

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Give the keys what the field leaves."""
        self._place()

    def sizeHint(self) -> QSize:
        """Return the size of field and keys."""
        return QSize(self._style.px(1000), self._style.px(480))

    def _enter(self) -> None:
        if self.enter.isEnabled():
            self.action.emit(actions.EntryFinished(self.field.text()))

    def _show_state(self) -> None:
        body = self._body
        if body is None:
            return
        text = ascii_digits(self.field.text()).strip()
        is_ready = body.enabled and len(text) >= body.shortest
        self.enter.show_button(
            ActionButton(body.enter, actions.InputNoted(), Emphasis.PRIMARY, "check", enabled=is_ready)
        )

    def _place(self) -> None:
        if self._body is None:
            return
        style, width, height = self._style, self.width(), self.height()
        gap, line = style.px(12), max(style.touch, style.px(84), self.enter.least_height())
        is_pin = self._body.kind is EntryKind.PIN
        room = min(width, style.px(820 if is_pin else 1040))
        left, rtl = (width - room) // 2, self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        if self._upright:
            half = (room - gap) // 2
            self.field.setGeometry(left, 0, room, line)
            pair = (self.enter, self.back) if rtl else (self.back, self.enter)
            for number, button in enumerate(pair):
                button.setGeometry(left + number * (half + gap), height - line, half, line)
            height -= line + gap
        else:
            sides = [
                min(room // 4, max(style.px(150), button.sizeHint().width()))
                for button in (self.back, self.enter)
            ]
            row = [(self.back, sides[0]), (self.field, room - sum(sides) - 2 * gap), (self.enter, sides[1])]
            x = left
            for part, wide in reversed(row) if rtl else row:
                part.setGeometry(x, 0, wide, line)
                x += wide + gap
        top = line + gap
        if self.problem.text:
            high = min(style.px(80), self.problem.height_for(room))
            self.problem.set_centred(True)
            self.problem.setGeometry(left, top, room, high)
            top += high + gap
        keys = self.keys.height_for(max(0, height - top))
        self.keys.setGeometry(0, top + max(0, (height - top - keys) // 2), width, keys)
