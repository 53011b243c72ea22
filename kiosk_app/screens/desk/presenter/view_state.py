"""The desk screen's state as frozen values."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk_app.screens.gate.presenter.view_state import PinPanel
from kiosk_app.ui.items import Chip, ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts


class DeskButton(StrEnum):
    """A press of the desk. Its text is `desk.button.<value>`."""

    CALL_NEXT = "call_next"
    SERVE = "serve"
    COMPLETE = "complete"
    RECALL = "recall"
    NO_SHOW = "no_show"
    PARK = "park"
    TRANSFER = "transfer"
    RETURN = "return"
    BREAK = "break"
    END_BREAK = "end_break"
    MENU = "menu"


KEYS: dict[DeskButton, str] = {
    DeskButton.CALL_NEXT: "F1",
    DeskButton.SERVE: "F2",
    DeskButton.RECALL: "F3",
    DeskButton.NO_SHOW: "F4",
    DeskButton.PARK: "F5",
    DeskButton.TRANSFER: "F6",
    DeskButton.RETURN: "F7",
    DeskButton.COMPLETE: "F8",
    DeskButton.BREAK: "F9",
    DeskButton.END_BREAK: "F9",
    DeskButton.MENU: "F10",
}
"""The key of each button."""


@dataclass(frozen=True, slots=True)
class DeskCard:
    """Who is at the counter, or that nobody is. `signal` None: nobody; `number` empty: a sentence stands in its place."""

    headline: str
    number: str = ""
    name: str = ""
    detail: str = ""
    timer: str = ""
    signal: Signal | None = None


@dataclass(frozen=True, slots=True)
class DeskNotice:
    """A sentence about the last press, or what another desk has decided. `conflict_id`: it stays until it is dismissed."""

    text: str
    signal: Signal = Signal.AMBER
    conflict_id: str = ""


@dataclass(frozen=True, slots=True)
class ChoicePanel:
    """A list to choose from. `input_label` empty: nothing can be typed."""

    title: str
    text: str
    rows: tuple[ListItem, ...]
    input_label: str = ""
    can_cancel: bool = True
    generation: int = 0


@dataclass(frozen=True, slots=True)
class SideList:
    """Tickets beside the card."""

    title: str
    empty: str
    rows: tuple[ListItem, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskViewState:
    """All that the desk screen shows."""

    texts: Texts
    theme: str
    counter: str
    queues: str
    clock: str
    operator: Chip | None
    connection: Chip
    card: DeskCard
    buttons: tuple[DeskButton, ...]
    enabled: frozenset[DeskButton]
    primary: DeskButton | None
    waiting: SideList
    parked: SideList
    no_shows: SideList
    notice: DeskNotice | None = None
    countdown: str = ""
    panel: ChoicePanel | PinPanel | None = None
