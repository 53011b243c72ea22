"""The base of the pages of the set-up screen."""

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QScrollArea, QScroller, QWidget

from kiosk_app.messages import ScreenCommand, ScreenMessage
from kiosk_app.screens.base import ScreenContext
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from resources.translations.catalogue import Texts


class LivePresenter(Protocol):
    """The part of a presenter that a live page needs."""

    def receive(self, message: ScreenMessage) -> None:
        """Take a message into account."""

    def tick(self) -> Sequence[ScreenCommand]:
        """Return the commands that ask for the state."""


class SetupPage(QWidget):
    """A page of the set-up screen. While the screen is open, the gate decides no scan; they come as `ScanCaptured`."""

    icon_name = "check"
    """The icon of its tab."""

    command_issued = Signal(object)
    """A `ScreenCommand` for the station or the window."""
    page_requested = Signal(str)
    """The name of another page that is to be opened."""

    def __init__(self, context: ScreenContext, texts: Texts) -> None:
        """Build the page. `texts` are those of the language of the whole screen."""
        super().__init__()
        self.context, self.texts, self.style_ = context, texts, DEFAULT_STYLE

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale; a subclass passes it on to its parts."""
        self.style_ = style

    def receive(self, message: ScreenMessage) -> None:
        """Take a message of the workers into account; every page receives all of them."""

    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame; most pages have no room for it."""

    def activate(self) -> None:
        """Focus the first control; called when the page comes to the front."""

    def leave(self) -> None:
        """End what the page has begun; called before another page or the gate comes to the front."""

    def create_timer(self, interval_ms: int, on_tick: Callable[[], None]) -> QTimer:
        """Return a timer, not started, that calls `on_tick` every `interval_ms` milliseconds and ends with the page."""
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.timeout.connect(on_tick)
        self.destroyed.connect(timer.stop)
        return timer


def content_scroll(content: QWidget) -> QScrollArea:
    """Return a scroll area around what may be higher than a small screen: by wheel, bar or finger, never sideways."""
    scroll = QScrollArea()
    scroll.setWidget(content)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    QScroller.grabGesture(scroll.viewport(), QScroller.ScrollerGestureType.TouchGesture)
    return scroll


def show_question(
    page: QWidget, ask: QWidget, answers: Sequence[QWidget], *, can_ask: bool, can_answer: bool
) -> None:
    """Show the answers of a question in place of the button that asks it.

    The focus stays with them, or waits on the page: Qt gives that of a control which goes to the next one, where Enter would
    choose something that nobody meant.
    """
    has_focus = any(part.hasFocus() for part in (page, ask, *answers))
    ask.setVisible(not can_answer)
    ask.setEnabled(can_ask)
    for answer in answers:
        answer.setVisible(can_answer)
    if has_focus:
        (answers[0] if can_answer else ask if can_ask else page).setFocus()


class LivePage(SetupPage):
    """A page that asks for its state again and again while it is open: `presenter` holds it, and `_render` shows it.

    A subclass sets `presenter` and `first`, the control that has the focus first, before it calls `watch`.
    """

    presenter: LivePresenter
    first: QWidget

    def watch(self, interval_ms: int) -> None:
        """Ask for the state every so many milliseconds while the page is open."""
        self._timer = self.create_timer(interval_ms, lambda: self.issue(self.presenter.tick()))

    def receive(self, message: ScreenMessage) -> None:
        """Show the state as it is now."""
        self.presenter.receive(message)
        self.render_state()

    def activate(self) -> None:
        """Show the state live while the page is open."""
        self._timer.start()
        self.issue(self.presenter.tick())
        self.first.setFocus()

    def leave(self) -> None:
        """Stop asking for the state."""
        self._timer.stop()

    def issue(self, commands: Sequence[ScreenCommand]) -> None:
        """Issue commands of the presenter, and show what it made of them."""
        for command in commands:
            self.command_issued.emit(command)
        self.render_state()

    def render_state(self) -> None:
        """Show what the presenter holds."""
        raise NotImplementedError
