"""What surrounds every page: the event and the clock above, the aids below, and the warning over it."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from kiosk_app.screens.kiosk.presenter.view_state import ActionButton, TimeWarning
from kiosk_app.screens.kiosk.widgets.kiosk_button import KioskButton
from kiosk_app.screens.kiosk.widgets.kiosk_style import DEFAULT_KIOSK_STYLE, KioskStyle
from kiosk_app.screens.kiosk.widgets.text_block import TextBlock
from kiosk_app.ui.painting import create_painter, draw_rounded_rect

CORNER = 96
"""The side of the hidden corner for staff, at the design's size."""


class KioskHeader(QWidget):
    """The event, the clock, and the notice. Nothing here is a control; its trailing corner is known to staff."""

    corner_touched = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._style = DEFAULT_KIOSK_STYLE
        self.event_name, self.clock = TextBlock(30, bold=True, lines=1), TextBlock(30, bold=True, lines=1)
        self.notice = TextBlock(24, bold=True, lines=3)
        for part in (self.event_name, self.clock, self.notice):
            part.setParent(self)
        self.notice.set_centred(True)
        self.clock.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.clock.set_centred(True)

    def apply_style(self, style: KioskStyle) -> None:
        """Apply another theme or scale."""
        self._style = style
        for part in (self.event_name, self.clock, self.notice):
            part.apply_style(style)
        self._place()

    def show_texts(self, event: str, clock: str, notice: str) -> None:
        """Show the event, the clock and a notice."""
        self.event_name.set_text(event)
        self.clock.set_text(clock)
        self.notice.set_text(notice)
        self._place()

    def height_for(self, width: int) -> int:
        """Return the height at a width."""
        return self._style.px(84) + self._notice_height(width)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell a touch of the hidden corner."""
        side = self._style.px(CORNER)
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        x = event.position().x()
        if event.position().y() <= side and (x <= side if rtl else x >= self.width() - side):
            self.corner_touched.emit()
        event.ignore()  # the touch itself is the page's

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Place the texts."""
        self._place()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground of the notice."""
        if not self.notice.text:
            return
        theme = self._style.theme
        box = self.notice.geometry().adjusted(
            -self._style.px(20), -self._style.px(8), self._style.px(20), self._style.px(8)
        )
        painter = create_painter(self)
        edge = QColor(theme.edge if self._style.is_flat else theme.line)
        draw_rounded_rect(painter, box, self._style.px(16), QColor(theme.surface), edge, 2)

    def _notice_height(self, width: int) -> int:
        if not self.notice.text:
            return 0
        room = width - 2 * self._style.px(80)
        return self.notice.height_for(room, self._style.px(110)) + self._style.px(24)

    def _place(self) -> None:
        style, width = self._style, self.width()
        margin, high = style.px(40), style.px(84)
        clock = style.px(130)
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        self.clock.setGeometry(margin if rtl else width - margin - clock, 0, clock, high)
        room = max(1, width - 2 * margin - clock - style.px(24))
        self.event_name.setGeometry(width - margin - room if rtl else margin, 0, room, high)
        if self.notice.text:
            side = style.px(80)
            notice = self.notice.height_for(width - 2 * side, style.px(110))
            self.notice.setGeometry(side, high + style.px(8), width - 2 * side, notice)
        self.update()


class AccessBar(QWidget):
    """The aids, in the same place on every page, at the lower edge where everybody reaches them."""

    action = Signal(object)
    focused = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._style = DEFAULT_KIOSK_STYLE
        self.buttons: list[KioskButton] = []

    def apply_style(self, style: KioskStyle) -> None:
        """Apply another theme, scale or text size."""
        self._style = style
        for button in self.buttons:
            button.apply_style(style)
        self._place()

    def show_buttons(self, buttons: tuple[ActionButton, ...]) -> None:
        """Show other aids."""
        while len(self.buttons) > len(buttons):
            gone = self.buttons.pop()
            gone.hide()
            gone.deleteLater()
        while len(self.buttons) < len(buttons):
            button = KioskButton(size=19, stacked=True, parent=self)
            button.apply_style(self._style)
            button.chosen.connect(self.action)
            button.focused.connect(self.focused)
            button.show()
            self.buttons.append(button)
        for button, shown in zip(self.buttons, buttons, strict=True):
            button.show_button(shown)
        self._place()

    def height_for(self, width: int) -> int:
        """Return the height at a width."""
        if not self.buttons:
            return 0
        rows, high, _ = self._grid(width)
        return rows * high + self._style.px(16)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Spread the buttons."""
        self._place()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground."""
        painter, theme = create_painter(self), self._style.theme
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.fillRect(QRect(0, 0, self.width(), max(1, self._style.px(2))), QColor(theme.line))

    def _grid(self, width: int) -> tuple[int, int, int]:
        style, count = self._style, len(self.buttons)
        least = max(style.px(132), style.text(19) * 6)
        columns = max(1, min(count, (width - style.px(32)) // least))
        rows = -(-count // columns)
        return rows, max(button.least_height() for button in self.buttons), -(-count // rows)

    def _place(self) -> None:
        if not self.buttons or self.width() < 1:
            return
        style = self._style
        rows, high, columns = self._grid(self.width())
        margin = style.px(16)
        room = min(self.width() - 2 * margin, columns * style.px(230))
        wide = room // columns
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for number, button in enumerate(self.buttons):
            row, column = divmod(number, columns)
            column = columns - 1 - column if rtl else column
            left = (self.width() - wide * columns) // 2
            button.setGeometry(left + column * wide + 2, style.px(8) + row * high, wide - 4, high)
        _ = rows


class WarningOverlay(QWidget):
    """The warning that the session ends, over everything: a sentence, a ring that empties, and two buttons."""

    action = Signal(object)
    focused = Signal(str, bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._style, self._warning, self._reach = DEFAULT_KIOSK_STYLE, None, 0
        self.heading, self.text = TextBlock(52, bold=True, lines=3), TextBlock(26, quiet=True, lines=3)
        self.seconds = TextBlock(64, bold=True, lines=1)
        self.more, self.finish = KioskButton(size=28), KioskButton(size=28)
        for part in (self.heading, self.text, self.seconds, self.more, self.finish):
            part.setParent(self)
        for block in (self.heading, self.text, self.seconds):
            block.set_centred(True)
        for button in (self.more, self.finish):
            button.chosen.connect(self.action)
            button.focused.connect(self.focused)
        self.hide()

    _warning: TimeWarning | None

    def apply_style(self, style: KioskStyle) -> None:
        """Apply another theme, scale or text size."""
        self._style = style
        for part in (self.heading, self.text, self.seconds, self.more, self.finish):
            part.apply_style(style)
        self._place()

    def show_warning(self, warning: TimeWarning | None, reach: int) -> None:
        """Show the warning within `reach` pixels from the lower edge; None hides it."""
        self._warning, self._reach = warning, reach
        if warning is not None:
            self.heading.set_text(warning.heading)
            self.text.set_text(warning.text)
            self.seconds.set_text(str(warning.left_s))
            self.more.show_button(warning.more)
            self.finish.show_button(warning.finish)
            self._place()
        self.setVisible(warning is not None)

    def sizeHint(self) -> QSize:
        """Return the size of the card."""
        return QSize(self._style.px(760), self._style.px(480))

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Place the card."""
        self._place()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the veil, the card and the ring."""
        painter, style, warning = create_painter(self), self._style, self._warning
        painter.fillRect(self.rect(), QColor(0, 0, 0, 170))
        edge = QColor(style.theme.edge)
        draw_rounded_rect(painter, self._card(), style.px(28), QColor(style.theme.ground), edge, style.px(3))
        if warning is None:
            return
        ring = self.seconds.geometry().adjusted(8, 8, -8, -8)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, share in (
            (style.theme.line, 1.0),
            (style.theme.focus, warning.left_s / max(1, warning.of_s)),
        ):
            pen = QPen(QColor(colour), style.px(9))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawArc(ring, 90 * 16, -round(360 * 16 * share))

    def _card(self) -> QRect:
        style = self._style
        wide = min(self.width() - style.px(48), style.px(820))
        high = min(self._reach - style.px(40), style.px(560))
        bottom = self.height() - (self._reach - high) // 2
        return QRect((self.width() - wide) // 2, bottom - high, wide, high)

    def _place(self) -> None:
        style = self._style
        card = self._card().adjusted(style.px(36), style.px(28), -style.px(36), -style.px(28))
        gap = style.px(16)
        high = max(self.more.least_height(), style.px(88))
        wide = (card.width() - gap) // 2
        y = card.bottom() + 1 - high
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        first, second = (self.finish, self.more) if rtl else (self.more, self.finish)
        first.setGeometry(card.left(), y, wide, high)
        second.setGeometry(card.left() + wide + gap, y, wide, high)
        room = y - gap - card.top()
        ring = min(style.px(150), round(room * 0.4))
        text = self.text.height_for(card.width(), round(room * 0.2)) if self.text.text else 0
        heading = self.heading.height_for(card.width(), max(1, room - ring - text - 2 * gap))
        top = card.top() + max(0, (room - heading - text - ring - 2 * gap) // 2)
        self.heading.setGeometry(card.left(), top, card.width(), heading)
        self.text.setGeometry(card.left(), top + heading, card.width(), text)
        self.seconds.setGeometry(card.center().x() - ring // 2, top + heading + text + gap, ring, ring)
