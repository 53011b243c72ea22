"""The panel of the waitlist at the door: who waits, whose turn it is, and two buttons about that person."""

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import WaitlistPanel
from kiosk_app.screens.gate.widgets.panel_base import PanelPage
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts


class WaitlistPage(PanelPage):
    """The list to read. A tap on somebody who was not there when they were called takes them back."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self.places = ItemList()
        self.cancel = Button(ButtonKind.PLAIN, "close", "Esc")
        self.absent = Button(ButtonKind.PLAIN, "chevron")
        self.confirm = Button(ButtonKind.PRIMARY, "ticket")
        self.column.addWidget(self.places, 1)
        self.add_footer(1, self.cancel, self.absent, self.confirm)
        self._entry_id = self._pressed_id = ""
        for button in (self.absent, self.confirm):
            button.pressed.connect(self._note_press)
        self.places.selected.connect(lambda id_: self.action.emit(actions.PlaceSelected(id_)))
        self.cancel.clicked.connect(lambda: self.action.emit(actions.Dismissed()))
        self.absent.clicked.connect(lambda: self.action.emit(actions.PlaceAbsent(self._pressed_id)))
        self.confirm.clicked.connect(lambda: self.action.emit(actions.PlaceConfirmed(self._pressed_id)))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self.places.apply_style(style)

    def show_panel(self, panel: WaitlistPanel, texts: Texts) -> None:
        """Show who waits, and whose turn it is."""
        self._entry_id = panel.entry_id
        self.set_heading(panel.title, panel.text)
        self.places.setAccessibleName(panel.title)
        self.places.set_items(panel.rows)
        self.cancel.setText(texts("ui.cancel"))
        self.absent.setText(texts("waitlist.not_here"))
        self.confirm.setText(panel.confirm)
        for button in (self.absent, self.confirm):
            button.setVisible(bool(panel.confirm))

    def focus_first(self) -> None:
        """Focus the list: nobody is let in by the key that opened it."""
        self.places.setFocus()

    def _note_press(self) -> None:
        """Note whom the button is about while it goes down: a pull may change it before it comes up."""
        self._pressed_id = self._entry_id
