"""Keys on the screen, for a station that has a touch screen and no keyboard. They type into the field that has the focus."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QGridLayout, QLineEdit, QWidget

from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.style import Style

_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl:", "zxcvbnm./-")


class KeyPad(QWidget):
    """Letters, digits, and what an address needs. `target` is the field that is typed into where none has the focus."""

    def __init__(self, target: QLineEdit) -> None:
        super().__init__()
        self.target = target
        self._grid, self.keys = QGridLayout(self), list[Button]()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # as on a keyboard, in every language
        for row, letters in enumerate(_ROWS):
            for column, letter in enumerate(letters):
                self._add(letter, row, column)
        self.backspace = Button(ButtonKind.PLAIN, "backspace")
        self.backspace.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.backspace.clicked.connect(lambda: self._field().backspace())
        self._grid.addWidget(self.backspace, 0, len(_ROWS[0]), 2, 1)
        self.keys.append(self.backspace)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._grid.setSpacing(style.px(6))
        for key in self.keys:
            key.apply_style(style)

    def _add(self, letter: str, row: int, column: int) -> None:
        key = Button(ButtonKind.PLAIN)
        key.setText(letter.upper() if letter.isalpha() else letter)
        key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        key.clicked.connect(lambda _=False, text=letter: self._field().insert(text))
        self._grid.addWidget(key, row, column)
        self.keys.append(key)

    def _field(self) -> QLineEdit:
        focused = QApplication.focusWidget()
        return focused if isinstance(focused, QLineEdit) else self.target
