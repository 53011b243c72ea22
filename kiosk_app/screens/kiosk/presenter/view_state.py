"""The state of the kiosk's view, frozen: one page with one question, and what surrounds it."""

from dataclasses import dataclass
from enum import Enum, auto

from kiosk_app.screens.kiosk.presenter.actions import KioskAction
from resources.themes import Signal
from resources.translations.catalogue import Texts


class Emphasis(Enum):
    """The emphasis of a button. A page has at most one primary one."""

    PRIMARY = auto()
    PLAIN = auto()
    QUIET = auto()


@dataclass(frozen=True, slots=True)
class ActionButton:
    """A button. `pressed` None: it is no switch. `language`: that of its text, where it is another than the page's."""

    text: str
    action: KioskAction
    emphasis: Emphasis = Emphasis.PLAIN
    icon: str = ""
    detail: str = ""
    enabled: bool = True
    pressed: bool | None = None
    language: str = ""

    @property
    def spoken(self) -> str:
        """The button for a screen reader."""
        return ", ".join(part for part in (self.text, self.detail) if part)


class EntryKind(Enum):
    """What is typed."""

    CODE = auto()
    NAME = auto()
    PIN = auto()
    NOTICE = auto()


@dataclass(frozen=True, slots=True)
class CameraBody:
    """The camera's picture; `icon` in its place where there is none."""

    icon: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class SymbolBody:
    """A large symbol: its shape says what its colour does."""

    icon: str
    signal: Signal = Signal.BLUE


@dataclass(frozen=True, slots=True)
class EntryBody:
    """A field with its keyboard. `rows` are the keys; `entry` changes when the field is to be emptied."""

    kind: EntryKind
    label: str
    rows: tuple[str, ...]
    entry: int
    enter: str
    back: ActionButton
    problem: str = ""
    space: str = ""
    erase: str = ""
    alphabet: str = ""
    """The name of the other alphabet's key; empty: there is none."""
    shortest: int = 1
    longest: int = 64
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ChoicesBody:
    """Large buttons to choose from."""

    choices: tuple[ActionButton, ...]
    is_dense: bool = False


@dataclass(frozen=True, slots=True)
class PersonBody:
    """The name of whoever is to confirm."""

    name: str
    caption: str


@dataclass(frozen=True, slots=True)
class NumberBody:
    """A queue number, as large as it can be, and the code of its status page."""

    queue: str
    number: str
    lines: tuple[str, ...] = ()
    code: str = ""
    code_caption: str = ""


Body = CameraBody | SymbolBody | EntryBody | ChoicesBody | PersonBody | NumberBody


@dataclass(frozen=True, slots=True)
class KioskPage:
    """One page: a question, what belongs to it, and what can be done. `key` names it: another key is another page."""

    key: str
    heading: str
    text: str = ""
    body: Body | None = None
    actions: tuple[ActionButton, ...] = ()
    note: str = ""
    """A quiet line, such as the reason for staff."""
    closes_in: str = ""

    @property
    def spoken(self) -> str:
        """The page as it is read aloud."""
        parts = [self.heading, self.text]
        match self.body:
            case PersonBody(name, caption):
                parts += [name, caption]
            case NumberBody(queue, number, lines):
                parts += [queue, " ".join(number), *lines]
            case ChoicesBody(choices):
                parts += [choice.spoken for choice in choices]
            case EntryBody(problem=problem):
                parts.append(problem)
            case _:
                pass
        parts += [button.text for button in self.actions if button.enabled]
        return ". ".join(part.rstrip(".") for part in parts if part) + "."


@dataclass(frozen=True, slots=True)
class TimeWarning:
    """The warning that the session ends: how many seconds are left, of how many."""

    heading: str
    text: str
    left_s: int
    of_s: int
    more: ActionButton
    finish: ActionButton


@dataclass(frozen=True, slots=True)
class KioskViewState:
    """Everything that the kiosk's view shows. `generation` changes with the visitor: then the view forgets everything."""

    texts: Texts
    theme: str
    event: str
    clock: str
    page: KioskPage
    text_size: int = 0
    low_reach: bool = False
    notice: str = ""
    banner: str = ""
    access: tuple[ActionButton, ...] = ()
    warning: TimeWarning | None = None
    generation: int = 0
    switch_scan_s: int = 0
    wakes_by_touch: bool = False
    """A touch anywhere begins."""
    staff: bool = False
