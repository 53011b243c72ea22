"""A large button for fingers: up to two lines, a detail below them, an icon beside or above."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from kiosk_app.screens.kiosk.presenter.view_state import ActionButton, Emphasis
from kiosk_app.screens.kiosk.widgets.kiosk_style import DEFAULT_KIOSK_STYLE, KioskStyle
from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import create_painter, draw_rounded_rect, is_rtl, mirror
from kiosk_app.ui.style import mix
from kiosk_app.ui.text_fitting import FittedText, fit_text
from resources.translations.catalogue import texts

PERSONS_REASONS = frozenset({Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason})
"""The focus was moved by a key that somebody pressed."""
SHOWN_REASONS = PERSONS_REASONS | {Qt.FocusReason.ShortcutFocusReason}
"""The ring is drawn for whoever uses keys or a switch; a finger needs none."""
_FADED, _EXPLAINED = 0.5, 0.8
"""The opacity of a button that is off, and of its words if they say why: "Closed until 08:00" is to be read."""
_LINES = 2


class KioskButton(QAbstractButton):
    """Shows an `ActionButton`; `chosen` carries its action. `focused` carries its words, and if a key moved the focus there."""

    chosen = Signal(object)
    focused = Signal(str, bool)

    def __init__(
        self, *, size: int = 26, is_key: bool = False, stacked: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._size, self._is_key, self._stacked = size, is_key, stacked
        self._style, self._button = DEFAULT_KIOSK_STYLE, ActionButton("", None)  # type: ignore[arg-type]
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if is_key else Qt.FocusPolicy.StrongFocus)
        self.focus_reason = Qt.FocusReason.OtherFocusReason
        """Why it got the focus last."""
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: self.chosen.emit(self._button.action))

    def apply_style(self, style: KioskStyle) -> None:
        """Apply another theme, scale or text size."""
        self._style = style
        self.updateGeometry()
        self.update()

    def show_button(self, button: ActionButton) -> None:
        """Show another text, icon or state."""
        if button == self._button:
            return
        self._button = button
        self.setText(button.text)
        self.setAccessibleName(button.text)
        self.setAccessibleDescription(button.detail)
        self.setEnabled(button.enabled)
        self.setCheckable(button.pressed is not None)
        self.setChecked(button.pressed is True)
        if button.language:
            self.setLayoutDirection(
                Qt.LayoutDirection.RightToLeft
                if texts(button.language).rtl
                else Qt.LayoutDirection.LeftToRight
            )
        self.updateGeometry()
        self.update()

    @property
    def shows_focus(self) -> bool:
        """True if the ring is shown while it has the focus."""
        return self.focus_reason in SHOWN_REASONS

    @property
    def button(self) -> ActionButton:
        """What is shown."""
        return self._button

    def nextCheckState(self) -> None:
        """Leave the state to the presenter."""

    def sizeHint(self) -> QSize:
        """Return the size of the text on one line."""
        width = QFontMetrics(self._style.font(self._size, bold=True)).horizontalAdvance(self._button.text)
        side = 0 if self._stacked or not self._button.icon else self._style.px(48)
        return QSize(max(self._style.touch, width + side + self._style.px(48)), self.least_height())

    def minimumSizeHint(self) -> QSize:
        """Return the least size for a finger."""
        return QSize(self._style.touch, self._style.touch)

    def least_height(self) -> int:
        """Return the height that the words and the icon need."""
        style = self._style
        lines = _LINES if self._stacked and not self._button.detail else 1
        height = style.text(self._size) * lines * 1.3 + (style.text(20) * 1.4 if self._button.detail else 0)
        if self._stacked:
            height += style.px(34)
        return max(style.touch, round(height) + style.px(20))

    def is_cut(self) -> bool:
        """Return True if some of the words can't be seen."""
        if self._is_key and self._button.icon:
            return False
        words, detail = self._fit(self._text_box(self.rect()))
        return words.cut or (detail is not None and detail.cut)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the button by Enter, too; a key that is held down presses it once."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say where the keyboard is."""
        super().focusInEvent(event)
        self.focus_reason = event.reason()
        if event.reason() is not Qt.FocusReason.MouseFocusReason:
            self.focused.emit(self._button.spoken, event.reason() in PERSONS_REASONS)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, icon, words and focus."""
        painter, style, rect = create_painter(self), self._style, self.rect()
        inner = rect.adjusted(4, 4, -4, -4)
        ground, ink, edge, width = self._colours()
        radius = style.px(10 if self._is_key else 18)
        if not self.isEnabled():
            painter.setOpacity(_FADED)
        draw_rounded_rect(painter, inner, radius, ground, edge, width)
        if not self.isEnabled() and self._button.detail:
            painter.setOpacity(_EXPLAINED)
        self._paint_words(painter, inner, ink)
        painter.setOpacity(1)
        if self.hasFocus() and self.shows_focus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            draw_rounded_rect(
                painter, rect, radius + 4, QColor(0, 0, 0, 0), QColor(style.theme.focus), max(4, style.px(5))
            )

    # --- inside

    def _paint_words(self, painter: QPainter, rect: QRect, ink: QColor) -> None:
        style, button = self._style, self._button
        box = self._text_box(rect)
        words, detail = self._fit(box)
        gap = self._gap if detail else 0
        height = words.height + gap + (detail.height if detail else 0)
        shown = self._icon_name()
        side = style.px(30)
        top = rect.top() + (rect.height() - height) // 2
        if self._stacked and shown:
            top = rect.top() + (rect.height() - height - side - style.px(4)) // 2
            self._paint_icon(painter, shown, QRect(rect.center().x() - side // 2, top, side, side), ink)
            top += side + style.px(4)
        elif shown and not self._is_key:
            width = max((QFontMetrics(words.font).horizontalAdvance(line) for line in words.lines), default=0)
            if detail is not None:
                widths = (QFontMetrics(detail.font).horizontalAdvance(line) for line in detail.lines)
                width = max(width, *widths)
            x = box.left() + max(0, (box.width() - width) // 2) - side - style.px(14)
            place = QRect(max(rect.left() + style.px(12), x), rect.center().y() - side // 2, side, side)
            self._paint_icon(painter, shown, mirror(self, rect, place), ink)
        elif shown:
            self._paint_icon(
                painter,
                shown,
                QRect(rect.center().x() - side // 2, rect.center().y() - side // 2, side, side),
                ink,
            )
        if self._is_key and shown:
            return
        box = mirror(self, rect, box)
        centre = Qt.AlignmentFlag.AlignHCenter
        words.draw(painter, QRect(box.left(), top, box.width(), words.height), ink, align=centre)
        if detail is not None:
            soft = QColor(ink)
            soft.setAlphaF(0.88)
            below = QRect(box.left(), top + words.height + gap, box.width(), detail.height)
            detail.draw(painter, below, soft, align=centre)
        _ = button

    def _icon_name(self) -> str:
        return "check" if self._button.pressed and not self._stacked else self._button.icon

    def _text_box(self, rect: QRect) -> QRect:
        style = self._style
        pad = style.px(4 if self._is_key else 14)
        if self._icon_name() and not self._stacked and not self._is_key:
            side = style.px(30 + 14)
            return rect.adjusted(pad + side, 0, -pad - (side if rect.width() > style.px(360) else 0), 0)
        return rect.adjusted(pad, 0, -pad, 0)

    @property
    def _gap(self) -> int:
        """The space between the words and their detail."""
        return self._style.px(4)

    def text_height(self) -> int:
        """Return the height of the words with their detail, as they are painted now."""
        words, detail = self._fit(self._text_box(self.rect()))
        return words.height + (self._gap + detail.height if detail else 0)

    def _fit(self, box: QRect) -> tuple[FittedText, FittedText | None]:
        """Fit the words and their detail into a box, with some room above and below."""
        style, full = self._style, self._style.text(self._size)
        width = max(1, box.width())
        height = max(1, box.height() - 2 * style.px(8) - (style.px(34) if self._stacked else 0))
        sizes = sorted({max(13, round(full * step)) for step in (1, 0.9, 0.8, 0.7, 0.62, 0.55)}, reverse=True)
        lines = 1 if self._is_key or self._button.detail else _LINES
        words = fit_text(self._button.text, width, sizes, max_lines=lines, max_height=height, bold=True)
        if not self._button.detail:
            return words, None
        small = min(style.text(20), round(0.8 * words.font.pixelSize()))
        steps = sorted({max(13, round(small * step)) for step in (1, 0.9, 0.8, 0.7)}, reverse=True)
        lines, rest = 1 if self._stacked else 2, height - words.height - self._gap
        return words, fit_text(self._button.detail, width, steps, max_lines=lines, max_height=max(1, rest))

    def _paint_icon(self, painter: QPainter, name: str, box: QRect, ink: QColor) -> None:
        shape = icon(name, box.width(), ink.name(), ratio=self.devicePixelRatioF(), rtl=is_rtl(self))
        painter.drawPixmap(box.topLeft(), shape)

    def _colours(self) -> tuple[QColor, QColor, QColor | None, int]:
        theme, emphasis = self._style.theme, self._button.emphasis
        ground, ink = QColor(theme.raised), QColor(theme.text)
        edge: QColor | None = QColor(theme.edge) if self._style.is_flat else None
        width = 2
        if emphasis is Emphasis.PRIMARY:
            ground, ink, edge = QColor(theme.accent), QColor(theme.on_accent), None
        elif emphasis is Emphasis.QUIET:
            ground, edge = QColor(theme.ground), QColor(theme.edge)
        if self._button.pressed:
            edge, width = QColor(theme.text), 4
        if self.isEnabled() and self.isDown():
            ground = mix(ground.name(), ink.name(), 0.25)
        return ground, ink, edge, width
