"""The page of the hand-held scanner: scan the test code, see what the station learned, choose how the scanner is read."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from hardware.scanner import SETUP_CODE
from kiosk_app.messages import ScreenMessage
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.setup.presenter.scanner import Commands, FindingRow, ScannerSetupPresenter
from kiosk_app.screens.setup.widgets.code_sheet import save_code_sheet
from kiosk_app.screens.setup.widgets.page import SetupPage, content_scroll
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.code_image import CodeImage
from kiosk_app.ui.icons import icon
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.themes import Signal
from resources.translations.catalogue import Texts

_TICK_MS = 500
_CODE_COLUMN, _CHOICE_COLUMN = 316, 340


class ScannerPage(SetupPage):
    """Three columns: the code, what the station learned from it, and the scanners of this machine."""

    icon_name = "scanner"

    def __init__(self, context: ScreenContext, texts: Texts) -> None:
        super().__init__(context, texts)
        self.presenter = ScannerSetupPresenter(texts)
        self.code, self.caption = CodeImage(SETUP_CODE), PlainLabel(texts("setup.scanner.caption"))
        self.print_button, self.save = Button(ButtonKind.PLAIN, "upload"), Button(ButtonKind.PRIMARY, "check")
        self.title, self.text, self.raw, self.mark = PlainLabel(), PlainLabel(), PlainLabel(), PlainLabel()
        self.advice = [PlainLabel() for _ in range(4)]
        self.connection, self.choices = PlainLabel(texts("setup.scanner.connection")), ItemList()
        self._rows, self._findings = QGridLayout(), QWidget()
        self._lesson, self._words = QWidget(), QVBoxLayout()
        self._scroll = content_scroll(self._lesson)
        self._columns, self._heading = QHBoxLayout(self), QHBoxLayout()
        self._vertical = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self._lay_out()
        self.print_button.setText(texts("setup.scanner.print"))
        self.save.setText(texts("setup.scanner.save"))
        self.choices.setAccessibleName(self.connection.text())
        self.choices.selected.connect(self._select)
        self.save.clicked.connect(lambda: self._issue(self.presenter.save()))
        self.print_button.clicked.connect(self._print)
        self._timer = self.create_timer(_TICK_MS, self._tick)
        self._render()

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._columns.setContentsMargins(style.px(32), style.px(28), style.px(32), style.px(28))
        self._columns.setSpacing(style.px(36))
        self._heading.setSpacing(style.px(14))
        for column in (*self._vertical, self._words):
            column.setSpacing(style.px(12))
        self._rows.setHorizontalSpacing(style.px(14))
        self._rows.setVerticalSpacing(style.px(10))
        for part in (self.code, self.choices, self.print_button, self.save):
            part.apply_style(style)
        self.title.setFont(style.font("large", bold=True))
        self.connection.setFont(style.font("title", bold=True))
        for label in (self.text, *self.advice):
            label.setFont(style.font("body"))
        for label in (self.caption, self.raw):
            label.setFont(style.font("caption"))
        self.caption.setFixedWidth(style.px(_CODE_COLUMN - 16))
        self.choices.setFixedWidth(style.px(_CHOICE_COLUMN))
        self.connection.setFixedWidth(style.px(_CHOICE_COLUMN))
        self._render()

    def receive(self, message: ScreenMessage) -> None:
        """Show what was scanned, or the scanners of this machine."""
        self.presenter.receive(message)
        self._render()

    def activate(self) -> None:
        """List the scanners, and go on while the page is open."""
        self._timer.start()
        self._tick()

    def leave(self) -> None:
        """Give a scanner back that was tried and has read nothing."""
        self._timer.stop()
        self._issue(self.presenter.leave())

    # --- inside

    def _lay_out(self) -> None:
        left, middle, right = self._vertical
        for label in (self.caption, self.text, self.raw, self.title, *self.advice):
            label.setWordWrap(True)
        for label in (self.caption, self.raw, self.text):
            label.setProperty("quiet", True)
        for label in self.advice:
            label.setProperty("problem", True)
        self.raw.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.raw.setTextFormat(Qt.TextFormat.PlainText)
        self.raw.setAlignment(self._leading())
        left.addWidget(self.code)
        left.addWidget(self.caption)
        left.addStretch(1)
        left.addWidget(self.print_button)
        heading = self._heading
        heading.addWidget(self.mark)
        heading.addWidget(self.title, 1)
        words = self._words
        words.setContentsMargins(0, 0, 0, 0)
        words.addLayout(heading)
        words.addWidget(self.text)
        self._findings.setLayout(self._rows)
        self._rows.setContentsMargins(0, 12, 0, 12)
        words.addWidget(self._findings)
        for label in self.advice:
            words.addWidget(label)
        words.addWidget(self.raw)
        words.addStretch(1)
        self._lesson.setLayout(words)
        middle.addWidget(self._scroll, 1)
        middle.addWidget(self.save, 0, Qt.AlignmentFlag.AlignLeading)
        right.addWidget(self.connection)
        right.addWidget(self.choices, 1)
        self._columns.addLayout(left)
        self._columns.addLayout(middle, 1)
        self._columns.addLayout(right)

    def _render(self) -> None:
        state, style = self.presenter.state, self.style_
        self.title.setText(state.title)
        self.text.setText(state.text)
        self.mark.setVisible(state.signal is not None)
        if state.signal is not None:
            colour = style.theme.signal(state.signal).mark
            name, side = f"verdict-{state.signal.value}", style.px(40)
            self.mark.setPixmap(icon(name, side, colour, ratio=self.devicePixelRatioF()))
        self._render_rows(state.rows)
        for label, advice in zip(self.advice, (*state.advice, "", "", "", ""), strict=False):
            label.setText(advice)
            label.setVisible(bool(advice))
        self.raw.setText(self.texts("setup.scanner.read", text=state.raw) if state.raw else "")
        self.choices.set_items(state.choices)
        self.save.setVisible(state.can_save)
        self.setAccessibleName(f"{state.title} {state.text}")

    def _render_rows(self, rows: tuple[FindingRow, ...]) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        style = self.style_
        for number, row in enumerate(rows):
            mark, label, value = PlainLabel(), PlainLabel(row.label), PlainLabel(row.value)
            name = "check" if row.signal is Signal.GREEN else "verdict-amber"
            colour = style.theme.signal(row.signal).mark
            mark.setPixmap(icon(name, style.px(24), colour, ratio=self.devicePixelRatioF()))
            label.setProperty("quiet", True)
            label.setFont(style.font("body"))
            value.setFont(style.font("body", bold=True))
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setWordWrap(True)
            value.setAlignment(self._leading())  # else Latin letters go to the left in Arabic, too
            for column, widget in enumerate((mark, label, value)):
                self._rows.addWidget(widget, number, column)
        self._rows.setColumnStretch(2, 1)
        self._findings.setVisible(bool(rows))

    def _leading(self) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self.texts.rtl else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter

    def _select(self, address: str) -> None:
        self._issue(self.presenter.select(address, self.context.clock.monotonic_ms()))

    def _tick(self) -> None:
        self._issue(self.presenter.tick(self.context.clock.monotonic_ms()))

    def _issue(self, commands: Commands) -> None:
        for command in commands:
            self.command_issued.emit(command)
        self._render()

    def _print(self) -> None:
        path = save_code_sheet(self.code, self.texts)
        key = "setup.scanner.print_failed" if path is None else "setup.scanner.printed"
        self.caption.setText(self.texts(key, path=path or ""))
