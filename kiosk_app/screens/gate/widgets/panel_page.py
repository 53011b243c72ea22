"""What opens inside the screen instead of a dialog window: a heading, a sentence, something to do, a way out."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from kiosk_app.ui.button import Button
from kiosk_app.ui.style import FIRST_LOOK, Look


class PanelPage(QWidget):
    """Keeps the keyboard to itself while it is open: Tab goes round inside."""

    acted = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, wide: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._look, self._wide = FIRST_LOOK, wide
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

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._look = look
        side, above = look.px(24 if self._wide else 64), look.px(16)
        self._frame.setContentsMargins(side, above, side, above)
        self.column.setContentsMargins(look.px(32), look.px(20), look.px(32), look.px(24))
        self.column.setSpacing(look.px(12))
        self.title.setFont(look.font("large", bold=True))
        self.text.setFont(look.font("body"))
        for button in self.findChildren(Button):
            button.set_look(look)

    def say(self, title: str, text: str) -> None:
        """Heading and sentence."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.setAccessibleName(f"{title} {text}".strip())

    def take_focus(self) -> None:
        """Put the keyboard where the panel begins."""
        first = next(iter(self._stops()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Round and round inside the panel."""
        stops, now = self._stops(), self.focusWidget()
        if not stops:
            return False
        at = stops.index(now) if now in stops else -1
        stops[(at + (1 if forward else -1)) % len(stops)].setFocus(
            Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        )
        return True

    def _stops(self) -> Sequence[QWidget]:
        return [
            child
            for child in self.findChildren(QWidget)
            if child.isVisibleTo(self) and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]


def row_of(*pieces: QWidget | QLayout | int) -> QHBoxLayout:
    """Pieces beside one another; an integer is a stretch."""
    row = QHBoxLayout()
    for piece in pieces:
        if isinstance(piece, int):
            row.addStretch(piece)
        elif isinstance(piece, QWidget):
            row.addWidget(piece)
        else:
            row.addLayout(piece)
    return row
