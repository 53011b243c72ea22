"""What a clerk does on the desk screen."""

from dataclasses import dataclass

from kiosk_app.screens.desk.presenter.view_state import DeskButton
from kiosk_app.screens.gate.presenter.actions import Dismissed, OperatorSelected, PinEntered

__all__ = [
    "ButtonPressed",
    "CloseRequested",
    "DeskAction",
    "Dismissed",
    "LanguageSwitched",
    "NoticeDismissed",
    "OperatorSelected",
    "PanelTextEntered",
    "PinEntered",
    "RowChosen",
    "ThemeSwitched",
    "TicketSelected",
]


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A button or its key."""

    button: DeskButton


@dataclass(frozen=True, slots=True)
class TicketSelected:
    """A ticket of one of the lists."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class RowChosen:
    """A row of the panel that is open."""

    row_id: str


@dataclass(frozen=True, slots=True)
class PanelTextEntered:
    """A text that was typed into the panel that is open."""

    text: str


@dataclass(frozen=True, slots=True)
class NoticeDismissed:
    """The notice was read."""


@dataclass(frozen=True, slots=True)
class ThemeSwitched:
    """The next theme."""


@dataclass(frozen=True, slots=True)
class LanguageSwitched:
    """The next language."""


@dataclass(frozen=True, slots=True)
class CloseRequested:
    """The window is to be closed."""


DeskAction = (
    ButtonPressed
    | TicketSelected
    | RowChosen
    | PanelTextEntered
    | NoticeDismissed
    | ThemeSwitched
    | LanguageSwitched
    | CloseRequested
    | Dismissed
    | OperatorSelected
    | PinEntered
)
