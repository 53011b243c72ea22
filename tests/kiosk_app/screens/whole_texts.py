"""Find what a screen cuts off: labels that need more room than they have, and buttons whose words are elided."""

from typing import TypeVar

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from kiosk_app.ui.button import Button

_ROUNDED = 2
Part = TypeVar("Part", bound=QWidget)


def settle() -> None:
    """Let layouts and removed widgets come to rest."""
    for _ in range(3):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def find_cut_texts(screen: QWidget) -> list[str]:
    """Return the texts of visible labels and buttons that do not fit. What a scroll area hides can be scrolled to."""
    return [
        *(label.text() for label in _visible(screen, QLabel) if label.text() and _is_cut(label)),
        *(
            button.text()
            for button in _visible(screen, Button)
            if button._label and button.width() + _ROUNDED < button.sizeHint().width()
        ),
    ]


def _visible(screen: QWidget, kind: type[Part]) -> list[Part]:
    return [each for each in screen.findChildren(kind) if each.isVisibleTo(screen)]


def _is_cut(label: QLabel) -> bool:
    if label.wordWrap():
        return label.height() + _ROUNDED < label.heightForWidth(label.width())
    hint = label.sizeHint()
    return label.width() + _ROUNDED < hint.width() or label.height() + _ROUNDED < hint.height()
