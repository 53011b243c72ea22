"""A sentence about the last press or about another desk, with a button that takes it away."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk_app.screens.desk.presenter.view_state import DeskNotice
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from resources.translations.catalogue import Texts


class NoticeBar(QWidget):
    """Visible while there is something to say."""

    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskNotice")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._style, self._notice = DEFAULT_STYLE, DeskNotice("")
        self.text, self.close_button = PlainLabel(), Button(ButtonKind.PLAIN, "close")
        self.text.setWordWrap(True)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.close_button)
        self.close_button.clicked.connect(self.dismissed)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        self._row.setContentsMargins(style.px(20), style.px(8), style.px(12), style.px(8))
        self.text.setFont(style.font("body", bold=True))
        self.close_button.apply_style(style)
        self._colour()

    def show_notice(self, notice: DeskNotice | None, texts: Texts) -> None:
        """Show a sentence, None: nothing."""
        self.setVisible(notice is not None)
        if notice is None:
            return
        self._notice = notice
        self.text.setText(notice.text)
        self.close_button.setText(texts("ui.close"))
        self._colour()

    def _colour(self) -> None:
        colours = self._style.theme.signal(self._notice.signal)
        self.setStyleSheet(
            f"QWidget#deskNotice {{ background: {colours.tint}; border: 2px solid {colours.mark};"
            f" border-radius: {self._style.px(12)}px; }} QLabel {{ color: {colours.on_tint}; }}"
        )
