"""The pages of the first start: each asks one thing."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from kiosk_app.screens.first_start.presenter.first_start import (
    DEVICES,
    MODE_ICONS,
    DeviceRow,
    FirstStartState,
)
from kiosk_app.screens.first_start.widgets.key_pad import KeyPad
from kiosk_app.ui.button import Button, ButtonKind
from kiosk_app.ui.camera_preview import CameraPreview
from kiosk_app.ui.icons import icon
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from resources.themes import Signal as Meaning
from resources.translations import LANGUAGES
from resources.translations.catalogue import Texts, texts

_COLUMN = 620
_PREVIEW, _SMALL_PREVIEW = 340, 420
_LONGEST_CODE, _LONGEST_HUB = 512, 300


class QuestionPage(QWidget):
    """A page with a large question, a quiet sentence, and what the subclass adds below."""

    def __init__(self) -> None:
        super().__init__()
        self.style_ = DEFAULT_STYLE
        self.title, self.text = PlainLabel(), PlainLabel()
        self.body = QVBoxLayout()
        for label in (self.title, self.text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setProperty("quiet", True)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.title)
        self._column.addWidget(self.text)
        self._column.addLayout(self.body, 1)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self.style_ = style
        self.title.setFont(style.font("large", bold=True))
        self.text.setFont(style.font("body"))
        self._column.setContentsMargins(style.px(56), style.px(40), style.px(56), style.px(40))
        self._column.setSpacing(style.px(12))
        self.body.setSpacing(style.px(14))

    def render(self, state: FirstStartState, words: Texts) -> None:  # type: ignore[override]  # no painting of Qt's
        """Show a state."""
        raise NotImplementedError

    def first(self) -> QWidget:
        """Return the control that has the focus first."""
        raise NotImplementedError


class LanguagePage(QuestionPage):
    """One large button for each language, named in that language."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, Button] = {}
        self._first: QWidget = self
        self.body.addSpacing(24)
        for language in LANGUAGES:
            button = self.buttons[language] = Button(ButtonKind.PLAIN)
            button.setText(texts(language).name)
            button.clicked.connect(lambda _=False, code=language: self.chosen.emit(code))
            self.body.addWidget(button)
        self.body.addStretch(1)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        for button in self.buttons.values():
            button.apply_style(style)
            button.setFixedSize(style.px(_COLUMN), style.px(88))

    def render(self, state: FirstStartState, words: Texts) -> None:  # type: ignore[override]
        """Show a state."""
        self.title.setText(words("first.language"))
        self.text.setText(words("first.language_text"))
        self._first = self.buttons[state.language]
        for language, button in self.buttons.items():
            button.set_kind(ButtonKind.PRIMARY if language == state.language else ButtonKind.PLAIN)

    def first(self) -> QWidget:
        """Return the button of the language in use."""
        return self._first


