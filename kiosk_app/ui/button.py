"""A button large enough for a finger, with an icon and the key that presses it too."""

from enum import Enum, auto

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import focus_ring, is_rtl, mirrored, painter_of, rounded
from kiosk_app.ui.style import FIRST_LOOK, Look, mixed
from kiosk_app.ui.text_fitting import elided

_FADED = 0.45


class Kind(Enum):
    """How loud a button is."""

    PLAIN = auto()
    PRIMARY = auto()
    DANGER = auto()
    BARE = auto()
    """No ground until it is touched: for the top bar."""


class Button(QAbstractButton):
    """Text, an icon before it, a key's name after it. `checkable` ones show a tick when on."""

    def __init__(
        self, kind: Kind = Kind.PLAIN, icon_name: str = "", key: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._kind, self._icon, self._key, self._look = kind, icon_name, key, FIRST_LOOK
        self._after, self._leading, self._font = "", False, FIRST_LOOK.font("body", bold=True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._look = look
        self._font = look.font("body", bold=True)
        self.updateGeometry()
        self.update()

    def dress(self, *, icon_name: str | None = None, after: str = "", leading: bool = False) -> None:
        """Another icon, an icon after the text (a chevron), the text at the leading edge instead of the middle."""
        self._icon = self._icon if icon_name is None else icon_name
        self._after, self._leading = after, leading
        self.updateGeometry()
        self.update()

    def set_kind(self, kind: Kind) -> None:
        """Speak louder or softer."""
        if kind is not self._kind:
            self._kind = kind
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as what it says."""
        return QSize(self._content_width(self.text()) + 2 * self._padding(), self._look.touch)

    def minimumSizeHint(self) -> QSize:
        """The text may be cut in need, the rest may not."""
        return QSize(self._content_width("") + 2 * self._padding() + self._look.px(32), self._look.touch)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, then icon, text, key."""
        painter, look, rect = painter_of(self), self._look, self.rect()
        ground, ink, edge = self._colours()
        radius = look.px(12)
        if ground is not None:
            rounded(painter, rect, radius, ground, edge, 2 if edge is not None else 0)
        if not self.isEnabled():
            painter.setOpacity(_FADED)
        self._paint_content(painter, rect, ink)
        painter.setOpacity(1)
        if self.hasFocus():
            focus_ring(painter, rect, radius, look)

    # --- inside

    def _paint_content(self, painter: QPainter, rect: QRect, ink: QColor) -> None:
        look, rtl = self._look, is_rtl(self)
        room = rect.width() - 2 * self._padding()
        metrics = QFontMetrics(self._font)
        text = elided(self.text(), self._font, room - self._content_width(""))
        width = self._content_width(text)
        x = rect.left() + (self._padding() if self._leading else (rect.width() - width) // 2)
        side, gap = look.px(24), look.px(10)
        if self._icon or self.isCheckable():
            name = "check" if self.isChecked() else self._icon or "circle"
            box = mirrored(self, rect, QRect(x, rect.center().y() - side // 2 + 1, side, side))
            painter.drawPixmap(
                box.topLeft(), icon(name, side, ink.name(), ratio=self.devicePixelRatioF(), rtl=rtl)
            )
        if self._icon or self.isCheckable():
            x += side + gap
        painter.setFont(self._font)
        painter.setPen(ink)
        box = mirrored(self, rect, QRect(x, rect.top(), metrics.horizontalAdvance(text) + 2, rect.height()))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        x += metrics.horizontalAdvance(text) + gap
        if self._after:
            small = look.px(18)
            box = mirrored(self, rect, QRect(x, rect.center().y() - small // 2 + 1, small, small))
            painter.drawPixmap(
                box.topLeft(), icon(self._after, small, ink.name(), ratio=self.devicePixelRatioF(), rtl=rtl)
            )
            x += small + gap
        if self._key:
            self._paint_key(painter, rect, x, ink)

    def _paint_key(self, painter: QPainter, rect: QRect, x: int, ink: QColor) -> None:
        look = self._look
        font = look.font("caption")
        font.setPixelSize(max(11, look.px(13)))
        height = look.px(24)
        box = mirrored(self, rect, QRect(x, rect.center().y() - height // 2 + 1, self._key_width(), height))
        edge = QColor(ink)
        edge.setAlphaF(0.45)
        rounded(painter, box, look.px(5), QColor(0, 0, 0, 0), edge, 1)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._key)

    def _padding(self) -> int:
        return self._look.px(18)

    def _key_width(self) -> int:
        return max(self._look.px(30), self._look.px(11) * len(self._key) + self._look.px(6))

    def _content_width(self, text: str) -> int:
        look, gap = self._look, self._look.px(10)
        width = QFontMetrics(self._font).horizontalAdvance(text) + (2 if text else 0)
        width += look.px(24) + gap if self._icon or self.isCheckable() else 0
        width += look.px(18) + gap if self._after else 0
        return width + (self._key_width() + gap if self._key else 0)

    def _colours(self) -> tuple[QColor | None, QColor, QColor | None]:
        theme = self._look.theme
        flat = theme.raised == theme.ground  # high contrast: borders tell what grounds can't
        ink, ground = QColor(theme.text), QColor(theme.raised)
        edge: QColor | None = (
            QColor(theme.edge) if flat or (self._kind is Kind.PLAIN and self.isCheckable()) else None
        )
        if self._kind is Kind.PRIMARY or (self.isCheckable() and self.isChecked()):
            ground, ink, edge = QColor(theme.accent), QColor(theme.on_accent), None
        elif self._kind is Kind.DANGER:
            ground, ink, edge = QColor(theme.red.stub), QColor(theme.red.on_stub), None
        elif self._kind is Kind.BARE and not flat and not (self.underMouse() or self.isDown()):
            return None, ink, None
        if self.isEnabled() and (self.isDown() or self.underMouse()):
            ground = mixed(ground.name(), ink.name(), 0.22 if self.isDown() else 0.1)
        return ground, ink, edge
