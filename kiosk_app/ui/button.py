"""A button for fingers, with an icon and its keyboard shortcut."""

from enum import Enum, auto

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import create_painter, draw_focus_ring, draw_rounded_rect, is_rtl, mirror
from kiosk_app.ui.style import DEFAULT_STYLE, Style, mix
from kiosk_app.ui.text_fitting import elide

_FADED = 0.45


class ButtonKind(Enum):
    """The emphasis of a button."""

    PLAIN = auto()
    PRIMARY = auto()
    DANGER = auto()
    BARE = auto()
    """No background until it is touched: for the top bar."""


class Button(QAbstractButton):
    """A text, an icon before it, a key's name after it. A checkable button shows a tick when on."""

    def __init__(
        self,
        kind: ButtonKind = ButtonKind.PLAIN,
        icon_name: str = "",
        key: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind, self._icon, self._key, self._style = kind, icon_name, key, DEFAULT_STYLE
        self._after, self._leading, self._font = "", False, DEFAULT_STYLE.font("body", bold=True)
        self._shows_key, self._icon_only = True, False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        self._font = style.font("body", bold=True)
        self.updateGeometry()
        self.update()

    def set_icons(self, *, icon_name: str | None = None, after: str = "", leading: bool = False) -> None:
        """Set the icon, an icon after the text (a chevron), and if the text is at the leading edge instead of the middle."""
        self._icon = self._icon if icon_name is None else icon_name
        self._after, self._leading = after, leading
        self.updateGeometry()
        self.update()

    def set_form(self, *, shows_key: bool, icon_only: bool = False) -> None:
        """Show the keyboard shortcut or not; `icon_only` leaves the text to screen readers, where there is no room."""
        if (shows_key, icon_only) != (self._shows_key, self._icon_only):
            self._shows_key, self._icon_only = shows_key, icon_only
            self.setToolTip(self.text() if icon_only else "")
            self.updateGeometry()
            self.update()

    def width_of(self, *, shows_key: bool, icon_only: bool = False) -> int:
        """Return the width in pixels in another form."""
        form = self._shows_key, self._icon_only
        self._shows_key, self._icon_only = shows_key, icon_only
        width = self.sizeHint().width()
        self._shows_key, self._icon_only = form
        return width

    def set_kind(self, kind: ButtonKind) -> None:
        """Change the emphasis."""
        if kind is not self._kind:
            self._kind = kind
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the content."""
        width = self._content_width(self._label) + 2 * self._padding()
        return QSize(max(width, self._style.touch), self._style.touch)

    def minimumSizeHint(self) -> QSize:
        """Return the size with the text cut, and everything else whole."""
        return QSize(self._content_width("") + 2 * self._padding() + self._style.px(32), self._style.touch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the button by Enter on every platform, as Qt does on some; a key that is held down presses it once."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint background, icon, text and key."""
        painter, style, rect = create_painter(self), self._style, self.rect()
        ground, ink, edge = self._colours()
        radius = style.px(12)
        if ground is not None:
            draw_rounded_rect(painter, rect, radius, ground, edge, 2 if edge is not None else 0)
        if not self.isEnabled():
            painter.setOpacity(_FADED)
        self._paint_content(painter, rect, ink)
        painter.setOpacity(1)
        if self.hasFocus():
            draw_focus_ring(painter, rect, radius, style)

    # --- inside

    @property
    def _is_faded_plain(self) -> bool:
        """True for a button that would draw the eye and can't be pressed."""
        return not self.isEnabled() and self._kind in (ButtonKind.PRIMARY, ButtonKind.DANGER)

    @property
    def _label(self) -> str:
        return "" if self._icon_only else self.text()

    @property
    def _key_label(self) -> str:
        return self._key if self._shows_key and self._style.shows_keys and not self._icon_only else ""

    def _paint_content(self, painter: QPainter, rect: QRect, ink: QColor) -> None:
        style = self._style
        room = rect.width() - 2 * self._padding()
        metrics = QFontMetrics(self._font)
        text = elide(self._label, self._font, room - self._content_width(""))
        width = self._content_width(text)
        x = rect.left() + (self._padding() if self._leading else (rect.width() - width) // 2)
        side, gap = style.px(24), style.px(10)
        if self._icon or self.isCheckable():
            name = "check" if self.isChecked() else self._icon or "circle"
            self._paint_icon(painter, name, side, x, ink)
            x += side + gap
        painter.setFont(self._font)
        painter.setPen(ink)
        box = mirror(self, rect, QRect(x, rect.top(), metrics.horizontalAdvance(text) + 2, rect.height()))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        x += metrics.horizontalAdvance(text) + gap
        if self._after:
            small = style.px(18)
            self._paint_icon(painter, self._after, small, x, ink)
            x += small + gap
        if self._key_label:
            self._paint_key(painter, rect, x, ink)

    def _paint_icon(self, painter: QPainter, name: str, side: int, x: int, ink: QColor) -> None:
        if not name:
            return
        rect, ratio = self.rect(), self.devicePixelRatioF()
        box = mirror(self, rect, QRect(x, rect.center().y() - side // 2 + 1, side, side))
        painter.drawPixmap(box.topLeft(), icon(name, side, ink.name(), ratio=ratio, rtl=is_rtl(self)))

    def _paint_key(self, painter: QPainter, rect: QRect, x: int, ink: QColor) -> None:
        style = self._style
        font = style.font("caption")
        font.setPixelSize(max(11, style.px(13)))
        height = style.px(24)
        box = mirror(self, rect, QRect(x, rect.center().y() - height // 2 + 1, self._key_width(), height))
        edge = QColor(ink)
        edge.setAlphaF(0.45)
        draw_rounded_rect(painter, box, style.px(5), QColor(0, 0, 0, 0), edge, 1)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._key_label)

    def _padding(self) -> int:
        return self._style.px(18)

    def _key_width(self) -> int:
        return max(self._style.px(30), self._style.px(11) * len(self._key) + self._style.px(6))

    def _content_width(self, text: str) -> int:
        style, gap = self._style, self._style.px(10)
        width = QFontMetrics(self._font).horizontalAdvance(text) + (2 if text else 0)
        width += style.px(24) + gap if self._icon or self.isCheckable() else 0
        width += style.px(18) + gap if self._after else 0
        width -= gap if self._icon_only and not self._after else 0
        return width + (self._key_width() + gap if self._key_label else 0)

    def _colours(self) -> tuple[QColor | None, QColor, QColor | None]:
        theme = self._style.theme
        flat = theme.raised == theme.ground  # high contrast: borders tell what grounds can't
        ink, ground = QColor(theme.text), QColor(theme.raised)
        edge: QColor | None = (
            QColor(theme.edge) if flat or (self._kind is ButtonKind.PLAIN and self.isCheckable()) else None
        )
        kind = ButtonKind.PLAIN if self._is_faded_plain else self._kind
        if kind is ButtonKind.PRIMARY or (self.isCheckable() and self.isChecked()):
            ground, ink, edge = QColor(theme.accent), QColor(theme.on_accent), None
        elif kind is ButtonKind.DANGER:
            ground, ink, edge = QColor(theme.red.stub), QColor(theme.red.on_stub), None
        elif self._kind is ButtonKind.BARE and not flat and not (self.underMouse() or self.isDown()):
            return None, ink, None
        if self.isEnabled() and (self.isDown() or self.underMouse()):
            ground = mix(ground.name(), ink.name(), 0.22 if self.isDown() else 0.1)
        return ground, ink, edge
