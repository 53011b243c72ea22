"""The bar above: checkpoint and direction, the station's condition."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import CheckpointHeading, StatusBar
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.items import Chip
from kiosk_app.ui.painting import mirror
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.status_chip import ChipForm, StatusChip
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from kiosk_app.ui.text_fitting import fit_text
from resources.translations.catalogue import Texts

_NAME_WIDTH, _LEAST_NAME_WIDTH = 280, 224
"""The checkpoint's name gets this much before a chip is shown whole, at the design's size."""


class TopBar(QWidget):
    """Checkpoint and direction leading, the station's condition trailing."""

    action = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.checkpoint = _Heading(ButtonKind.BARE, "place")
        self.direction = Button(ButtonKind.PLAIN, "entry")
        self.direction.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._chips = {
            name: StatusChip() for name in ("operator", "sound", "connection", "roster", "pending")
        }
        self._style, self._clock = DEFAULT_STYLE, PlainLabel()
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.checkpoint)
        self._row.addWidget(self.direction)
        self._row.addStretch(1)
        for chip in self._chips.values():
            self._row.addWidget(chip)
        self._row.addWidget(self._clock)
        self.checkpoint.clicked.connect(lambda: self.action.emit(actions.CheckpointsRequested()))
        self.direction.clicked.connect(lambda: self.action.emit(actions.DirectionToggled()))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._row.setContentsMargins(style.px(8), style.px(4), style.px(24), style.px(4))
        self._row.setSpacing(style.px(10))
        for button in (self.checkpoint, self.direction):
            button.apply_style(style)
        for chip in self._chips.values():
            chip.apply_style(style)
        self._style = style
        self._clock.setFont(style.font("title", bold=True))
        self.setFixedHeight(style.touch + 2 * style.px(4))

    def show_heading(self, heading: CheckpointHeading, texts: Texts) -> None:
        """Show checkpoint and direction."""
        self.checkpoint.setText(heading.checkpoint)
        self.checkpoint.set_caption(heading.event)
        self.checkpoint.set_icons(after="chevron" if heading.can_select else "", leading=True)
        self.checkpoint.setToolTip("\n".join(filter(None, (heading.event, heading.checkpoint))))
        event = f"{texts('ui.event')}: {heading.event}. " if heading.event else ""
        self.checkpoint.setAccessibleName(f"{event}{texts('ui.checkpoint')}: {heading.checkpoint}")
        self.direction.setText(heading.direction)
        self.direction.set_icons(
            icon_name="entry" if heading.entering else "exit", after="swap" if heading.can_toggle else ""
        )
        self.direction.setChecked(not heading.entering)
        self.direction.setAccessibleName(f"{texts('ui.direction')}: {heading.direction}")
        self._fit()
        for button, active in ((self.checkpoint, heading.can_select), (self.direction, heading.can_toggle)):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if active else Qt.FocusPolicy.NoFocus)

    def show_status(self, status: StatusBar) -> None:
        """Show the station's condition."""
        values = {
            "connection": status.connection,
            "roster": status.roster,
            "pending": status.pending,
            "sound": status.sound,
            "operator": status.operator,
        }
        for name, chip in values.items():
            _show_chip(self._chips[name], chip)
        if self._clock.text() != status.clock:
            self._clock.setText(status.clock)
        self._fit()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Shorten what does not fit."""
        self._fit()

    def _fit(self) -> None:
        """Make room for the checkpoint's name: shorten one chip after the other, the least important first."""
        margins, style = self._row.contentsMargins(), self._style
        chips = [
            chip
            for name in ("roster", "pending", "connection", "sound", "operator")
            if not (chip := self._chips[name]).isHidden()
        ]
        for chip in chips:
            chip.set_form(ChipForm.FULL)
        self.direction.set_form(shows_key=False)
        self._clock.setVisible(True)
        room = self.width() - margins.left() - margins.right() - (len(chips) + 3) * self._row.spacing()
        room -= self.direction.sizeHint().width() + self._clock.sizeHint().width()
        room -= sum(chip.width_of(ChipForm.FULL) for chip in chips)
        wanted = min(self.checkpoint.sizeHint().width(), max(_LEAST_NAME_WIDTH, style.px(_NAME_WIDTH)))
        for before, after in ((ChipForm.FULL, ChipForm.SHORT), (ChipForm.SHORT, ChipForm.ICON)):
            for chip in chips:
                if room < wanted:
                    chip.set_form(after)
                    room += chip.width_of(before) - chip.width_of(after)
        if room < wanted:
            room += self.direction.sizeHint().width()
            self.direction.set_form(shows_key=False, icon_only=True)
            room -= self.direction.sizeHint().width()
        if room < wanted:
            self._clock.setVisible(False)
            room += self._clock.sizeHint().width()
        self.checkpoint.setMaximumWidth(max(style.touch, room))


class _Heading(Button):
    """The checkpoint's name, and above it the event where there are several: long ones are written smaller, then cut."""

    def __init__(self, kind: ButtonKind, icon_name: str) -> None:
        super().__init__(kind, icon_name)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._caption = ""

    def set_caption(self, text: str) -> None:
        """Set the small line above the name; empty: there is none."""
        if text != self._caption:
            self._caption = text
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size of both lines."""
        size = super().sizeHint()
        if not self._caption:
            return size
        caption = QFontMetrics(self._style.font("caption")).horizontalAdvance(self._caption)
        width = caption + self._content_width("") + 2 * self._padding() + 2
        return size.expandedTo(QSize(width, size.height()))

    def _paint_content(self, painter: QPainter, rect: QRect, ink: QColor) -> None:
        if self._caption:
            self._paint_two_lines(painter, rect, ink)
            return
        room = rect.width() - 2 * self._padding() - self._content_width("")
        if self._content_width(self.text()) - self._content_width("") <= room:
            super()._paint_content(painter, rect, ink)
            return
        style, side, x = self._style, self._style.px(24), rect.left() + self._padding()
        self._paint_icon(painter, self._icon, side, x, ink)
        x += side + style.px(10)
        sizes = (style.text("body"), style.text("caption"))
        text = fit_text(self.text(), room, sizes, max_lines=2, bold=True)
        box = QRect(x, rect.top() + (rect.height() - text.height) // 2, room, text.height)
        text.draw(painter, mirror(self, rect, box), ink, align=Qt.AlignmentFlag.AlignLeft)
        self._paint_icon(painter, self._after, style.px(18), x + room + style.px(10), ink)

    def _paint_two_lines(self, painter: QPainter, rect: QRect, ink: QColor) -> None:
        style, x = self._style, rect.left() + self._padding()
        room = rect.width() - 2 * self._padding() - self._content_width("")
        self._paint_icon(painter, self._icon, style.px(24), x, ink)
        x += style.px(24) + style.px(10)
        caption = fit_text(self._caption, room, (style.text("caption"),))
        name = fit_text(self.text(), room, (style.text("body"), style.text("caption")), bold=True)
        top = rect.top() + (rect.height() - caption.height - name.height) // 2
        for line, height in ((caption, caption.height), (name, name.height)):
            box = mirror(self, rect, QRect(x, top, room, height))
            line.draw(painter, box, ink, align=Qt.AlignmentFlag.AlignLeft)
            top += height
        self._paint_icon(painter, self._after, style.px(18), x + room + style.px(10), ink)


def _show_chip(widget: StatusChip, chip: Chip | None) -> None:
    widget.setVisible(chip is not None)
    if chip is not None:
        widget.show_chip(chip)
