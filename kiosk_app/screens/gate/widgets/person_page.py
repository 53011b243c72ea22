"""The card of a person who was tapped among the search hits: nobody is let in by a tap alone."""

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import PersonPanel
from kiosk_app.screens.gate.widgets.panel_base import PanelPage
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.item_list import ItemList, ListKind
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts


class PersonPage(PanelPage):
    """Who it is, the earlier scans, and two buttons. Its focus starts on Cancel, so that Enter twice admits nobody."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self.scans, self.scans_label = ItemList(ListKind.COMPACT), PlainLabel()
        self.cancel, self.confirm = (
            Button(ButtonKind.PLAIN, "close", "Esc"),
            Button(ButtonKind.PRIMARY, "check"),
        )
        self.column.addWidget(self.scans_label)
        self.column.addWidget(self.scans, 1)
        self.add_footer(1, self.cancel, self.confirm)
        self.cancel.clicked.connect(lambda: self.action.emit(actions.Dismissed()))
        self.confirm.clicked.connect(lambda: self.action.emit(actions.PersonConfirmed()))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self.scans.apply_style(style)
        self.scans_label.setFont(style.font("body", bold=True))

    def show_panel(self, panel: PersonPanel, texts: Texts) -> None:
        """Show the card."""
        self.set_heading(panel.title, panel.text)
        self.scans_label.setText(panel.no_rows or texts("person.scans"))
        self.scans_label.setVisible(bool(panel.rows or panel.no_rows))
        self.scans.setAccessibleName(texts("person.scans"))
        self.scans.set_items(panel.rows)
        self.cancel.setText(texts("person.back"))
        self.confirm.setText(panel.confirm)
        self.confirm.setEnabled(panel.can_confirm)

    def focus_first(self) -> None:
        """Focus Cancel."""
        self.cancel.setFocus()
