"""SVG icons as pixmaps: in one colour, at one size, mirrored where the language runs from right to left."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform
from PySide6.QtSvg import QSvgRenderer

from resources.icons import MIRRORED, svg


@lru_cache(maxsize=256)
def _pixmap(name: str, pixels: int, colour: str, ratio: float, mirrored: bool) -> QPixmap:
    source = svg(name).replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(source.encode()))
    pixmap = QPixmap(round(pixels * ratio), round(pixels * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixmap.width(), pixmap.height()))
    painter.end()
    if mirrored:
        pixmap = pixmap.transformed(QTransform().scale(-1, 1))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon(name: str, pixels: int, colour: str, *, ratio: float = 1.0, rtl: bool = False) -> QPixmap:
    """Return the icon, square, cached. Needs a running application.

    Raises:
        KeyError: no such icon.
    """
    return _pixmap(name, max(1, pixels), colour, ratio, rtl and name in MIRRORED)
