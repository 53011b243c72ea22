"""The camera's picture with a guide on it. A new frame costs one blit; nothing is laid out for it."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import painter_of
from kiosk_app.ui.style import FIRST_LOOK, Look, mixed

FIRST_GUIDE = QRectF(0.3, 0.15, 0.4, 0.7)
"""Fractions of the frame, as the decode pipeline cuts it: a square in a 16:9 picture."""

_HALO, _LINE = QColor(0, 0, 0, 150), QColor("#FFFFFF")


class Preview(QWidget):
    """Fills its space with the newest frame, cut to fit; without one, an icon in its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._image, self._guide, self._stand_in = FIRST_LOOK, QImage(), FIRST_GUIDE, "camera"
        self._radius = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def set_look(self, look: Look, *, radius: int = 0) -> None:
        """Wear another theme or size; `radius` rounds the corners (design pixels)."""
        self._look, self._radius = look, look.px(radius)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, radius == 0)
        self.update()

    def set_guide(self, guide: QRectF) -> None:
        """Where the decoder looks first, in fractions of the frame."""
        self._guide = guide
        self.update()

    def set_image(self, image: QImage) -> None:
        """Show a frame of any size; while the widget is hidden it is only kept."""
        self._image = image
        if self.isVisible():
            self.update()

    def stand_in(self, icon_name: str) -> None:
        """Show an icon instead of frames; empty: frames again."""
        if icon_name != self._stand_in:
            self._stand_in = icon_name
            self.update()

    @property
    def standing_in(self) -> str:
        """The icon in the picture's place; empty: frames are shown."""
        return self._stand_in

    def sizeHint(self) -> QSize:
        """Sixteen to nine."""
        return QSize(self._look.px(640), self._look.px(360))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The frame, dimmed round the guide, and the guide's corners."""
        painter = painter_of(self)
        rect = self.rect()
        if self._radius:
            path = QPainterPath()
            path.addRoundedRect(QRectF(rect), self._radius, self._radius)
            painter.setClipPath(path)
        if self._stand_in or self._image.isNull():
            self._paint_stand_in(painter, rect)
            return
        target = self._cover(rect)
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, target.width() < 2 * self._image.width()
        )
        painter.drawImage(target, self._image)
        guide = QRectF(
            target.left() + self._guide.left() * target.width(),
            target.top() + self._guide.top() * target.height(),
            self._guide.width() * target.width(),
            self._guide.height() * target.height(),
        )
        self._paint_guide(painter, rect, guide)

    def _cover(self, rect: QRect) -> QRectF:
        wide, high = max(1, self._image.width()), max(1, self._image.height())
        scale = max(rect.width() / wide, rect.height() / high)
        size = (wide * scale, high * scale)
        return QRectF((rect.width() - size[0]) / 2, (rect.height() - size[1]) / 2, *size)

    def _paint_stand_in(self, painter: QPainter, rect: QRect) -> None:
        theme = self._look.theme
        painter.fillRect(rect, mixed(theme.ground, theme.raised, 0.5))
        side = min(self._look.px(144), rect.height() // 2)
        name = self._stand_in or "camera"
        shape = icon(
            name, side, mixed(theme.raised, theme.quiet, 0.75).name(), ratio=self.devicePixelRatioF()
        )
        painter.drawPixmap(rect.center().x() - side // 2, rect.center().y() - side // 2, shape)
        if name == "ticket":
            self._paint_guide(
                painter, rect, QRectF(rect.center().x() - side, rect.center().y() - side, 2 * side, 2 * side)
            )

    def _paint_guide(self, painter: QPainter, rect: QRect, guide: QRectF) -> None:
        look = self._look
        radius = min(look.px(20), guide.height() / 8)
        if not self._stand_in:
            around, window = QPainterPath(), QPainterPath()
            around.addRect(QRectF(rect))
            window.addRoundedRect(guide, radius, radius)
            painter.fillPath(around - window, QColor(0, 0, 0, 110))
        halo, line = (QColor(0, 0, 0, 0), QColor(look.theme.quiet)) if self._stand_in else (_HALO, _LINE)
        for colour, width in ((halo, look.px(10)), (line, look.px(6))):
            pen = QPen(colour, max(2, min(width, guide.height() / 24)))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.strokePath(_corners(guide, radius, guide.height() / 5), pen)


def _corners(box: QRectF, radius: float, arm: float) -> QPainterPath:
    """The four corners of a round rectangle, each with two arms."""
    path = QPainterPath()
    for x, y, sx, sy in (
        (box.left(), box.top(), 1, 1),
        (box.right(), box.top(), -1, 1),
        (box.right(), box.bottom(), -1, -1),
        (box.left(), box.bottom(), 1, -1),
    ):
        path.moveTo(x + sx * arm, y)
        path.lineTo(x + sx * radius, y)
        path.quadTo(x, y, x, y + sy * radius)
        path.lineTo(x, y + sy * arm)
    return path
