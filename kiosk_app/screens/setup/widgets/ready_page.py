"""The page of the ready check: "Ready to open" or what is to be done, and a line with a button for each part."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hub_sync.contract.ready_check import ReadyPart
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.setup.presenter.ready import PAGES, ReadyFix, ReadyPresenter, ReadyRow
from kiosk_app.screens.setup.widgets.page import LivePage, content_scroll
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.icons import icon
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from resources.themes import Signal
from resources.translations.catalogue import Texts

_TICK_MS = 1_000
_ICONS = {
    ReadyFix.SYNC: "roster",
    ReadyFix.SCANNER: "scanner",
    ReadyFix.WIRING: "swap",
    ReadyFix.PRINTER: "printer",
    ReadyFix.TONE: "sound",
    ReadyFix.HEARD: "check",
    ReadyFix.NOT_HEARD: "sound-off",
    ReadyFix.LEAVE: "entry",
    ReadyFix.LEAVE_DESK: "entry",
}
_COLUMNS = 2


class ReadyEntry(QWidget):
    """One part: its mark, its name and sentence, and its buttons."""

    def __init__(self, page: "ReadyPage") -> None:
        super().__init__()
        self.mark, self.label, self.text = PlainLabel(), PlainLabel(), PlainLabel()
        self.buttons = {fix: Button(ButtonKind.PLAIN, _ICONS[fix]) for fix in ReadyFix}
        self._row, self._words = QHBoxLayout(self), QVBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self.text.setWordWrap(True)
        self.text.setProperty("quiet", True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self._words.addWidget(self.label)
        self._words.addWidget(self.text)
        self._words.addStretch(1)
        self._row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(self._words, 1)
        for fix, button in self.buttons.items():
            button.setText(page.texts(f"ready.fix.{fix.value}"))
            button.hide()
            button.clicked.connect(lambda _on=False, fix=fix: page.press(fix))
            self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def render_row(self, row: ReadyRow, style: Style, ratio: float) -> None:
        """Show a part as it is now."""
        self.label.setText(row.label)
        self.text.setText(row.text)
        self.setAccessibleName(row.spoken)
        signal = row.signal
        colour = style.theme.quiet if signal is None else style.theme.signal(signal).mark
        name = (
            "circle" if signal is None else "check" if signal is Signal.GREEN else f"verdict-{signal.value}"
        )
        self.mark.setPixmap(icon(name, style.px(26), colour, ratio=ratio))
        for fix, button in self.buttons.items():
            button.setVisible(fix in row.fixes)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._row.setSpacing(style.px(14))
        self._words.setSpacing(style.px(2))
        self.label.setFont(style.font("body", bold=True))
        self.text.setFont(style.font("caption"))
        self.mark.setFixedWidth(style.px(28))
        for button in self.buttons.values():
            button.apply_style(style)


class ReadyPage(LivePage):
    """The summary above, the parts in two columns below it."""

    presenter: ReadyPresenter

    icon_name = "check"

    def __init__(self, context: ScreenContext, texts: Texts) -> None:
        super().__init__(context, texts)
        self.presenter = ReadyPresenter(texts, context.operator)
        self.mark, self.title, self.text, self.last = PlainLabel(), PlainLabel(), PlainLabel(), PlainLabel()
        self.finish = Button(ButtonKind.PRIMARY, "check")
        self.lines = {part: ReadyEntry(self) for part in ReadyPart}
        self._column, self._heading, self._words = QVBoxLayout(self), QHBoxLayout(), QVBoxLayout()
        self._columns, self._parts = QHBoxLayout(), QWidget()
        self._scroll = content_scroll(self._parts)
        self._sides = tuple(QVBoxLayout() for _ in range(_COLUMNS))
        self._lay_out()
        self.finish.setText(texts("ready.finish"))
        self.finish.clicked.connect(lambda: self.issue(self.presenter.finish()))
        self.first = self.finish
        self.watch(_TICK_MS)
        self.apply_style(DEFAULT_STYLE)

    def press(self, fix: ReadyFix) -> None:
        """Do what a button says."""
        if fix in PAGES:
            self.page_requested.emit(PAGES[fix])
        else:
            self.issue(self.presenter.fix(fix))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._column.setContentsMargins(style.px(40), style.px(24), style.px(40), style.px(16))
        self._column.setSpacing(style.px(20))
        self._heading.setSpacing(style.px(20))
        self._words.setSpacing(style.px(4))
        self._columns.setSpacing(style.px(40))
        self._columns.setContentsMargins(style.px(14), 0, style.px(14), 0)  # room for the scroll bar
        for side in self._sides:
            side.setSpacing(style.px(12))
        self.title.setFont(style.font("large", bold=True))
        self.text.setFont(style.font("body"))
        self.last.setFont(style.font("caption"))
        self.finish.apply_style(style)
        for line in self.lines.values():
            line.apply_style(style)
        self.render_state()

    # --- inside

    def _lay_out(self) -> None:
        for label in (self.title, self.text, self.last):
            label.setWordWrap(True)
        for label in (self.text, self.last):
            label.setProperty("quiet", True)
        self.last.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self.title, self.text, self.last):
            self._words.addWidget(label)
        self._heading.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        self._heading.addLayout(self._words, 1)
        self._heading.addWidget(self.finish, 0, Qt.AlignmentFlag.AlignTop)
        rows = -(-len(self.lines) // _COLUMNS)
        for number, line in enumerate(self.lines.values()):
            self._sides[number // rows].addWidget(line)
        for side in self._sides:
            side.addStretch(1)
            self._columns.addLayout(side, 1)
        self._parts.setLayout(self._columns)
        self._column.addLayout(self._heading)
        self._column.addWidget(self._scroll, 1)

    def render_state(self) -> None:
        """Show what the presenter holds."""
        state, style, ratio = self.presenter.state, self.style_, self.devicePixelRatioF()
        self.title.setText(state.title)
        self.text.setText(state.text)
        self.last.setText(state.last)
        self.mark.setVisible(state.signal is not None)
        if state.signal is not None:
            colour = style.theme.signal(state.signal).mark
            self.mark.setPixmap(icon(f"verdict-{state.signal.value}", style.px(64), colour, ratio=ratio))
        self.finish.setEnabled(state.can_finish)
        rows = {row.part: row for row in state.rows}
        for part, line in self.lines.items():
            line.setVisible(part in rows)
            if part in rows:
                line.render_row(rows[part], style, ratio)
        self.setAccessibleName(f"{state.title} {state.text}")
