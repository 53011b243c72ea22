"""The page of settings: a list to read, with where each value comes from."""

from PySide6.QtWidgets import QVBoxLayout

from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.setup.presenter.settings import SettingsPresenter
from kiosk_app.screens.setup.widgets.page import LivePage
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts

_TICK_MS = 3_000


class SettingsPage(LivePage):
    """A heading and one row for each setting."""

    presenter: SettingsPresenter

    icon_name = "tools"

    def __init__(self, context: ScreenContext, texts: Texts) -> None:
        super().__init__(context, texts)
        self.presenter = SettingsPresenter(texts)
        self.title, self.text, self.rows = PlainLabel(), PlainLabel(), ItemList()
        self.text.setWordWrap(True)
        self.text.setProperty("quiet", True)
        self._column = QVBoxLayout(self)
        for widget in (self.title, self.text):
            self._column.addWidget(widget)
        self._column.addWidget(self.rows, 1)
        self.first = self.rows
        self.watch(_TICK_MS)
        self.render_state()

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._column.setContentsMargins(style.px(40), style.px(24), style.px(40), style.px(24))
        self._column.setSpacing(style.px(12))
        self.title.setFont(style.font("large", bold=True))
        self.text.setFont(style.font("body"))
        self.rows.apply_style(style)
        self.render_state()

    def render_state(self) -> None:
        """Show what the presenter holds."""
        state = self.presenter.state
        self.title.setText(state.title)
        self.text.setText(state.text)
        self.rows.setAccessibleName(state.title)
        self.rows.set_items(state.rows)
