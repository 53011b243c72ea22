"""The page of the printer: a test slip and its question; which printer it is, and those of this machine to choose from."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.setup.presenter.printer import PrinterPresenter, PrinterRow
from kiosk_app.screens.setup.widgets.page import LivePage, content_scroll, show_question
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.icons import icon
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.themes import Signal
from resources.translations.catalogue import Texts

_TICK_MS = 500
_SIDE_COLUMN, _BAR, _LIST_HEIGHT = 420, 16, 150
_LONGEST_ADDRESS = 300
_PLACEHOLDER = "192.0.2.7"


class PrinterPage(LivePage):
    """Two columns: the test print with its question and the printer's facts; the printers, and an address to type."""

    presenter: PrinterPresenter

    icon_name = "printer"

    def __init__(self, context: ScreenContext, texts: Texts) -> None:
        super().__init__(context, texts)
        self.presenter = PrinterPresenter(texts, context.operator)
        self.mark, self.title, self.text, self.last = PlainLabel(), PlainLabel(), PlainLabel(), PlainLabel()
        self.print_button = Button(ButtonKind.PRIMARY, "printer")
        self.good, self.bad = Button(ButtonKind.PRIMARY, "check"), Button(ButtonKind.PLAIN, "close")
        self.width_button = Button(ButtonKind.PLAIN, "swap")
        self.choice, self.printers = PlainLabel(), ItemList()
        self.address_label, self.address = PlainLabel(texts("setup.printer.address")), QLineEdit()
        self.use = Button(ButtonKind.PLAIN, "check")
        self._rows, self._facts = QGridLayout(), QWidget()
        self._columns, self._heading, self._answers = QHBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        self._left, self._right, self._typed = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        self._main = QWidget()
        self._scroll = content_scroll(self._main)
        self._lay_out()
        self.print_button.setText(texts("setup.printer.print"))
        self.good.setText(texts("setup.printer.yes"))
        self.bad.setText(texts("setup.printer.no"))
        self.use.setText(texts("setup.printer.use"))
        self.address.setPlaceholderText(_PLACEHOLDER)
        self.address.setAccessibleName(self.address_label.text())
        self.address.setMaxLength(_LONGEST_ADDRESS)
        self.address.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.print_button.clicked.connect(lambda: self.issue(self.presenter.print_test()))
        self.good.clicked.connect(lambda: self.issue(self.presenter.answer(is_good=True)))
        self.bad.clicked.connect(lambda: self.issue(self.presenter.answer(is_good=False)))
        self.width_button.clicked.connect(lambda: self.issue(self.presenter.use_other_width()))
        self.printers.selected.connect(lambda address: self.issue(self.presenter.choose(address)))
        self.use.clicked.connect(self._use_address)
        self.address.returnPressed.connect(self._use_address)
        self.first = self.print_button
        self.watch(_TICK_MS)
        self.render_state()

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._columns.setContentsMargins(style.px(40), style.px(36), style.px(40), style.px(36))
        self._columns.setSpacing(style.px(36))
        for row in (self._heading, self._answers, self._typed):
            row.setSpacing(style.px(12))
        for column in (self._left, self._right):
            column.setSpacing(style.px(14))
        self._rows.setHorizontalSpacing(style.px(14))
        self._rows.setVerticalSpacing(style.px(12))
        self._rows.setContentsMargins(0, style.px(12), 0, style.px(12))
        self.printers.apply_style(style)
        for button in (self.print_button, self.good, self.bad, self.width_button, self.use):
            button.apply_style(style)
        self.title.setFont(style.font("large", bold=True))
        self.choice.setFont(style.font("title", bold=True))
        self.text.setFont(style.font("body"))
        for label in (self.last, self.address_label):
            label.setFont(style.font("caption"))
        self.address.setFont(style.font("body"))
        self.address.setMinimumHeight(style.touch)
        for widget in (self.choice, self.printers, self.address_label):
            widget.setFixedWidth(style.px(_SIDE_COLUMN))
        self.printers.setMinimumHeight(style.px(_LIST_HEIGHT))
        self.render_state()

    def render_state(self) -> None:
        """Show what the presenter holds."""
        state = self.presenter.state
        self.title.setText(state.title)
        self.text.setText(state.text)
        self.mark.setVisible(state.signal is not None)
        if state.signal is not None:
            self.mark.setPixmap(self._icon(f"verdict-{state.signal.value}", state.signal, 40))
        show_question(
            self,
            self.print_button,
            (self.good, self.bad),
            can_ask=state.can_print,
            can_answer=state.can_answer,
        )
        self.width_button.setText(state.other_width)
        self.width_button.setVisible(bool(state.other_width))
        self.last.setText(state.last)
        self.choice.setText(state.choice)
        self.printers.setAccessibleName(state.choice)
        self.printers.set_items(state.printers)
        self._render_rows(state.rows)
        self.setAccessibleName(f"{state.title} {state.text}")

    # --- inside

    def _lay_out(self) -> None:
        for label in (self.title, self.text, self.last, self.choice):
            label.setWordWrap(True)
        for label in (self.text, self.last, self.address_label):
            label.setProperty("quiet", True)
        self.last.setTextFormat(Qt.TextFormat.PlainText)
        self._heading.addWidget(self.mark)
        self._heading.addWidget(self.title, 1)
        self._left.addLayout(self._heading)
        self._left.addWidget(self.text)
        for button in (self.print_button, self.good, self.bad, self.width_button):
            self._answers.addWidget(button)
        self._answers.addStretch(1)
        self._left.addLayout(self._answers)
        self._facts.setLayout(self._rows)
        self._left.addWidget(self._facts)
        self._left.addStretch(1)
        self._left.addWidget(self.last)
        self._left.setContentsMargins(0, 0, 0, 0)
        self._main.setLayout(self._left)
        self._right.addWidget(self.choice)
        self._right.addWidget(self.printers, 1)
        self._right.addWidget(self.address_label)
        self._typed.addWidget(self.address, 1)
        self._typed.addWidget(self.use)
        self._right.addLayout(self._typed)
        self._columns.addWidget(self._scroll, 1)
        self._columns.addLayout(self._right)

    def _use_address(self) -> None:
        """Use what was typed; it stays in the field, so that a mistake can be mended."""
        self.issue(self.presenter.use_address(self.address.text()))

    def _render_rows(self, rows: tuple[PrinterRow, ...]) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for number, row in enumerate(rows):
            mark, label, value = PlainLabel(), PlainLabel(row.label), PlainLabel(_breakable(row.value))
            name = "check" if row.signal is Signal.GREEN else f"verdict-{row.signal.value}"
            mark.setPixmap(self._icon(name, row.signal, 24))
            label.setProperty("quiet", True)
            label.setFont(self.style_.font("body"))
            value.setFont(self.style_.font("body", bold=True))
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setWordWrap(True)
            value.setAlignment(self._leading())  # else Latin letters go to the left in Arabic, too
            for column, widget in enumerate((mark, label, value)):
                self._rows.addWidget(widget, number, column, Qt.AlignmentFlag.AlignTop)
        self._rows.setColumnStretch(2, 1)

    def _leading(self) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self.texts.rtl else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignTop

    def _icon(self, name: str, signal: Signal, side: int) -> QPixmap:
        colour = self.style_.theme.signal(signal).mark
        return icon(name, self.style_.px(side), colour, ratio=self.devicePixelRatioF())


def _breakable(text: str) -> str:
    """Return a text that a narrow column may break after each part of an address."""
    return re.sub(r"(?<=[:/?&=])(?=\S)", "\u200b", text) if "://" in text else text
