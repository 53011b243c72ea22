"""The panel to admit a person against the verdict: a preset or written reason, and the operator's name."""

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QLineEdit

from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import OverridePanel
from kiosk_app.screens.gate.widgets.panel_base import PanelPage
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts

_PRESETS = 4


class OverridePage(PanelPage):
    """A form for touch and keyboard.

    Enter in a field moves on; on the last button it confirms. The keys of a scanner never come here: a ticket held up by
    the next person must not admit this one (`kiosk_app.shell.scanner_filter`).
    """

    def __init__(self) -> None:
        super().__init__()
        self.presets = [Button(ButtonKind.PLAIN) for _ in range(_PRESETS)]
        self.reason_label, self.operator_label, self.problem = PlainLabel(), PlainLabel(), PlainLabel()
        self.reason, self.operator = QLineEdit(), QLineEdit()
        self.cancel, self.confirm = (
            Button(ButtonKind.PLAIN, "close", "Esc"),
            Button(ButtonKind.PRIMARY, "override"),
        )
        self.reason.setMaxLength(300)
        self.operator.setMaxLength(200)
        self._grid, self._fields = QGridLayout(), QGridLayout()
        for number, preset in enumerate(self.presets):
            preset.setCheckable(True)
            preset.set_icons(leading=True)
            preset.toggled.connect(self._uncheck_others(number))
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
        self.add_footer(self.problem, 1, self.cancel, self.confirm)
        self.reason.returnPressed.connect(self.operator.setFocus)
        self.operator.returnPressed.connect(self.confirm.setFocus)
        self.cancel.clicked.connect(lambda: self.action.emit(actions.Dismissed()))
        self.confirm.clicked.connect(self._confirm)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        for grid in (self._grid, self._fields):
            grid.setHorizontalSpacing(style.px(12))
            grid.setVerticalSpacing(style.px(8))
        for line in (self.reason, self.operator):
            line.setFont(style.font("body"))
            line.setFixedHeight(style.touch)
        for label in (self.reason_label, self.operator_label):
            label.setFont(style.font("caption", bold=True))
        self.problem.setFont(style.font("body", bold=True))

    def reset(self, panel: OverridePanel) -> None:
        """Empty the form for another person."""
        for preset in self.presets:
            preset.setChecked(False)
        self.reason.clear()
        self.operator.setText(panel.operator)
        self.focus_first()

    def show_panel(self, panel: OverridePanel, texts: Texts) -> None:
        """Show the question, and the field that is still missing."""
        self.set_heading(panel.title, panel.text)
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
        for part in (self.operator_label, self.operator):
            part.setVisible(not panel.is_operator_fixed)
        self._fields.setColumnStretch(1, 0 if panel.is_operator_fixed else 2)
        self.problem.setText(panel.problem)
        self.problem.setVisible(bool(panel.problem))

    def _uncheck_others(self, number: int) -> Callable[[bool], None]:
        def toggled(on: bool) -> None:
            for other, preset in enumerate(self.presets):
                if on and other != number:
                    preset.setChecked(False)

        return toggled

    def _confirm(self) -> None:
        preset = next((number for number, button in enumerate(self.presets) if button.isChecked()), None)
        self.action.emit(actions.OverrideConfirmed(preset, self.reason.text(), self.operator.text()))
