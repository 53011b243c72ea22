"""The panel to take the last admission back."""

from PySide6.QtWidgets import QLineEdit

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import UndoPanel
from kiosk_app.screens.gate.widgets.panel_base import PanelPage
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts


class UndoPage(PanelPage):
    """Confirm, with the operator's name where no PIN says it. Its focus starts on Cancel, or on the name."""

    def __init__(self) -> None:
        super().__init__()
        self.operator_label, self.problem, self.operator = PlainLabel(), PlainLabel(), QLineEdit()
        self.cancel, self.confirm = (
            Button(ButtonKind.PLAIN, "close", "Esc"),
            Button(ButtonKind.PRIMARY, "undo"),
        )
        self.operator.setMaxLength(200)
        self.operator_label.setBuddy(self.operator)
        self.column.addWidget(self.operator_label)
        self.column.addWidget(self.operator)
        self.problem.setProperty("problem", True)
        self.add_footer(self.problem, 1, self.cancel, self.confirm)
        self.operator.returnPressed.connect(self.confirm.setFocus)
        self.cancel.clicked.connect(lambda: self.action.emit(actions.Dismissed()))
        self.confirm.clicked.connect(lambda: self.action.emit(actions.UndoConfirmed(self.operator.text())))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self.operator.setFont(style.font("body"))
        self.operator.setFixedHeight(style.touch)
        self.operator_label.setFont(style.font("caption", bold=True))
        self.problem.setFont(style.font("body", bold=True))

    def show_panel(self, panel: UndoPanel, texts: Texts) -> None:
        """Show the question, and the name that is missing."""
        self.set_heading(panel.title, panel.text)
        self.operator_label.setText(texts("override.operator"))
        self.operator.setAccessibleName(texts("override.operator"))
        for part in (self.operator_label, self.operator):
            part.setVisible(not panel.is_operator_fixed)
        self.cancel.setText(texts("ui.cancel"))
        self.confirm.setText(texts("undo.confirm"))
        self.problem.setText(panel.problem)
        self.problem.setVisible(bool(panel.problem))
