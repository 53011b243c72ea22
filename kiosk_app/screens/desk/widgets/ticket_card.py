"""The card of who is at the counter: the number as large as it fits, what is known of the person, and a stopwatch."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.screens.desk.presenter.view_state import DeskCard
from kiosk_app.ui.painting import create_painter, draw_rounded_rect, mirror
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from kiosk_app.ui.text_fitting import fit_text

_CENTRE, _LEADING = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignLeft
_TRAILING = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_NUMBER_SIZES = (260, 220, 180, 150, 120, 96, 72, 56, 44)


class TicketCard(QWidget):
    """Paints a `DeskCard`."""

    def __init__(self) -> None:
        super().__init__()
        self._style, self._card = DEFAULT_STYLE, DeskCard("")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        self.update()

    def show_card(self, card: DeskCard) -> None:
        """Show another card."""
        if card != self._card:
            self._card = card
            parts = (card.headline, card.number, card.name, card.detail)
            self.setAccessibleName(". ".join(part for part in parts if part))
            self.update()

    def sizeHint(self) -> QSize:
        """Return room for a number."""
        return QSize(self._style.px(640), self._style.px(320))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the head, the number or the sentence, and the details."""
        painter, style, theme, card = create_painter(self), self._style, self._style.theme, self._card
        rect, radius = self.rect(), style.px(24)
        colours = None if card.signal is None else theme.signal(card.signal)
        ground, ink = (theme.surface, theme.text) if colours is None else (colours.body, colours.on_body)
        edge = QColor(theme.line) if theme.ground == theme.surface else None
        draw_rounded_rect(painter, rect, radius, QColor(ground), edge, 2)
        pad = style.px(32)
        inner = rect.adjusted(pad, style.px(20), -pad, -style.px(20))
        head = self._paint_head(painter, inner, QColor(ink))
        body = QRect(inner.left(), inner.top() + head, inner.width(), inner.height() - head)
        if card.number:
            self._paint_number(painter, body, QColor(ink))
        else:
            self._paint_sentence(painter, body, QColor(ink))

    def _paint_head(self, painter: QPainter, inner: QRect, ink: QColor) -> int:
        style, card = self._style, self._card
        height = style.px(44)
        row = QRect(inner.left(), inner.top(), inner.width(), height)
        timer = style.font("large", bold=True)
        painter.setPen(ink)
        painter.setFont(timer)
        painter.drawText(mirror(self, inner, row) if card.timer else row, _TRAILING, card.timer)
        if card.number:
            room = inner.width() - painter.fontMetrics().horizontalAdvance(card.timer) - style.px(16)
            fitted = fit_text(card.headline, room, (style.text("title"), style.text("body")), bold=True)
            box = mirror(self, inner, QRect(row.left(), row.top(), room, height))
            fitted.draw(
                painter,
                QRect(box.left(), box.center().y() - fitted.height // 2, box.width(), fitted.height),
                ink,
                align=_LEADING,
            )
        return height

    def _paint_number(self, painter: QPainter, body: QRect, ink: QColor) -> None:
        style, card = self._style, self._card
        name = fit_text(
            card.name, body.width(), (style.text("large"), style.text("title"), style.text("body")), bold=True
        )
        detail = fit_text(
            card.detail, body.width(), (style.text("title"), style.text("body"), style.text("caption"))
        )
        below = name.height + detail.height + (style.px(8) if card.name and card.detail else 0)
        room = body.height() - below - style.px(8)
        sizes = [size for size in map(style.px, _NUMBER_SIZES) if size * 1.2 <= room] or [style.text("large")]
        number = fit_text(card.number, body.width(), sizes, bold=True)
        top = body.top() + max(0, (body.height() - number.height - below) // 2)
        for fitted in (number, name, detail):
            fitted.draw(painter, QRect(body.left(), top, body.width(), fitted.height), ink, align=_CENTRE)
            top += fitted.height + (style.px(4) if fitted is not number and fitted.lines else 0)

    def _paint_sentence(self, painter: QPainter, body: QRect, ink: QColor) -> None:
        style, card = self._style, self._card
        sizes = (style.text("huge"), style.px(48), style.text("large"), style.text("title"))
        head = fit_text(card.headline, body.width(), sizes, max_lines=3, bold=True)
        detail = fit_text(card.detail, body.width(), (style.text("title"), style.text("body")), max_lines=4)
        gap = style.px(16) if card.detail else 0
        top = body.top() + max(0, (body.height() - head.height - detail.height - gap) // 2)
        head.draw(painter, QRect(body.left(), top, body.width(), head.height), ink, align=_CENTRE)
        top += head.height + gap
        detail.draw(painter, QRect(body.left(), top, body.width(), detail.height), ink, align=_CENTRE)
