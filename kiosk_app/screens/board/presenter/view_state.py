"""The board's state as frozen values."""

from dataclasses import dataclass

from resources.translations.catalogue import Texts


@dataclass(frozen=True, slots=True)
class BoardCall:
    """A number and where it goes. `counter` is the whole text, such as "Counter 3"; `is_called`: its holder is to come."""

    id: str
    number: str
    counter: str
    is_called: bool = True
    is_announced: bool = False


@dataclass(frozen=True, slots=True)
class BoardFigure:
    """A queue and how many wait there. `closed`: until when it gives no numbers; empty: it is open."""

    letter: str
    name: str
    waiting: str
    closed: str = ""


@dataclass(frozen=True, slots=True)
class BoardViewState:
    """All that the board shows. `out_of_order` empty: it is current. `pages`: of the lines, where there are more than fit."""

    texts: Texts
    theme: str
    title: str
    clock: str
    hero: BoardCall | None
    lines: tuple[BoardCall, ...]
    recent: tuple[BoardCall, ...]
    figures: tuple[BoardFigure, ...]
    empty: str
    out_of_order: str = ""
    out_of_order_text: str = ""
    note: str = ""
    turn: int = 0
    """Counts up every few seconds: where there are more lines than fit, the next ones are shown."""
