"""The page of the hand-held scanner: scan the code on the screen, and see what the station read."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from hardware.scanner import SETUP_CODE
from kiosk_app.messages import ScanCaptured, ScreenMessage
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.setup.widgets.page import SetupPage
from kiosk_app.ui.code_image import CodeImage
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts


class ScannerPage(SetupPage):
    """Shows a code, and what the scanner made of it."""

    icon_name = "scanner"

    def __init__(self, context: ScreenContext, texts: Texts) -> None:
        super().__init__(context, texts)
        self.code, self.heading, self.result = CodeImage(SETUP_CODE), QLabel(), QLabel()
        self.heading.setText(texts("setup.scanner.heading"))
        self.heading.setWordWrap(True)
        self.result.setWordWrap(True)
        self._row, column = QHBoxLayout(self), QVBoxLayout()
        column.addWidget(self.heading)
        column.addWidget(self.result)
        column.addStretch(1)
        self._row.addWidget(self.code)
        self._row.addLayout(column, 1)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._row.setContentsMargins(style.px(48), style.px(32), style.px(48), style.px(32))
        self._row.setSpacing(style.px(32))
        self.code.apply_style(style)
        self.heading.setFont(style.font("large", bold=True))
        self.result.setFont(style.font("body"))

    def receive(self, message: ScreenMessage) -> None:
        """Show what was scanned."""
        if isinstance(message, ScanCaptured):
            self.result.setText(self.texts("setup.scanner.read", text=message.scan.read().text))
