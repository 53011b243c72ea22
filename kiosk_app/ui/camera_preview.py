"""The camera's picture with a guide on it. A new frame costs one blit and no layout."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import create_painter
from kiosk_app.ui.style import DEFAULT_STYLE, Style, mix

DEFAULT_GUIDE = QRectF(0.3, 0.15, 0.4, 0.7)
"""Fractions of the frame, as the decode pipeline cuts it: a square in a 16:9 picture."""

_HALO, _LINE = QColor(0, 0, 0, 150), QColor("#FFFFFF")


class CameraPreview(QWidget):
    """The newest frame, cropped to fill the widget; a placeholder icon where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style, self._image, self._guide, self._placeholder = (
            DEFAULT_STYLE,
            QImage(),
            DEFAULT_GUIDE,
            "camera",
        )
        self._radius = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def apply_style(self, style: Style, *, radius: int = 0) -> None:
        """Apply another theme or scale; `radius` rounds the corners (design pixels)."""
        self._style, self._radius = style, style.px(radius)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, radius == 0)
        self.update()

    def set_guide(self, guide: QRectF) -> None:
        """Set the area where codes are held, in fractions of the frame."""
        self._guide = guide
        self.update()

    def show_frame(self, image: QImage) -> None:
        """Show a frame of any size; while the widget is hidden it is only stored."""
        self._image = image
        if self.isVisible():
            self.update()

    def set_placeholder(self, icon_name: str) -> None:
        """Show an icon instead of frames; empty: frames again."""
        if icon_name != self._placeholder:
            self._placeholder = icon_name
            self.update()

    @property
    def placeholder(self) -> str:
        """The icon in the picture's place; empty: frames are shown."""
        return self._placeholder

    def sizeHint(self) -> QSize:
        """Return a size of sixteen to nine."""
        return QSize(self._style.px(640), self._style.px(360))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the frame, dimmed around the guide, and the guide's corners."""
        painter = create_painter(self)
        rect = self.rect()
        if self._radius:
            path = QPainterPath()
            path.addRoundedRect(QRectF(rect), self._radius, self._radius)
            painter.setClipPath(path)
        if self._placeholder or self._image.isNull():
            self._paint_placeholder(painter, rect)
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

    def _paint_placeholder(self, painter: QPainter, rect: QRect) -> None:
        theme = self._style.theme
        painter.fillRect(rect, mix(theme.ground, theme.raised, 0.5))
        side = min(self._style.px(144), rect.height() // 2)
        name = self._placeholder or "camera"
        shape = icon(name, side, mix(theme.raised, theme.quiet, 0.75).name(), ratio=self.devicePixelRatioF())
        painter.drawPixmap(rect.center().x() - side // 2, rect.center().y() - side // 2, shape)
        if name == "ticket":
            self._paint_guide(
                painter, rect, QRectF(rect.center().x() - side, rect.center().y() - side, 2 * side, 2 * side)
            )

    def _paint_guide(self, painter: QPainter, rect: QRect, guide: QRectF) -> None:
        style = self._style
        radius = min(style.px(20), guide.height() / 8)
        if not self._placeholder:
            around, window = QPainterPath(), QPainterPath()
            around.addRect(QRectF(rect))
            window.addRoundedRect(guide, radius, radius)
            painter.fillPath(around - window, QColor(0, 0, 0, 110))
        halo, line = (QColor(0, 0, 0, 0), QColor(style.theme.quiet)) if self._placeholder else (_HALO, _LINE)
        for colour, width in ((halo, style.px(10)), (line, style.px(6))):
            pen = QPen(colour, max(2, min(width, guide.height() / 24)))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.strokePath(_corners(guide, radius, guide.height() / 5), pen)


def _corners(box: QRectF, radius: float, arm: float) -> QPainterPath:
    """Return the four corners of a rounded rectangle, each with two arms."""
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
