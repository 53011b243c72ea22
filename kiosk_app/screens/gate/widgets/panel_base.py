"""The base of panels, which open inside the screen instead of dialog windows: a heading, a sentence, controls."""

from collections.abc import Sequence
from unicodedata import bidirectional

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QScroller,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kiosk_app.ui.button import Button
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import DEFAULT_STYLE, Style

_ROOMY = 0.8
"""On a window of a smaller scale the sheet needs the room of its margins."""


_STRONG = ("L", "R", "AL")
_LEFT_TO_RIGHT_MARK, _RIGHT_TO_LEFT_MARK = "\u200e", "\u200f"
_SLACK = 4
"""Qt's layout rounds a pixel away from a control where there is exactly enough room."""


class PanelPage(QWidget):
    """A page that keeps the keyboard focus while it is open: Tab cycles inside."""

    action = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, wide: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._style, self._wide = DEFAULT_STYLE, wide
        self.title, self.text = PlainLabel(), PlainLabel()
        self.text.setWordWrap(True)
        self.title.setWordWrap(True)
        self._sheet = QWidget()
        self._sheet.setObjectName("sheet")
        self._sheet.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._frame = QVBoxLayout(self)
        self._frame.addStretch(0 if wide else 1)
        self._frame.addWidget(self._sheet, 1 if wide else 0)
        self._frame.addStretch(0 if wide else 1)
        self._sheet_column = QVBoxLayout(self._sheet)
        self._content = QWidget()
        self.column = QVBoxLayout(self._content)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(self.title)
        self.column.addWidget(self.text)
        self._scroll = None if wide else _ContentScroll(self._content)
        self._sheet_column.addWidget(self._scroll or self._content, 1)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        roomy = style.scale >= _ROOMY
        side, above = style.px(64 if roomy and not self._wide else 24), style.px(16 if roomy else 8)
        self._frame.setContentsMargins(side, above, side, above)
        inner = style.px(32 if roomy else 24)
        below = style.px(24 if roomy else 14)
        self._sheet_column.setContentsMargins(inner, style.px(20 if roomy else 12), inner, below)
        for column in (self._sheet_column, self.column):
            column.setSpacing(style.px(12 if roomy else 8))
        self.title.setFont(style.font("large" if roomy else "title", bold=True))
        self.text.setFont(style.font("body"))
        for button in self.findChildren(Button):
            button.apply_style(style)

    def add_footer(self, *parts: QWidget | QLayout | int) -> None:
        """Add a row below the content that stays in view where the content must be scrolled."""
        self._sheet_column.addLayout(row_layout(*parts))

    def set_heading(self, title: str, text: str) -> None:
        """Set heading and sentence."""
        self.title.setText(self._along(title))
        self.text.setText(self._along(text))
        self.text.setVisible(bool(text))
        self.setAccessibleName(f"{title} {text}".strip())

    def _along(self, text: str) -> str:
        """Return a text that begins at the leading edge, also a Latin name in an Arabic screen and the other way round."""
        strong = next((kind for each in text if (kind := bidirectional(each)) in _STRONG), "")
        is_rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        if not strong or (strong != "L") is is_rtl:
            return text
        return (_RIGHT_TO_LEFT_MARK if is_rtl else _LEFT_TO_RIGHT_MARK) + text

    def focus_first(self) -> None:
        """Focus the first control."""
        first = next(iter(self._focusable()), None)
        if first is not None:
            self._focus(first, Qt.FocusReason.TabFocusReason)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Move the focus inside the panel, from the last control to the first."""
        controls, current = self._focusable(), self.focusWidget()
        if not controls:
            return False
        at = controls.index(current) if current in controls else -1
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        self._focus(controls[(at + (1 if forward else -1)) % len(controls)], reason)
        return True

    def _focus(self, control: QWidget, reason: Qt.FocusReason) -> None:
        control.setFocus(reason)
        if self._scroll is not None and self._content.isAncestorOf(control):
            centre = control.mapTo(self._content, control.rect().center())
            self._scroll.ensureVisible(centre.x(), centre.y(), 0, control.height() // 2 + _SLACK)

    def _focusable(self) -> Sequence[QWidget]:
        return [
            child
            for child in self.findChildren(QWidget)
            if child.isVisibleTo(self) and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]


class _ContentScroll(QScrollArea):
    """The content of a panel: as high as it needs to be, and scrolled by wheel, finger or focus on a low screen."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setWidget(content)
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        content.installEventFilter(self)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """Return the content's size at this width."""
        return QSize(self._content.sizeHint().width(), self._content_height())

    def minimumSizeHint(self) -> QSize:
        """Return the content's width and little height."""
        hint = self._content.minimumSizeHint()
        return QSize(hint.width(), min(hint.height(), 96))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take another height where the width changes how the text wraps."""
        super().resizeEvent(event)
        self._adjust()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take another height where the content has changed."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._adjust()
        return super().eventFilter(watched, event)

    def _adjust(self) -> None:
        self._content.setMinimumHeight(self._content_height())  # else Qt squeezes it instead of scrolling
        self.updateGeometry()

    def _content_height(self) -> int:
        content, width = self._content, self.viewport().width()
        wrapped = (
            content.heightForWidth(width) if content.hasHeightForWidth() else content.sizeHint().height()
        )
        return max(content.minimumSizeHint().height(), wrapped) + _SLACK


def row_layout(*parts: QWidget | QLayout | int) -> QHBoxLayout:
    """Return a layout of widgets beside one another; an integer is a stretch."""
    row = QHBoxLayout()
    for part in parts:
        if isinstance(part, int):
            row.addStretch(part)
        elif isinstance(part, QWidget):
            row.addWidget(part)
        else:
            row.addLayout(part)
    return row