class CodePage(QuestionPage):
    """The camera's picture to hold the code up to, and fields to type it."""

    submitted = Signal(str, str)

    def __init__(self, guide: QRectF | None) -> None:
        super().__init__()
        self.preview = CameraPreview()
        if guide is not None:
            self.preview.set_guide(guide)
        self.problem = PlainLabel()
        self.problem.setProperty("problem", True)
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.code_label, self.hub_label = PlainLabel(), PlainLabel()
        self.code, self.hub = QLineEdit(), QLineEdit()
        self.connect_button, self.keys_button = Button(ButtonKind.PRIMARY, "check"), Button()
        self.key_pad = KeyPad(self.code)
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        self._row, self._buttons = QHBoxLayout(), QHBoxLayout()
        self._lay_out()

    def _lay_out(self) -> None:
        for field, label in ((self.code, self.code_label), (self.hub, self.hub_label)):
            field.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            label.setBuddy(field)
            field.returnPressed.connect(self._submit)
            self._right.addWidget(label)
            self._right.addWidget(field)
        self.code.setMaxLength(_LONGEST_CODE)
        self.hub.setMaxLength(_LONGEST_HUB)
        self.hub.setPlaceholderText("https://hub.example.org")
        self.code.setPlaceholderText("ABCDE-FGHJK-MNPQR-STUVW")
        self.keys_button.setCheckable(True)
        self.keys_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.keys_button.toggled.connect(self.key_pad.setVisible)
        self.key_pad.hide()
        self.connect_button.clicked.connect(self._submit)
        self._buttons.addWidget(self.connect_button)
        self._buttons.addWidget(self.keys_button)
        self._buttons.addStretch(1)
        self._right.addLayout(self._buttons)
        self._right.addWidget(self.key_pad)
        self._right.addWidget(self.problem)
        self._right.addStretch(1)
        self._left.addWidget(self.preview, 1)
        self._row.addLayout(self._left)
        self._row.addLayout(self._right, 1)
        self.body.addLayout(self._row, 1)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._row.setSpacing(style.px(36))
        self._right.setSpacing(style.px(10))
        self.preview.apply_style(style, radius=20)
        self.preview.setFixedWidth(style.px(_PREVIEW))
        for label in (self.code_label, self.hub_label):
            label.setFont(style.font("caption"))
        for field in (self.code, self.hub):
            field.setFont(style.font("title"))
            field.setMinimumHeight(style.touch)
        self.problem.setFont(style.font("body"))
        self.key_pad.apply_style(style)
        for button in (self.connect_button, self.keys_button):
            button.apply_style(style)

    def render(self, state: FirstStartState, words: Texts) -> None:  # type: ignore[override]
        """Show a state. What was typed stays."""
        self.title.setText(words("first.code"))
        self.text.setText(words("first.code_text"))
        self.code_label.setText(words("first.code_label"))
        self.hub_label.setText(words("first.hub_label"))
        self.keys_button.setText(words("first.keys"))
        self.connect_button.setText(words("first.connecting" if state.is_busy else "first.connect"))
        self.connect_button.setEnabled(not state.is_busy)
        self.problem.setText(state.problem)
        self.problem.setVisible(bool(state.problem))
        for field, text in ((self.code, state.code), (self.hub, state.hub)):
            if text and not field.text():
                field.setText(text)
        self.preview.set_placeholder("camera-off" if state.camera.value != "starting" else "camera")

    def first(self) -> QWidget:
        """Return the field of the code."""
        return self.code

    def _submit(self) -> None:
        self.submitted.emit(self.code.text(), self.hub.text())


class ModePage(QuestionPage):
    """One large button for each mode, with what it is for; the one of the station's profile is offered first."""

    chosen = Signal(str)

    def __init__(self, modes: tuple[str, ...]) -> None:
        super().__init__()
        self.buttons: dict[str, Button] = {}
        self.notes: dict[str, QLabel] = {}
        self._grid = QGridLayout()
        for row, mode in enumerate(modes):
            button, note = Button(ButtonKind.PLAIN, MODE_ICONS.get(mode, "place")), PlainLabel()
            note.setWordWrap(True)
            note.setProperty("quiet", True)
            button.clicked.connect(lambda _=False, name=mode: self.chosen.emit(name))
            self._grid.addWidget(button, row, 0)
            self._grid.addWidget(note, row, 1)
            self.buttons[mode], self.notes[mode] = button, note
        self._grid.setColumnStretch(1, 1)
        self.body.addLayout(self._grid)
        self.body.addStretch(1)
        self._first = next(iter(self.buttons.values()))

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._grid.setHorizontalSpacing(style.px(24))
        self._grid.setVerticalSpacing(style.px(16))
        for mode, button in self.buttons.items():
            button.apply_style(style)
            button.setFixedSize(style.px(320), style.px(80))
            self.notes[mode].setFont(style.font("body"))

    def render(self, state: FirstStartState, words: Texts) -> None:  # type: ignore[override]
        """Show a state."""
        self.title.setText(words("first.mode", name=state.name))
        self.text.setText(words("first.mode_text"))
        for mode, button in self.buttons.items():
            button.setText(words(f"first.mode.{mode}"))
            self.notes[mode].setText(words(f"first.mode.{mode}_text"))
            button.set_kind(ButtonKind.PRIMARY if mode == state.mode else ButtonKind.PLAIN)
        self._first = self.buttons.get(state.mode, self._first)

    def first(self) -> QWidget:
        """Return the button of the mode that is offered."""
        return self._first


