"""The base of panels, which open inside the screen instead of dialog windows: a heading, a sentence, controls."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from kiosk_app.ui.button import Button
from kiosk_app.ui.style import DEFAULT_STYLE, Style


class PanelPage(QWidget):
    """A page that keeps the keyboard focus while it is open: Tab cycles inside."""

    action = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, wide: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._style, self._wide = DEFAULT_STYLE, wide
        self.title, self.text = QLabel(), QLabel()
        self.text.setWordWrap(True)
        self.title.setWordWrap(True)
        self._sheet = QWidget()
        self._sheet.setObjectName("sheet")
        self._sheet.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._frame = QVBoxLayout(self)
        self._frame.addStretch(0 if wide else 1)
        self._frame.addWidget(self._sheet, 1 if wide else 0)
        self._frame.addStretch(0 if wide else 1)
        self.column = QVBoxLayout(self._sheet)
        self.column.addWidget(self.title)
        self.column.addWidget(self.text)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        side, above = style.px(24 if self._wide else 64), style.px(16)
        self._frame.setContentsMargins(side, above, side, above)
        self.column.setContentsMargins(style.px(32), style.px(20), style.px(32), style.px(24))
        self.column.setSpacing(style.px(12))
        self.title.setFont(style.font("large", bold=True))
        self.text.setFont(style.font("body"))
        for button in self.findChildren(Button):
            button.apply_style(style)

    def set_heading(self, title: str, text: str) -> None:
        """Set heading and sentence."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.setAccessibleName(f"{title} {text}".strip())

    def focus_first(self) -> None:
        """Focus the first control."""
        first = next(iter(self._focusable()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Move the focus inside the panel, from the last control to the first."""
        controls, current = self._focusable(), self.focusWidget()
        if not controls:
            return False
        at = controls.index(current) if current in controls else -1
        controls[(at + (1 if forward else -1)) % len(controls)].setFocus(
            Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        )
        return True

    def _focusable(self) -> Sequence[QWidget]:
        return [
            child
            for child in self.findChildren(QWidget)
            if child.isVisibleTo(self) and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]


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
