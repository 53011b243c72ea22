"""A panel with a list to choose from, and a line to type into where another answer is possible."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from kiosk_app.screens.desk.presenter import actions
from kiosk_app.screens.desk.presenter.view_state import ChoicePanel
from kiosk_app.screens.gate.widgets.panel_base import PanelPage, row_layout
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts

LONGEST_REASON = 200


class ChoicePage(PanelPage):
    """Shows a `ChoicePanel`. What is typed stays until the panel closes."""

    def __init__(self) -> None:
        super().__init__(wide=True)
        self._generation = -1
        self.rows, self.label, self.input = ItemList(), PlainLabel(), QLineEdit()
        self.input.setMaxLength(LONGEST_REASON)
        self.label.setBuddy(self.input)
        self.cancel = Button(ButtonKind.PLAIN, "close", "Esc")
        self.confirm = Button(ButtonKind.PRIMARY, "check")
        self.column.addWidget(self.rows, 1)
        self.column.addWidget(self.label)
        self.column.addLayout(row_layout(self.input, self.confirm))
        self.add_footer(1, self.cancel)
        self.rows.selected.connect(lambda row_id: self.action.emit(actions.RowChosen(row_id)))
        self.confirm.clicked.connect(self._enter)
        self.input.returnPressed.connect(self._enter)
        self.cancel.clicked.connect(lambda: self.action.emit(actions.Dismissed()))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self.rows.apply_style(style)
        self.label.setFont(style.font("body", bold=True))
        self.input.setFont(style.font("body"))
        self.input.setFixedHeight(style.touch)

    def show_panel(self, panel: ChoicePanel, texts: Texts) -> None:
        """Show a panel; another one begins with an empty line."""
        self.set_heading(panel.title, panel.text)
        self.rows.setAccessibleName(panel.title)
        self.rows.set_items(panel.rows)
        has_input = self.rows.passes_letters = bool(panel.input_label)
        for part in (self.label, self.input, self.confirm):
            part.setVisible(has_input)
        self.label.setText(panel.input_label)
        self.input.setAccessibleName(panel.input_label)
        self.confirm.setText(texts("desk.panel.confirm"))
        self.cancel.setText(texts("ui.cancel"))
        self.cancel.setVisible(panel.can_cancel)
        if panel.generation != self._generation:
            self._generation = panel.generation
            self.input.clear()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass typed text on to the line, wherever the focus is."""
        if self.rows.passes_letters and event.text().strip() and event.text().isprintable():
            self.input.setFocus(Qt.FocusReason.OtherFocusReason)
            self.input.keyPressEvent(event)
            return
        super().keyPressEvent(event)

    def _enter(self) -> None:
        self.action.emit(actions.PanelTextEntered(self.input.text()))
