"""The panel to admit the rest of a group: who may enter and who may not, and one button."""

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import GroupPanel
from kiosk_app.screens.gate.widgets.panel_base import PanelPage
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts


class GroupPage(PanelPage):
    """The members to read, and the question. Its focus starts on the button that admits: it was asked for a moment before."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self.members = ItemList()
        self.cancel, self.confirm = (
            Button(ButtonKind.PLAIN, "close", "Esc"),
            Button(ButtonKind.PRIMARY, "group"),
        )
        self.column.addWidget(self.members, 1)
        self.add_footer(1, self.cancel, self.confirm)
        self.cancel.clicked.connect(lambda: self.action.emit(actions.Dismissed()))
        self.confirm.clicked.connect(lambda: self.action.emit(actions.GroupConfirmed()))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self.members.apply_style(style)

    def show_panel(self, panel: GroupPanel, texts: Texts) -> None:
        """Show the members."""
        self.set_heading(panel.title, panel.text)
        self.members.setAccessibleName(panel.title)
        self.members.set_items(panel.rows)
        self.cancel.setText(texts("ui.cancel"))
        self.confirm.setText(panel.confirm)

    def focus_first(self) -> None:
        """Focus the button that admits."""
        self.confirm.setFocus()
