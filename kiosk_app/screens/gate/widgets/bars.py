"""The bar above and the bar below: where the gate stands and how it is; what a person can do."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from kiosk_app.screens.gate import actions
from kiosk_app.screens.gate.view_state import Chip, Status, Way
from kiosk_app.ui.button import Button, Kind
from kiosk_app.ui.status_chip import Pill
from kiosk_app.ui.style import FIRST_LOOK, Look
from resources.translations import Texts

_TYPING_MS = 150
"""Quiet time after which what is typed is looked up; a keyboard-wedge scanner types a whole ticket in less."""


class TopBar(QWidget):
    """Checkpoint and direction leading, the station's condition trailing."""

    acted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.checkpoint = _Heading(Kind.BARE, "place")
        self.direction = Button(Kind.PLAIN, "entry")
        self.direction.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._pills = {name: Pill() for name in ("sound", "link", "roster", "waiting")}
        self._look, self._clock = FIRST_LOOK, QLabel()
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.checkpoint)
        self._row.addWidget(self.direction)
        self._row.addStretch(1)
        for pill in self._pills.values():
            self._row.addWidget(pill)
        self._row.addWidget(self._clock)
        self.checkpoint.clicked.connect(lambda: self.acted.emit(actions.CheckpointsAsked()))
        self.direction.clicked.connect(lambda: self.acted.emit(actions.DirectionToggled()))

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._row.setContentsMargins(look.px(8), look.px(4), look.px(24), look.px(4))
        self._row.setSpacing(look.px(10))
        for button in (self.checkpoint, self.direction):
            button.set_look(look)
        for pill in self._pills.values():
            pill.set_look(look)
        self._look = look
        self._clock.setFont(look.font("title", bold=True))
        self.setFixedHeight(look.touch + look.px(8))

    def show_way(self, way: Way, texts: Texts) -> None:
        """Where the gate stands, and which way it works."""
        self.checkpoint.setText(way.checkpoint)
        self.checkpoint.dress(after="chevron" if way.can_pick else "", leading=True)
        self.checkpoint.setAccessibleName(f"{texts('ui.checkpoint')}: {way.checkpoint}")
        self.direction.setText(way.direction)
        self.direction.dress(
            icon_name="entry" if way.entering else "exit", after="swap" if way.can_toggle else ""
        )
        self.direction.setChecked(not way.entering)
        self.direction.setAccessibleName(f"{texts('ui.direction')}: {way.direction}")
        for button, active in ((self.checkpoint, way.can_pick), (self.direction, way.can_toggle)):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if active else Qt.FocusPolicy.NoFocus)

    def show_status(self, status: Status) -> None:
        """How the station is."""
        chips = {
            "link": status.link,
            "roster": status.roster,
            "waiting": status.waiting,
            "sound": status.sound,
        }
        for name, chip in chips.items():
            _show_chip(self._pills[name], chip)
        if self._clock.text() != status.clock:
            self._clock.setText(status.clock)
        self._fit()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        self._fit()

    def _fit(self) -> None:
        """Shorten one pill after the other, the least needed first, until the checkpoint's name can be read."""
        shown = [
            pill
            for name in ("roster", "waiting", "link", "sound")
            if not (pill := self._pills[name]).isHidden()
        ]
        margins, look = self._row.contentsMargins(), self._look
        room = self.width() - margins.left() - margins.right() - (len(shown) + 3) * self._row.spacing()
        room -= self.direction.sizeHint().width() + self._clock.sizeHint().width()
        room -= min(self.checkpoint.sizeHint().width(), look.px(280))
        room -= sum(pill.width_of(short=False) for pill in shown)
        for pill in shown:
            short = room < 0
            pill.shorten(short)
            room += pill.width_of(short=False) - pill.width_of(short=True) if short else 0


class _Heading(Button):
    """The checkpoint's name: cut before anything else in the bar is."""

    def __init__(self, kind: Kind, icon_name: str) -> None:
        super().__init__(kind, icon_name)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)


def _show_chip(pill: Pill, chip: Chip | None) -> None:
    pill.setVisible(chip is not None)
    if chip is not None:
        pill.say(chip.text, chip.signal, chip.icon, chip.short)


class InputLine(QLineEdit):
    """Takes codes and names. Up and Down are for the hits under it."""

    went_to_hits = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down goes to what was found; all else is typing."""
        if event.key() == Qt.Key.Key_Down:
            self.went_to_hits.emit()
            return
        super().keyPressEvent(event)


class BottomBar(QWidget):
    """One input line and three buttons."""

    acted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bottomBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.input = InputLine()
        self.input.setClearButtonEnabled(False)
        self.search = Button(Kind.PLAIN, "search", "F3")
        self.override = Button(Kind.PLAIN, "override", "F2")
        self.menu = Button(Kind.PLAIN, "menu", "F10")
        self._look = FIRST_LOOK
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.input, 1)
        for button in (self.search, self.override, self.menu):
            self._row.addWidget(button)
        self._typing.timeout.connect(lambda: self.acted.emit(actions.Typed(self.input.text())))
        self.input.textEdited.connect(lambda _text: self._typing.start())
        self.input.returnPressed.connect(self._submit)
        self.search.clicked.connect(self.ask_search)
        self.override.clicked.connect(lambda: self.acted.emit(actions.OverrideAsked()))
        self.menu.clicked.connect(lambda: self.acted.emit(actions.MenuAsked()))

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._look = look
        self._row.setContentsMargins(look.px(16), look.px(8), look.px(16), look.px(8))
        self._row.setSpacing(look.px(12))
        for button in (self.search, self.override, self.menu):
            button.set_look(look)
        self.input.setFont(look.font("body"))
        self.input.setFixedHeight(look.touch)
        self.setFixedHeight(look.touch + look.px(16))

    def show_labels(self, texts: Texts) -> None:
        """Speak another language."""
        self.input.setPlaceholderText(texts("ui.input"))
        self.input.setAccessibleName(texts("ui.input"))
        for button, key in (
            (self.search, "ui.search"),
            (self.override, "ui.override"),
            (self.menu, "ui.menu"),
        ):
            button.setText(texts(key))
            button.setAccessibleName(texts(key))

    def offer_override(self, offered: bool) -> None:
        """Somebody may be let in against the verdict: the button lights up; else it rests."""
        self.override.setEnabled(offered)
        self.override.set_kind(Kind.PRIMARY if offered else Kind.PLAIN)

    def clear(self) -> None:
        """Done with what was typed."""
        self._typing.stop()
        self.input.clear()

    def ask_search(self) -> None:
        """Search for what stands in the line, and go on typing there."""
        self._typing.stop()
        self.input.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.acted.emit(actions.SearchAsked(self.input.text()))

    def _submit(self) -> None:
        self._typing.stop()
        self.acted.emit(actions.Submitted(self.input.text()))
