"""Drawing functions that several widgets share."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QWidget

from kiosk_app.ui.style import Style


def create_painter(widget: QWidget) -> QPainter:
    """Return a painter with antialiasing and the widget's layout direction."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setLayoutDirection(widget.layoutDirection())
    return painter


def draw_rounded_rect(
    painter: QPainter, rect: QRect, radius: float, fill: QColor, edge: QColor | None, width: int = 0
) -> None:
    """Draw a filled rectangle with round corners and its border inside it."""
    inset = width / 2
    painter.setBrush(fill)
    painter.setPen(QPen(edge, width) if edge is not None and width else Qt.PenStyle.NoPen)
    painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), radius, radius)


def draw_focus_ring(painter: QPainter, rect: QRect, radius: float, style: Style) -> None:
    """Draw the keyboard focus: a ring in the focus colour with a gap inside it."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for inset, colour, width in ((1.5, style.theme.focus, 3), (4.0, style.theme.ground, 2)):
        painter.setPen(QPen(QColor(colour), width))
        corner = max(1.0, radius - inset)
        painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), corner, corner)


def mirror(widget: QWidget, within: QRect, rect: QRect) -> QRect:
    """Return a `rect` laid out from left to right in the widget's own direction."""
    return QStyle.visualRect(widget.layoutDirection(), within, rect)


def is_rtl(widget: QWidget) -> bool:
    """Return True if the widget reads from right to left."""
    return widget.layoutDirection() is Qt.LayoutDirection.RightToLeft
