"""Let somebody in against the verdict: a reason by one touch or in words, and who says so."""

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit

from kiosk_app.screens.gate import actions
from kiosk_app.screens.gate.view_state import OverridePanel
from kiosk_app.screens.gate.widgets.panel_page import PanelPage, row_of
from kiosk_app.ui.button import Button, Kind
from kiosk_app.ui.style import Look
from resources.translations import Texts

_PRESETS = 4


class OverridePage(PanelPage):
    """Filled in by touch or keyboard.

    Enter goes on and never confirms: a keyboard-wedge scanner ends every ticket with it, and a ticket held up by the next
    person must not let this one in. The last button wants a finger or the space bar.
    """

    def __init__(self) -> None:
        super().__init__()
        self.presets = [Button(Kind.PLAIN) for _ in range(_PRESETS)]
        self.reason_label, self.operator_label, self.problem = QLabel(), QLabel(), QLabel()
        self.reason, self.operator = QLineEdit(), QLineEdit()
        self.cancel, self.confirm = Button(Kind.PLAIN, "close", "Esc"), Button(Kind.PRIMARY, "override")
        self.reason.setMaxLength(300)
        self.operator.setMaxLength(200)
        self._grid, self._fields = QGridLayout(), QGridLayout()
        for number, preset in enumerate(self.presets):
            preset.setCheckable(True)
            preset.dress(leading=True)
            preset.toggled.connect(self._keep_one(number))
            self._grid.addWidget(preset, number // 2, number % 2)
        self.column.addLayout(self._grid)
        for number, (label, line) in enumerate(
            ((self.reason_label, self.reason), (self.operator_label, self.operator))
        ):
            label.setBuddy(line)
            self._fields.addWidget(label, 0, number)
            self._fields.addWidget(line, 1, number)
        self._fields.setColumnStretch(0, 3)
        self._fields.setColumnStretch(1, 2)
        self.column.addLayout(self._fields)
        self.problem.setProperty("problem", True)
        self.column.addLayout(row_of(self.problem, 1, self.cancel, self.confirm))
        self.reason.returnPressed.connect(self.operator.setFocus)
        self.operator.returnPressed.connect(self.confirm.setFocus)
        self.cancel.clicked.connect(lambda: self.acted.emit(actions.Dismissed()))
        self.confirm.clicked.connect(self._confirm)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        super().set_look(look)
        for grid in (self._grid, self._fields):
            grid.setHorizontalSpacing(look.px(12))
            grid.setVerticalSpacing(look.px(8))
        for line in (self.reason, self.operator):
            line.setFont(look.font("body"))
            line.setFixedHeight(look.touch)
        for label in (self.reason_label, self.operator_label):
            label.setFont(look.font("caption", bold=True))
        self.problem.setFont(look.font("body", bold=True))

    def open(self, panel: OverridePanel) -> None:
        """Begin afresh for another person."""
        for preset in self.presets:
            preset.setChecked(False)
        self.reason.clear()
        self.operator.setText(panel.operator)
        self.take_focus()

    def show_panel(self, panel: OverridePanel, texts: Texts) -> None:
        """What is asked, and what is still missing."""
        self.say(panel.title, panel.text)
        for preset, words in zip(self.presets, panel.presets, strict=True):
            preset.setText(words)
            preset.setAccessibleName(words)
        for label, line, key in (
            (self.reason_label, self.reason, "override.reason"),
            (self.operator_label, self.operator, "override.operator"),
        ):
            label.setText(texts(key))
            line.setAccessibleName(texts(key))
        self.cancel.setText(texts("ui.cancel"))
        self.confirm.setText(texts("override.confirm"))
        self.problem.setText(panel.problem)
        self.problem.setVisible(bool(panel.problem))

    def _keep_one(self, number: int) -> Callable[[bool], None]:
        def toggled(on: bool) -> None:
            for other, preset in enumerate(self.presets):
                if on and other != number:
                    preset.setChecked(False)

        return toggled

    def _confirm(self) -> None:
        chosen = next((number for number, preset in enumerate(self.presets) if preset.isChecked()), None)
        self.acted.emit(actions.OverrideConfirmed(chosen, self.reason.text(), self.operator.text()))
