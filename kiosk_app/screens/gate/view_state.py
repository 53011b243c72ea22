"""What the gate screen shows, as frozen values: equal parts need not be drawn again."""

from dataclasses import dataclass

from kiosk_app.messages import CameraState
from resources.themes import Signal
from resources.translations import Texts


@dataclass(frozen=True, slots=True)
class Chip:
    """A few words in a pill. `signal` None: nothing to worry about; `icon` an icon's name."""

    text: str
    signal: Signal | None = None
    icon: str = ""
    short: str = ""
    """What stands in for `text` where there is no room for it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a scan, large. `serial` tells two equal verdicts apart; `flash` stands in for a missing tone."""

    serial: int
    signal: Signal
    word: str
    name: str
    line: str
    reason: str
    chips: tuple[Chip, ...] = ()
    note: str = ""
    flash: bool = False

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return ". ".join(part.rstrip(".") for part in (self.word, self.name, self.reason, self.note) if part)


@dataclass(frozen=True, slots=True)
class Banner:
    """A quiet line under the preview: what to do, or what was not a ticket. `signal` None: ready."""

    title: str
    text: str = ""
    signal: Signal | None = None
    flash: bool = False


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One of the last scans."""

    key: int
    signal: Signal
    title: str
    word: str
    time: str


@dataclass(frozen=True, slots=True)
class ZoneBar:
    """How full a zone is, told by bar, figure and word. `fraction` None: no limit known."""

    name: str
    figures: str
    level: str
    fraction: float | None
    signal: Signal


@dataclass(frozen=True, slots=True)
class Way:
    """Where this gate stands and which way it works."""

    checkpoint: str
    direction: str
    entering: bool
    can_pick: bool
    can_toggle: bool


@dataclass(frozen=True, slots=True)
class Status:
    """The top bar's right half."""

    link: Chip
    roster: Chip
    waiting: Chip
    sound: Chip | None
    clock: str


# --- panels: at most one is open, inside the screen ------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One hit of a search."""

    participant_id: str
    name: str
    line: str
    chip: Chip | None = None


@dataclass(frozen=True, slots=True)
class SearchPanel:
    """What a search found. `focus` counts up when the keyboard should go to the hits."""

    title: str
    text: str
    rows: tuple[PersonRow, ...] = ()
    focus: int = 0


@dataclass(frozen=True, slots=True)
class OverridePanel:
    """Let somebody pass against the verdict."""

    title: str
    text: str
    presets: tuple[str, ...]
    operator: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One checkpoint to pick."""

    id: str
    name: str
    line: str
    current: bool


@dataclass(frozen=True, slots=True)
class CheckpointPanel:
    """The checkpoints that this station may serve."""

    rows: tuple[ChoiceRow, ...]


@dataclass(frozen=True, slots=True)
class MenuPanel:
    """Theme, language, full screen, quit."""


@dataclass(frozen=True, slots=True)
class QuitPanel:
    """Are you sure?"""

    text: str


Panel = SearchPanel | OverridePanel | CheckpointPanel | MenuPanel | QuitPanel


@dataclass(frozen=True, slots=True)
class GateViewState:
    """The whole screen. `verdict` covers the preview, `panel` covers both; `texts` labels what never changes."""

    texts: Texts
    theme: str
    way: Way
    status: Status
    banner: Banner
    camera: CameraState
    zones: tuple[ZoneBar, ...] = ()
    zones_more: str = ""
    scans: tuple[ScanLine, ...] = ()
    verdict: Verdict | None = None
    panel: Panel | None = None
    can_override: bool = False
    silent: bool = False
    """No tone can be played: room is kept along the edge for what shows instead."""
    clears_input: int = 0
    """Counts up when the input line is done with."""
