"""The verdict as a large ticket: its stub carries the shape, its body the word, the name and the reason."""

from dataclasses import dataclass

from PySide6.QtCore import QEasingCurve, QRect, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.screens.gate.view_state import Chip, Verdict
from kiosk_app.ui.camera_preview import Preview
from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import mirrored, painter_of, rounded
from kiosk_app.ui.style import FIRST_LOOK, Look
from kiosk_app.ui.text_fitting import Lettering, fit
from resources.themes import Signal, SignalColours

_STUB_SHARE = 0.36
_GROW_MS = 140
_GROW_FROM = 0.82


@dataclass(frozen=True)
class _Block:
    """One piece of the body: what is drawn, and the space above it."""

    lettering: Lettering
    gap: int


class VerdictCard(QWidget):
    """Painted whole; its texts are fitted once a verdict, so that painting is only blits and glyphs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._verdict = FIRST_LOOK, Verdict(0, Signal.BLUE, "", "", "", "")
        self._blocks: tuple[_Block, ...] = ()
        self._grown = 1.0
        self._growing = QVariantAnimation(self)
        self._growing.setDuration(_GROW_MS)
        self._growing.setStartValue(_GROW_FROM)
        self._growing.setEndValue(1.0)
        self._growing.setEasingCurve(QEasingCurve.Type.OutBack)
        self._growing.valueChanged.connect(self._grow)
        self.small = Preview(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._look = look
        self.small.set_look(look, radius=12)
        self._lay_out()

    def show_verdict(self, verdict: Verdict) -> None:
        """Show another verdict; its shape grows into place where motion is welcome."""
        fresh = verdict.serial != self._verdict.serial
        self._verdict = verdict
        self.setAccessibleName(verdict.spoken)
        self._lay_out()
        if fresh and self._look.moving:
            self._growing.start()

    def set_image(self, image: QImage) -> None:
        """The newest frame, small, so that the next person can aim already."""
        self.small.set_image(image)

    def sizeHint(self) -> QSize:
        """The screen's larger part."""
        return QSize(self._look.px(912), self._look.px(648))

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Fit the texts anew."""
        self._lay_out()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Stub, tear line, body."""
        painter = painter_of(self)
        colours = self._look.theme.signal(self._verdict.signal)
        stub, body = self._parts()
        painter.fillRect(stub, QColor(colours.stub))
        painter.fillRect(body, QColor(colours.body))
        if colours.body == self._look.theme.ground:
            self._paint_border(painter, body, colours)
        self._paint_tear(painter, body, colours)
        self._paint_shape(painter, stub, colours)
        self._paint_body(painter, body, colours)

    # --- inside

    def _grow(self, value: object) -> None:
        self._grown = float(value) if isinstance(value, float) else 1.0
        self.update(self._parts()[0])

    def _parts(self) -> tuple[QRect, QRect]:
        high = round(self.height() * _STUB_SHARE)
        return QRect(0, 0, self.width(), high), QRect(0, high, self.width(), self.height() - high)

    def _lay_out(self) -> None:
        look, verdict = self._look, self._verdict
        _, body = self._parts()
        width = max(1, body.width() - 2 * look.px(56))
        large, title = look.text("large"), look.text("title")
        word = look.text("verdict")
        huge = look.text("huge")
        sizes = (huge, look.px(56), look.px(48), look.px(40), look.px(32))
        for shrink in (
            1.0,
            0.86,
            0.74,
            0.64,
            0.55,
        ):  # all of it together, until it is no higher than the body
            blocks = (
                (fit(verdict.word, width, _steps(word * shrink), bold=True), 0),
                (fit(verdict.name, width, _by(sizes, shrink), bold=True, max_lines=2), 6),
                (fit(verdict.line, width, _by((title,), shrink)), 10),
                (fit(verdict.reason, width, _by((large, look.px(30), look.px(26)), shrink), max_lines=3), 20),
                (fit(verdict.note, width, (look.text("body"),), max_lines=2), 8),
            )
            self._blocks = tuple(
                _Block(lettering, look.px(gap)) for lettering, gap in blocks if lettering.lines
            )
            if self._content_height() <= body.height() - look.px(24):
                break
        side = look.px(216)
        inset = look.px(16)
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        self.small.setGeometry(inset if rtl else self.width() - side - inset, inset, side, side * 9 // 16)
        self.update()

    def _content_height(self) -> int:
        rows = len(self._chip_rows())
        chips = rows * self._look.px(48) + self._look.px(8) if rows else 0
        return sum(block.gap + block.lettering.height for block in self._blocks) + chips

    def _chip_width(self, chip: Chip) -> int:
        look = self._look
        words = QFontMetrics(look.font("body", bold=True)).horizontalAdvance(chip.text)
        return words + 2 * look.px(14) + look.px(28)

    def _chip_rows(self) -> list[list[Chip]]:
        """Chips beside one another, in as many rows as they need."""
        room, gap = self.width() - 2 * self._look.px(32), self._look.px(12)
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
        width = self._look.px(12)
        painter.setPen(QPen(QColor(colours.stub), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(body).adjusted(width / 2, -width, -width / 2, -width / 2))

    def _paint_tear(self, painter: QPainter, body: QRect, colours: SignalColours) -> None:
        notch, y = self._look.px(18), body.top()
        pen = QPen(QColor(colours.on_stub), max(2, self._look.px(3)), Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([0.1, 4])
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setOpacity(0.55)
        painter.setPen(pen)
        painter.drawLine(2 * notch, y, body.width() - 2 * notch, y)
        painter.setOpacity(1)
        path = QPainterPath()
        path.addEllipse(QRectF(-notch, y - notch, 2 * notch, 2 * notch))
        path.addEllipse(QRectF(body.width() - notch, y - notch, 2 * notch, 2 * notch))
        painter.fillPath(path, QColor(self._look.theme.ground))

    def _paint_shape(self, painter: QPainter, stub: QRect, colours: SignalColours) -> None:
        side = min(self._look.px(176), stub.height() - self._look.px(40))
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
        y = body.top() + max(self._look.px(10), (body.height() - self._content_height()) // 2)
        for block in self._blocks:
            y += block.gap
            box = QRect(body.left(), y, body.width(), block.lettering.height)
            block.lettering.draw(painter, box, ink, align=Qt.AlignmentFlag.AlignHCenter)
            y += block.lettering.height
        y += self._look.px(16)
        for chips in self._chip_rows():
            self._paint_chips(painter, QRect(body.left(), y, body.width(), self._look.px(40)), chips, ink)
            y += self._look.px(48)

    def _paint_chips(self, painter: QPainter, row: QRect, chips: list[Chip], ink: QColor) -> None:
        gap = self._look.px(12)
        widths = [self._chip_width(chip) for chip in chips]
        x = row.center().x() - (sum(widths) + gap * (len(widths) - 1)) // 2
        for chip, width in zip(chips, widths, strict=True):
            box = QRect(x, row.top(), width, row.height())
            self._paint_chip(painter, mirrored(self, row, box), chip, ink)
            x += width + gap

    def _paint_chip(self, painter: QPainter, box: QRect, chip: Chip, ink: QColor) -> None:
        look, side, pad = self._look, self._look.px(20), self._look.px(14)
        edge = QColor(ink)
        rounded(painter, box, box.height() / 2, QColor(0, 0, 0, 0), edge, 2)
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        shape = icon(
            f"verdict-{chip.signal or Signal.BLUE}", side, ink.name(), ratio=self.devicePixelRatioF()
        )
        x = box.right() - pad - side if rtl else box.left() + pad
        painter.drawPixmap(x, box.center().y() - side // 2 + 1, shape)
        painter.setFont(look.font("body", bold=True))
        painter.setPen(ink)
        words = box.adjusted(pad, 0, -pad - side, 0) if rtl else box.adjusted(pad + side, 0, -pad, 0)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignHCenter), chip.text)


def _steps(largest: float) -> tuple[int, ...]:
    return tuple(round(largest * share) for share in (1, 0.9, 0.8, 0.7, 0.6, 0.5))


def _by(sizes: tuple[int, ...], shrink: float) -> tuple[int, ...]:
    return tuple(round(size * shrink) for size in sizes)
