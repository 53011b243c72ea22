"""The panel to serve another event."""

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import EventPanel
from kiosk_app.screens.gate.widgets.panel_base import PanelPage
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts


class EventPage(PanelPage):
    """The events to select from, each with its dates and the age of its list."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self.problem, self.events = PlainLabel(), ItemList()
        self.problem.setProperty("problem", True)
        self.problem.setWordWrap(True)
        self.close_button = Button(ButtonKind.PLAIN, "close", "Esc")
        self.column.addWidget(self.problem)
        self.column.addWidget(self.events, 1)
        self.add_footer(1, self.close_button)
        self.events.selected.connect(lambda id_: self.action.emit(actions.EventSelected(id_)))
        self.close_button.clicked.connect(lambda: self.action.emit(actions.Dismissed()))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self.events.apply_style(style)
        self.problem.setFont(style.font("body", bold=True))

    def show_panel(self, panel: EventPanel, texts: Texts) -> None:
        """Show the events, and why the one that was selected is not served."""
        self.set_heading(texts("ui.event"), panel.text)
        self.problem.setText(panel.problem)
        self.problem.setVisible(bool(panel.problem))
        self.close_button.setText(texts("ui.close"))
        self.events.setAccessibleName(texts("ui.event"))
        self.events.set_items(panel.rows)
