"""The last resort: what the whole screen shows where neither presenter nor view work."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from resources.translations.catalogue import Texts

_STYLE = "background: #7a0012; color: #ffffff; font-size: 48px; font-weight: bold; padding: 48px;"


class FailureLabel(QLabel):
    """A red page with one sentence. It needs no theme and no state, so that it can fail at nothing."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(f"{texts('word.station_failed')}\n\n{texts('reason.station_failed')}", parent)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setStyleSheet(_STYLE)
        self.hide()
