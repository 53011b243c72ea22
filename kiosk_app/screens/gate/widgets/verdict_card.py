"""The verdict as a large ticket: its stub shows the shape, its body the word, the name and the reason."""

from dataclasses import dataclass

from PySide6.QtCore import QEasingCurve, QRect, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.screens.gate.presenter.view_state import Verdict
from kiosk_app.ui.camera_preview import CameraPreview
from kiosk_app.ui.icons import icon
from kiosk_app.ui.items import Chip
from kiosk_app.ui.painting import create_painter, draw_rounded_rect, mirror
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from kiosk_app.ui.text_fitting import FittedText, fit_text
from resources.themes import Signal, SignalColours

_STUB_SHARE, _LOW_STUB_SHARE, _LOW = 0.36, 0.3, 320
"""The stub's share of the height, and that of a card of less than `_LOW` pixels, whose texts need the room."""
_SMALLEST = 12
_DENSE_BELOW = 0.5
"""Where the texts shrink to less than this share, the chips are smaller, too."""
_GROW_MS = 140
_GROW_FROM = 0.82


@dataclass(frozen=True)
class _Block:
    """A text of the body and the space above it."""

    text: FittedText
    gap: int


class VerdictCard(QWidget):
    """The card is painted as a whole; its texts are fitted once per verdict, so that painting is only blits and glyphs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style, self._verdict = DEFAULT_STYLE, Verdict(0, Signal.BLUE, "", "", "", "")
        self._blocks: tuple[_Block, ...] = ()
        self._grown, self._dense = 1.0, False
        self._growing = QVariantAnimation(self)
        self._growing.setDuration(_GROW_MS)
        self._growing.setStartValue(_GROW_FROM)
        self._growing.setEndValue(1.0)
        self._growing.setEasingCurve(QEasingCurve.Type.OutBack)
        self._growing.valueChanged.connect(self._grow)
        self.preview = CameraPreview(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        self.preview.apply_style(style, radius=12)
        self._lay_out()

    def show_verdict(self, verdict: Verdict) -> None:
        """Show another verdict; its shape grows into place unless the system asks for less motion."""
        fresh = verdict.serial != self._verdict.serial
        self._verdict = verdict
        self.setAccessibleName(verdict.spoken)
        self._lay_out()
        if fresh and self._style.animated:
            self._growing.start()

    def show_frame(self, image: QImage) -> None:
        """Show the newest frame, small, so that the next person can aim already."""
        self.preview.show_frame(image)

    def sizeHint(self) -> QSize:
        """Return the size of the main area."""
        return QSize(self._style.px(912), self._style.px(648))

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Fit the texts to the new size."""
        self._lay_out()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint stub, tear line and body."""
        painter = create_painter(self)
        colours = self._style.theme.signal(self._verdict.signal)
        stub, body = self._parts()
        painter.fillRect(stub, QColor(colours.stub))
        painter.fillRect(body, QColor(colours.body))
        if colours.body == self._style.theme.ground:
            self._paint_border(painter, body, colours)
        self._paint_tear(painter, body, colours)
        self._paint_shape(painter, stub, colours)
        self._paint_body(painter, body, colours)

    # --- inside

    def _grow(self, value: object) -> None:
        self._grown = float(value) if isinstance(value, float) else 1.0
        self.update(self._parts()[0])

    def _parts(self) -> tuple[QRect, QRect]:
        share = _STUB_SHARE if self.height() >= _LOW else _LOW_STUB_SHARE
        high = round(self.height() * share)
        return QRect(0, 0, self.width(), high), QRect(0, high, self.width(), self.height() - high)

    def _lay_out(self) -> None:
        style, verdict = self._style, self._verdict
        _, body = self._parts()
        width = max(1, body.width() - 2 * style.px(56))
        large, title = style.text("large"), style.text("title")
        word = style.text("verdict")
        huge = style.text("huge")
        sizes = (huge, style.px(56), style.px(48), style.px(40), style.px(32))
        for shrink in (
            1.0,
            0.86,
            0.74,
            0.64,
            0.55,
            0.47,
            0.4,
            0.34,
            0.28,
        ):  # all of it together, until it is no higher than the body
            blocks = (
                (fit_text(verdict.word, width, _steps(word * shrink), bold=True), 0),
                (fit_text(verdict.name, width, _by(sizes, shrink), bold=True, max_lines=2), 6),
                (fit_text(verdict.subtitle, width, _by((title,), shrink)), 10),
                (
                    fit_text(
                        verdict.reason, width, _by((large, style.px(30), style.px(26)), shrink), max_lines=3
                    ),
                    20,
                ),
                (fit_text(verdict.note, width, (style.text("body"),), max_lines=2), 8),
            )
            self._dense = shrink < _DENSE_BELOW
            self._blocks = tuple(_Block(text, style.px(gap)) for text, gap in blocks if text.lines)
            if self._content_height() <= body.height() - style.px(24):
                break
        inset = style.px(16)
        side = min(style.px(216), (body.top() - 2 * inset) * 16 // 9)
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        self.preview.setGeometry(inset if rtl else self.width() - side - inset, inset, side, side * 9 // 16)
        self.update()

    def _content_height(self) -> int:
        rows = len(self._chip_rows())
        chips = rows * self._chip_row_height() + self._style.px(8) if rows else 0
        return sum(block.gap + block.text.height for block in self._blocks) + chips

    def _chip_row_height(self) -> int:
        return self._style.px(36 if self._dense else 48)

    def _chip_font(self) -> QFont:
        return self._style.font("caption" if self._dense else "body", bold=True)

    def _chip_width(self, chip: Chip) -> int:
        style = self._style
        words = QFontMetrics(self._chip_font()).horizontalAdvance(chip.text)
        return words + 2 * style.px(14) + style.px(28)

    def _chip_rows(self) -> list[list[Chip]]:
        """Return the chips beside one another, in as many rows as they need."""
        room, gap = self.width() - 2 * self._style.px(32), self._style.px(12)
        rows: list[list[Chip]] = []
        left = 0
        for chip in self._verdict.chips:
            width = self._chip_width(chip)
            if not rows or width > left:
                rows.append([])
                left = room
            rows[-1].append(chip)
            left -= width + gap
        return rows

    def _paint_border(self, painter: QPainter, body: QRect, colours: SignalColours) -> None:
        width = self._style.px(12)
        painter.setPen(QPen(QColor(colours.stub), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(body).adjusted(width / 2, -width, -width / 2, -width / 2))

    def _paint_tear(self, painter: QPainter, body: QRect, colours: SignalColours) -> None:
        notch, y = self._style.px(18), body.top()
        pen = QPen(QColor(colours.on_stub), max(2, self._style.px(3)), Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([0.1, 4])
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setOpacity(0.55)
        painter.setPen(pen)
        painter.drawLine(2 * notch, y, body.width() - 2 * notch, y)
        painter.setOpacity(1)
        path = QPainterPath()
        path.addEllipse(QRectF(-notch, y - notch, 2 * notch, 2 * notch))
        path.addEllipse(QRectF(body.width() - notch, y - notch, 2 * notch, 2 * notch))
        painter.fillPath(path, QColor(self._style.theme.ground))

    def _paint_shape(self, painter: QPainter, stub: QRect, colours: SignalColours) -> None:
        side = min(self._style.px(176), stub.height() - self._style.px(40))
        shape = icon(f"verdict-{self._verdict.signal}", side, colours.on_stub, ratio=self.devicePixelRatioF())
        painter.save()
        painter.translate(stub.center())
        if self._grown != 1.0:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.scale(self._grown, self._grown)
        painter.drawPixmap(-side // 2, -side // 2, shape)
        painter.restore()

    def _paint_body(self, painter: QPainter, body: QRect, colours: SignalColours) -> None:
        ink = QColor(colours.on_body)
        y = body.top() + max(self._style.px(10), (body.height() - self._content_height()) // 2)
        for block in self._blocks:
            y += block.gap
            box = QRect(body.left(), y, body.width(), block.text.height)
            block.text.draw(painter, box, ink, align=Qt.AlignmentFlag.AlignHCenter)
            y += block.text.height
        y += self._style.px(16)
        for chips in self._chip_rows():
            height = self._chip_row_height() - self._style.px(6)
            self._paint_chips(painter, QRect(body.left(), y, body.width(), height), chips, ink)
            y += self._chip_row_height()

    def _paint_chips(self, painter: QPainter, row: QRect, chips: list[Chip], ink: QColor) -> None:
        gap = self._style.px(12)
        widths = [self._chip_width(chip) for chip in chips]
        x = row.center().x() - (sum(widths) + gap * (len(widths) - 1)) // 2
        for chip, width in zip(chips, widths, strict=True):
            box = QRect(x, row.top(), width, row.height())
            self._paint_chip(painter, mirror(self, row, box), chip, ink)
            x += width + gap

    def _paint_chip(self, painter: QPainter, box: QRect, chip: Chip, ink: QColor) -> None:
        side, pad = self._style.px(20), self._style.px(14)
        edge = QColor(ink)
        draw_rounded_rect(painter, box, box.height() / 2, QColor(0, 0, 0, 0), edge, 2)
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        shape = icon(
            f"verdict-{chip.signal or Signal.BLUE}", side, ink.name(), ratio=self.devicePixelRatioF()
        )
        x = box.right() - pad - side if rtl else box.left() + pad
        painter.drawPixmap(x, box.center().y() - side // 2 + 1, shape)
        painter.setFont(self._chip_font())
        painter.setPen(ink)
        words = box.adjusted(pad, 0, -pad - side, 0) if rtl else box.adjusted(pad + side, 0, -pad, 0)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignHCenter), chip.text)


def _steps(largest: float) -> tuple[int, ...]:
    return tuple(round(largest * share) for share in (1, 0.9, 0.8, 0.7, 0.6, 0.5))


def _by(sizes: tuple[int, ...], shrink: float) -> tuple[int, ...]:
    return tuple(max(_SMALLEST, round(size * shrink)) for size in sizes)
