"""The page of the turnstile: a test pulse, three answers, and the board and the sensor live beside them."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kiosk_app.messages import WiringAnswer
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.setup.presenter.wiring import WiringPresenter, WiringRow
from kiosk_app.screens.setup.widgets.page import LivePage, content_scroll, show_question
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.icons import icon
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.themes import Signal
from resources.translations.catalogue import Texts

_TICK_MS = 250
_SIDE_COLUMN, _BAR, _LIST_HEIGHT = 420, 16, 150


class WiringPage(LivePage):
    """Two columns: the test with its question; what the devices report, and the boards to choose from."""

    presenter: WiringPresenter

    icon_name = "swap"

    def __init__(self, context: ScreenContext, texts: Texts) -> None:
        super().__init__(context, texts)
        self.presenter = WiringPresenter(texts, context.operator)
        self.mark, self.title, self.text, self.last = PlainLabel(), PlainLabel(), PlainLabel(), PlainLabel()
        self.pulse = Button(ButtonKind.PRIMARY, "entry")
        self.answers = {answer: Button(ButtonKind.PLAIN, _ICONS[answer]) for answer in WiringAnswer}
        self.channel = PlainLabel()
        self.down, self.up = Button(ButtonKind.PLAIN), Button(ButtonKind.PLAIN)
        self.devices = PlainLabel(texts("setup.wiring.devices"))
        self.choice = PlainLabel()
        self.doubt, self.kept, self.boards = PlainLabel(), PlainLabel(), ItemList()
        self.use = Button(ButtonKind.PLAIN, "swap")
        self.keep = Button(ButtonKind.PLAIN, "check")
        self._rows, self._facts = QGridLayout(), QWidget()
        self._rendered: tuple[tuple[WiringRow, ...], Style] | None = None
        self._columns, self._heading = QHBoxLayout(self), QHBoxLayout()
        self._answers, self._channels = QBoxLayout(QBoxLayout.Direction.LeftToRight), QHBoxLayout()
        self._left, self._right, self._acts = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        self._side = QWidget()
        self._scroll = content_scroll(self._side)
        self._lay_out()
        self.pulse.setText(texts("setup.wiring.pulse"))
        self.down.setText("\u2212")
        self.up.setText("+")
        self.down.setAccessibleName(texts("setup.wiring.channel_down"))
        self.up.setAccessibleName(texts("setup.wiring.channel_up"))
        for answer, button in self.answers.items():
            button.setText(texts(f"setup.wiring.answer_{answer.value}"))
            button.clicked.connect(lambda _on=False, answer=answer: self.issue(self.presenter.answer(answer)))
        self.use.setText(texts("setup.wiring.use"))
        self.boards.selected.connect(self._choose)
        self.use.clicked.connect(lambda: self.issue(self.presenter.use_board()))
        self.keep.clicked.connect(lambda: self.issue(self.presenter.keep_board()))
        self.pulse.clicked.connect(lambda: self.issue(self.presenter.pulse()))
        self.down.clicked.connect(lambda: self.issue(self.presenter.step_channel(-1)))
        self.up.clicked.connect(lambda: self.issue(self.presenter.step_channel(1)))
        self.first = self.pulse
        self.watch(_TICK_MS)
        self.render_state()

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._columns.setContentsMargins(style.px(40), style.px(36), style.px(40), style.px(36))
        self._columns.setSpacing(style.px(36))
        self._heading.setSpacing(style.px(14))
        for row in (self._answers, self._channels, self._acts):
            row.setSpacing(style.px(12))
        for column in (self._left, self._right):
            column.setSpacing(style.px(14))
        self._rows.setHorizontalSpacing(style.px(14))
        self._rows.setVerticalSpacing(style.px(12))
        self.boards.apply_style(style)
        for button in (self.pulse, self.down, self.up, self.use, self.keep, *self.answers.values()):
            button.apply_style(style)
        self.title.setFont(style.font("large", bold=True))
        for label in (self.devices, self.choice):
            label.setFont(style.font("title", bold=True))
        for label in (self.doubt, self.kept):
            label.setFont(style.font("caption"))
        for widget in (self.choice, self.boards, self.kept):
            widget.setFixedWidth(style.px(_SIDE_COLUMN))
        self.text.setFont(style.font("body"))
        self.channel.setFont(style.font("body", bold=True))
        self.last.setFont(style.font("caption"))
        self.devices.setFixedWidth(style.px(_SIDE_COLUMN))
        self._facts.setFixedWidth(style.px(_SIDE_COLUMN))
        self._scroll.setFixedWidth(style.px(_SIDE_COLUMN + _BAR))
        self.render_state()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the answers below one another where they have no room beside one another."""
        super().resizeEvent(event)
        buttons, gap = self.answers.values(), self._answers.spacing()
        needed = sum(button.sizeHint().width() + gap for button in buttons)
        margins, side = (
            self._columns.contentsMargins(),
            self._scroll.width() + self._columns.spacing(),
        )
        fits = needed <= self.width() - margins.left() - margins.right() - side
        direction = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        self._answers.setDirection(direction)

    # --- inside

    def _lay_out(self) -> None:
        for label in (self.title, self.text, self.last, self.doubt, self.choice, self.kept):
            label.setWordWrap(True)
        for label in (self.text, self.last, self.kept):
            label.setProperty("quiet", True)
        self.doubt.setProperty("problem", True)
        self.kept.setTextFormat(Qt.TextFormat.PlainText)
        self.last.setTextFormat(Qt.TextFormat.PlainText)
        self._heading.addWidget(self.mark)
        self._heading.addWidget(self.title, 1)
        self._left.addLayout(self._heading)
        self._left.addWidget(self.text)
        self._left.addWidget(self.pulse, 0, Qt.AlignmentFlag.AlignLeading)
        for button in self.answers.values():
            self._answers.addWidget(button)
        self._answers.addStretch(1)
        self._left.addLayout(self._answers)
        self._left.addStretch(1)
        self._left.addWidget(self.doubt)
        self._left.addWidget(self.last)
        self._facts.setLayout(self._rows)
        self._rows.setContentsMargins(0, 0, 0, 0)
        for widget in (self.down, self.channel, self.up):
            self._channels.addWidget(widget)
        self._channels.addStretch(1)
        self._right.addWidget(self.devices)
        self._right.addWidget(self._facts)
        self._right.addLayout(self._channels)
        self._right.addWidget(self.choice)
        self._right.addWidget(self.boards, 1)
        for button in (self.use, self.keep):
            self._acts.addWidget(button)
        self._acts.addStretch(1)
        self._right.addLayout(self._acts)
        self._right.addWidget(self.kept)
        self._columns.addLayout(self._left, 1)
        self._right.setContentsMargins(0, 0, 0, 0)
        self._side.setLayout(self._right)
        self._columns.addWidget(self._scroll)

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
            self.pulse,
            tuple(self.answers.values()),
            can_ask=state.can_pulse,
            can_answer=state.can_answer,
        )
        self.channel.setText(state.channel)
        for widget in (self.channel, self.down, self.up):
            widget.setVisible(bool(state.rows))
        self.down.setEnabled(state.can_go_down)
        self.up.setEnabled(state.can_go_up)
        self.last.setText(state.last)
        self.doubt.setText(state.doubt)
        self.doubt.setVisible(bool(state.doubt))
        self.choice.setText(state.choice)
        self.boards.setAccessibleName(state.choice)
        self.boards.set_items(state.boards)
        self.kept.setText(state.kept)
        self.use.setEnabled(state.can_use)
        self.boards.setMinimumHeight(self.style_.px(_LIST_HEIGHT) if state.boards else 1)
        self.keep.setText(self.texts("setup.wiring.forget" if state.can_forget else "setup.wiring.keep"))
        self.keep.set_icons(icon_name="close" if state.can_forget else "check")
        self.keep.setEnabled(state.can_keep or state.can_forget)
        self._render_rows(state.rows)
        self.setAccessibleName(f"{state.title} {state.text}")

    def _choose(self, address: str) -> None:
        self.presenter.choose_board(address)
        self.render_state()

    def _render_rows(self, rows: tuple[WiringRow, ...]) -> None:
        """Show the facts; they are built anew only where they have changed, not four times a second."""
        if (rows, self.style_) == self._rendered:
            return
        self._rendered = rows, self.style_
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
            for column, widget in enumerate((mark, label, value)):
                self._rows.addWidget(widget, number, column)
                widget.show()  # at once: a new one is shown by the layout only later
        self._rows.setColumnStretch(2, 1)

    def _icon(self, name: str, signal: Signal, side: int) -> QPixmap:
        colour = self.style_.theme.signal(signal).mark
        return icon(name, self.style_.px(side), colour, ratio=self.devicePixelRatioF())


def _breakable(address: str) -> str:
    """Return a text that a narrow column may break after each part of a board's address."""
    return re.sub(r"(?<=[:,=/])(?=\S)", "\u200b", address)


_ICONS = {WiringAnswer.TURNED: "check", WiringAnswer.NOT_TURNED: "close", WiringAnswer.OTHER_TURNED: "swap"}
