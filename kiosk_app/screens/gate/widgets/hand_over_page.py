"""The panel of a hand-over: the summary of the shift, and the button that ends it."""

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import HandOverPanel
from kiosk_app.screens.gate.widgets.panel_base import PanelPage
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.item_list import ItemList, ListKind
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts


class HandOverPage(PanelPage):
    """The figures to read or copy down. Its focus starts on Cancel: nothing is decided once nobody is signed on."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self.figures = ItemList(ListKind.COMPACT)
        self.cancel, self.confirm = (
            Button(ButtonKind.PLAIN, "close", "Esc"),
            Button(ButtonKind.PRIMARY, "exit"),
        )
        self.column.addWidget(self.figures, 1)
        self.add_footer(1, self.cancel, self.confirm)
        self.cancel.clicked.connect(lambda: self.action.emit(actions.Dismissed()))
        self.confirm.clicked.connect(lambda: self.action.emit(actions.SignOffRequested()))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self.figures.apply_style(style)

    def show_panel(self, panel: HandOverPanel, texts: Texts) -> None:
        """Show the summary."""
        self.set_heading(panel.title, panel.text)
        self.figures.setAccessibleName(panel.title)
        self.figures.set_items(panel.rows)
        self.cancel.setText(texts("ui.cancel"))
        self.confirm.setText(texts("operator.sign_off"))

    def focus_first(self) -> None:
        """Focus Cancel."""
        self.cancel.setFocus()
