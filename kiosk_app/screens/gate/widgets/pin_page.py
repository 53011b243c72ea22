"""The panel of sign-on: the operators' names on one side, a pad for the PIN on the other."""

import time

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from hub_sync.rules.operator_pins import LONGEST_PIN, SHORTEST_PIN
from hub_sync.rules.text_normalization import ascii_digits
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import PinPanel
from kiosk_app.screens.gate.widgets.panel_base import PanelPage, row_layout
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.items import TAKES_TYPING
from kiosk_app.ui.painting import create_painter, draw_focus_ring, draw_rounded_rect
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from resources.translations.catalogue import Texts

_ERASING = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
_FOREIGN_S = 2.0
"""Enter so soon after a key that belongs to no PIN is that of a slow scanner: it enters nothing."""
_PAD_WIDTH, _KEY_GAP, _KEY_HEIGHT = 396, 10, 72


class PinField(QWidget):
    """The digits as dots. It takes digits, Backspace and Enter from a keyboard; nothing can be pasted or copied."""

    entered = Signal(str)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.digits, self._style = "", DEFAULT_STYLE
        self._foreign_at = float("-inf")
        self.setProperty(TAKES_TYPING, True)  # people press Enter right after the last digit
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def note_foreign(self) -> None:
        """Note a key that belongs to no PIN."""
        self._foreign_at = time.monotonic()

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        self.setFixedHeight(style.touch)
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the longest PIN."""
        return QSize(self._style.px(_PAD_WIDTH), self._style.touch)

    def add(self, digit: str) -> None:
        """Add a digit, up to the longest PIN."""
        if self.isEnabled() and len(self.digits) < LONGEST_PIN:
            self._set(self.digits + digit)

    def erase(self) -> None:
        """Remove the last digit."""
        self._set(self.digits[:-1])

    def clear(self) -> None:
        """Remove all digits."""
        self._set("")

    def enter(self) -> None:
        """Emit the PIN if it can be one."""
        if self.isEnabled() and len(self.digits) >= SHORTEST_PIN:
            self.entered.emit(self.digits)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take digits of any script, Backspace and Enter; every other key goes on to the panel."""
        digit = ascii_digits(event.text())
        if len(digit) == 1 and digit.isascii() and digit.isdigit():
            if len(self.digits) == LONGEST_PIN:
                self.note_foreign()
            self.add(digit)
        elif event.key() in _ERASING:
            self.erase()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat() and time.monotonic() - self._foreign_at >= _FOREIGN_S:
                self.enter()
        else:
            if event.text().strip() and event.text().isprintable():
                self.note_foreign()
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint a dot for each digit, in the middle."""
        painter, style, theme = create_painter(self), self._style, self._style.theme
        rect, radius = self.rect(), style.px(12)
        draw_rounded_rect(painter, rect, radius, QColor(theme.field), QColor(theme.edge), 2)
        if self.hasFocus():
            draw_focus_ring(painter, rect, radius, style)
        self._paint_dots(painter, rect)

    def _paint_dots(self, painter: QPainter, rect: QRect) -> None:
        style = self._style
        side, gap = style.px(14), style.px(14)
        slots = max(SHORTEST_PIN, len(self.digits))
        x = rect.center().x() - (slots * side + (slots - 1) * gap) // 2
        ink, faint = QColor(style.theme.text), QColor(style.theme.quiet)
        faint.setAlphaF(0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        for number in range(slots):
            is_typed = number < len(self.digits)
            dot = side if is_typed else side // 2
            painter.setBrush(ink if is_typed else faint)
            painter.drawEllipse(x + (side - dot) // 2, rect.center().y() - dot // 2 + 1, dot, dot)
            x += side + gap

    def _set(self, digits: str) -> None:
        if digits != self.digits:
            self.digits = digits
            self.changed.emit()
            self.update()


class PinPage(PanelPage):
    """Choose a name, type the PIN. The keys of the pad take no keyboard focus: digits are typed from wherever it is.

    What a hand-held scanner types does not come here (`shell.scanner_filter`).
    """

    def __init__(self) -> None:
        super().__init__(wide=True)
        self._attempt = -1
        self.operators, self.field = ItemList(), PinField()
        self.prompt, self.problem = PlainLabel(), PlainLabel()
        self.keys = {digit: Button(ButtonKind.PLAIN) for digit in "1234567890"}
        self.erase = Button(ButtonKind.PLAIN, "backspace")
        self.cancel, self.confirm = (
            Button(ButtonKind.PLAIN, "close", "Esc"),
            Button(ButtonKind.PRIMARY, "check"),
        )
        self._keys, self._pad = QGridLayout(), QWidget()
        self._side = QVBoxLayout()
        self._row = row_layout(self._side, self._pad)
        self._lay_out()
        self.operators.selected.connect(self._select)
        self.field.entered.connect(lambda pin: self.action.emit(actions.PinEntered(pin)))
        self.field.changed.connect(self._show_digits)
        self.erase.clicked.connect(self.field.erase)
        self.confirm.clicked.connect(self.field.enter)
        self.cancel.clicked.connect(lambda: self.action.emit(actions.Dismissed()))
        for digit, key in self.keys.items():
            key.clicked.connect(lambda _on=False, digit=digit: self.field.add(digit))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self.operators.apply_style(style)
        self.field.apply_style(style)
        self.prompt.setFont(style.font("body", bold=True))
        self.problem.setFont(style.font("body", bold=True))
        self._pad.setFixedWidth(max(5 * style.touch, style.px(_PAD_WIDTH)))
        self._keys.setSpacing(style.px(_KEY_GAP))
        self._row.setSpacing(style.px(24))
        self._side.setSpacing(self.column.spacing())
        for key in (*self.keys.values(), self.erase, self.confirm):
            key.setMinimumHeight(max(style.touch, style.px(_KEY_HEIGHT) if style.scale >= 1 else 0))

    def show_panel(self, panel: PinPanel, texts: Texts) -> None:
        """Show the names, whose PIN is typed, and what was wrong with the last one."""
        self.set_heading(panel.title, panel.text)
        self.operators.setAccessibleName(panel.title)
        self.operators.set_items(panel.operators)
        self.prompt.setText(texts("pin.of", name=panel.selected) if panel.selected else texts("pin.choose"))
        self.problem.setText(panel.problem)
        self.problem.setVisible(bool(panel.problem))
        self.cancel.setText(texts("ui.cancel"))
        self.cancel.setVisible(panel.can_cancel)
        self.confirm.setText(texts("pin.confirm"))
        self.erase.setAccessibleName(texts("pin.erase"))
        self.field.setAccessibleName(texts("pin.field"))
        for digit, key in self.keys.items():
            key.setText(digit)
        self._enable(is_open=bool(panel.selected) and not panel.is_checked)
        self.operators.passes_letters = self.field.isEnabled()
        if panel.attempt != self._attempt:
            self._attempt = panel.attempt
            self.field.clear()
            if panel.selected and self.isVisible():
                self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_digits()

    def focus_first(self) -> None:
        """Focus the PIN if somebody is selected, else the names."""
        target = self.field if self.field.isEnabled() else self.operators
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass digits on to the PIN, wherever the focus is."""
        digit = ascii_digits(event.text())
        if len(digit) == 1 and digit.isascii() and digit.isdigit() and self.field.isEnabled():
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self.field.add(digit)
            return
        if event.text().strip() and event.text().isprintable():
            self.field.note_foreign()
        super().keyPressEvent(event)

    def _lay_out(self) -> None:
        for part in (self.prompt, self.problem):
            part.setWordWrap(True)
        self.problem.setProperty("problem", True)
        for button in (*self.keys.values(), self.erase):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for number, digit in enumerate("123456789"):
            self._keys.addWidget(self.keys[digit], number // 3, number % 3)
            self._keys.setColumnStretch(number % 3, 1)
        self._keys.addWidget(self.erase, 3, 0)
        self._keys.addWidget(self.keys["0"], 3, 1)
        self._keys.addWidget(self.confirm, 3, 2)
        self._pad.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # as on a telephone, in every language
        pad = QVBoxLayout(self._pad)
        pad.setContentsMargins(0, 0, 0, 0)
        pad.addWidget(self.prompt)
        pad.addWidget(self.field)
        pad.addLayout(self._keys)
        pad.addStretch(1)
        # All that may be long or not there is beside the keys, where the list of names gives way: no key is ever cut.
        for part in (self.title, self.text):
            self.column.removeWidget(part)
        for part in (self.title, self.text, self.problem):
            self._side.addWidget(part)
        self._side.addWidget(self.operators, 1)
        self._side.addLayout(row_layout(self.cancel, 1))
        self.column.addLayout(self._row, 1)

    def _select(self, operator_id: str) -> None:
        self.action.emit(actions.OperatorSelected(operator_id))

    def _enable(self, *, is_open: bool) -> None:
        for part in (*self.keys.values(), self.erase, self.field):
            part.setEnabled(is_open)

    def _show_digits(self) -> None:
        self.confirm.setEnabled(self.field.isEnabled() and len(self.field.digits) >= SHORTEST_PIN)
        self.erase.setEnabled(self.field.isEnabled() and bool(self.field.digits))