class DevicesPage(QuestionPage):
    """The camera's picture, and a row for each device with its state and the button that opens its page."""

    tested = Signal(str)
    started = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.preview = CameraPreview()
        self.start_button = Button(ButtonKind.PRIMARY, "check")
        self.start_button.clicked.connect(self.started)
        self.buttons: dict[str, Button] = {}
        self._cells: dict[str, tuple[QLabel, QLabel, QLabel]] = {}
        self._grid, self._row, self._left, self._right = (
            QGridLayout(),
            QHBoxLayout(),
            QVBoxLayout(),
            QVBoxLayout(),
        )
        self._left.addWidget(self.preview)
        self._left.addStretch(1)
        self._right.addLayout(self._grid)
        self._right.addStretch(1)
        self._right.addWidget(self.start_button, 0, Qt.AlignmentFlag.AlignLeading)
        self._grid.setColumnStretch(1, 1)
        self._row.addLayout(self._left)
        self._row.addLayout(self._right, 1)
        self.body.addLayout(self._row, 1)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        super().apply_style(style)
        self._row.setSpacing(style.px(36))
        self._grid.setHorizontalSpacing(style.px(16))
        self._grid.setVerticalSpacing(style.px(12))
        self.preview.apply_style(style, radius=20)
        self.preview.setFixedSize(style.px(_SMALL_PREVIEW), style.px(_SMALL_PREVIEW * 3 // 4))
        for button in (self.start_button, *self.buttons.values()):
            button.apply_style(style)

    def render(self, state: FirstStartState, words: Texts) -> None:  # type: ignore[override]
        """Show a state."""
        text = "text" if state.has_camera else "sound" if state.devices else "none"
        self.title.setText(words("first.devices" if state.devices else "first.ready"))
        self.text.setText(words(f"first.devices_{text}"))
        self.start_button.setText(words("first.start"))
        self.preview.setVisible(state.has_camera)
        for device in state.devices:
            self._render_row(device, words)
        names = {device.name for device in state.devices}
        for name, cells in self._cells.items():
            for widget in (*cells, self.buttons[name]):
                widget.setVisible(name in names)

    def _render_row(self, device: DeviceRow, words: Texts) -> None:
        if device.name not in self._cells:
            self._add_row(device.name)
        mark, title, text = self._cells[device.name]
        style, colours = self.style_, self.style_.theme.signal(device.signal)
        name = "check" if device.signal is Meaning.GREEN else device.icon
        mark.setPixmap(icon(name, style.px(28), colours.mark, ratio=self.devicePixelRatioF()))
        title.setText(device.title)
        title.setFont(style.font("body", bold=True))
        text.setText(device.text)
        text.setFont(style.font("caption"))
        button = self.buttons[device.name]
        button.setText(words("first.test"))
        button.setAccessibleName(f"{words('first.test')}: {device.title}. {device.text}")

    def _add_row(self, name: str) -> None:
        row = DEVICES.index(name)
        mark, title, text, button = (
            PlainLabel(),
            PlainLabel(),
            PlainLabel(),
            Button(ButtonKind.PLAIN, "tools"),
        )
        text.setWordWrap(True)
        text.setProperty("quiet", True)
        button.apply_style(self.style_)
        button.clicked.connect(lambda _=False: self.tested.emit(name))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(title)
        words.addWidget(text)
        self._grid.addWidget(mark, row, 0)
        self._grid.addLayout(words, row, 1)
        self._grid.addWidget(button, row, 2)
        self._cells[name], self.buttons[name] = (mark, title, text), button

    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame."""
        self.preview.show_frame(image)

    def first(self) -> QWidget:
        """Return the button that begins to serve."""
        return self.start_button
