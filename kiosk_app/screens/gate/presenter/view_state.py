"""The gate screen's state as frozen values: equal parts need not be drawn again."""

from dataclasses import dataclass

from kiosk_app.messages import CameraAvailability, NameDisplay
from kiosk_app.ui.items import Chip, ListItem, OccupancyBar
from resources.themes import Signal
from resources.translations.catalogue import Texts


@dataclass(frozen=True, slots=True)
class Verdict:
    """The large answer to a scan. `serial` tells two equal verdicts apart; `flash` replaces a missing tone."""

    serial: int
    signal: Signal
    word: str
    name: str
    subtitle: str
    reason: str
    chips: tuple[Chip, ...] = ()
    note: str = ""
    flash: bool = False

    @property
    def spoken(self) -> str:
        """The text for a screen reader."""
        return ". ".join(part.rstrip(".") for part in (self.word, self.name, self.reason, self.note) if part)


@dataclass(frozen=True, slots=True)
class Banner:
    """The band under the preview: an instruction, the camera's fault, or a code that is no ticket. `signal` None: ready."""

    title: str
    text: str = ""
    signal: Signal | None = None
    flash: bool = False


@dataclass(frozen=True, slots=True)
class OperatorAlert:
    """Something that the operator must know or act on, beside the visitors' prompt. `id` empty: it ends with its cause only."""

    id: str
    title: str
    text: str

    @property
    def can_dismiss(self) -> bool:
        """True if the operator can take it off the screen."""
        return bool(self.id)


@dataclass(frozen=True, slots=True)
class CheckpointHeading:
    """The top bar's left half: the checkpoint and the direction."""

    checkpoint: str
    direction: str
    entering: bool
    can_select: bool
    can_toggle: bool
    event: str = ""
    """The event, where the station may serve more than one."""


@dataclass(frozen=True, slots=True)
class StatusBar:
    """The top bar's right half. A store that is closed knows nothing of connection, roster and pending scans."""

    connection: Chip | None
    roster: Chip | None
    pending: Chip | None
    sound: Chip | None
    clock: str
    operator: Chip | None = None


# --- panels: at most one is open, inside the screen ------------------------------------------------


@dataclass(frozen=True, slots=True)
class SearchPanel:
    """The results of a search. `focus` counts up when the keyboard focus should go to the hits."""

    title: str
    text: str
    rows: tuple[ListItem, ...] = ()
    focus: int = 0


@dataclass(frozen=True, slots=True)
class OverridePanel:
    """Admit a person against the verdict."""

    title: str
    text: str
    presets: tuple[str, ...]
    operator: str = ""
    problem: str = ""
    is_operator_fixed: bool = False
    """The operator is whose PIN was typed: nobody writes another name."""


@dataclass(frozen=True, slots=True)
class GroupPanel:
    """Admit the rest of a group. `confirm` is the label of the button."""

    title: str
    text: str
    rows: tuple[ListItem, ...]
    confirm: str


@dataclass(frozen=True, slots=True)
class WaitlistPanel:
    """Give seats to the waitlist. `confirm` is the label of the button about the entry whose turn it is; empty: nobody's."""

    title: str
    text: str
    rows: tuple[ListItem, ...]
    confirm: str = ""
    entry_id: str = ""


@dataclass(frozen=True, slots=True)
class EventPanel:
    """The events that this station may serve. `problem` says why the one that was selected is not served."""

    rows: tuple[ListItem, ...]
    text: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CheckpointPanel:
    """The checkpoints that this station may serve. `text` says why one must be chosen, if it must."""

    rows: tuple[ListItem, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class MenuPanel:
    """Theme, language, full screen, quit; `operator`: who is signed on, or that nobody has to be."""

    operator: str = ""
    can_hand_over: bool = False
    """Somebody is signed on, who can leave the gate to another one."""
    names: NameDisplay = NameDisplay.FULL
    volume: int = 100
    speaks: bool = False
    event: str = ""
    """The event that is served, where there is a choice."""
    can_lock: bool = False
    """A supervisor's PIN is good, and can be ended before its time."""


@dataclass(frozen=True, slots=True)
class QuitPanel:
    """Confirm that the station closes."""

    text: str


@dataclass(frozen=True, slots=True)
class PersonPanel:
    """A person, the earlier scans, and the question if they are let in. `no_rows` replaces an empty list."""

    title: str
    text: str
    rows: tuple[ListItem, ...] = ()
    no_rows: str = ""
    confirm: str = ""
    can_confirm: bool = False


@dataclass(frozen=True, slots=True)
class HandOverPanel:
    """The summary of a shift, and the question if it ends."""

    title: str
    text: str
    rows: tuple[ListItem, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoPanel:
    """Take the last admission back. `is_operator_fixed`: as `OverridePanel`."""

    title: str
    text: str
    operator: str = ""
    problem: str = ""
    is_operator_fixed: bool = False


@dataclass(frozen=True, slots=True)
class PinPanel:
    """Choose a name and type the PIN. `attempt` counts up when the digits must be cleared."""

    title: str
    text: str
    operators: tuple[ListItem, ...]
    selected: str = ""
    """The name of the operator whose PIN is typed; empty: none is selected."""
    problem: str = ""
    is_checked: bool = False
    can_cancel: bool = True
    attempt: int = 0


Panel = (
    PinPanel
    | UndoPanel
    | PersonPanel
    | HandOverPanel
    | SearchPanel
    | OverridePanel
    | GroupPanel
    | WaitlistPanel
    | CheckpointPanel
    | EventPanel
    | MenuPanel
    | QuitPanel
)


@dataclass(frozen=True, slots=True)
class GateViewState:
    """The whole screen. `verdict` covers the preview, `panel` covers both; `texts` holds the fixed labels."""

    texts: Texts
    theme: str
    heading: CheckpointHeading
    status: StatusBar
    banner: Banner
    camera: CameraAvailability
    alerts: tuple[OperatorAlert, ...] = ()
    zones: tuple[OccupancyBar, ...] = ()
    zones_more: str = ""
    neighbours: str = ""
    """The line about other stations on the local network."""
    scans: tuple[ListItem, ...] = ()
    no_scans: str = ""
    """The sentence in the place of an empty list."""
    verdict: Verdict | None = None
    panel: Panel | None = None
    above_panel: Banner | None = None
    """The verdict of somebody who was scanned while an operator types in the panel."""
    can_override: bool = False
    can_undo: bool = False
    can_sync: bool = False
    """There is no list of participants, and the hub was not reached: a button tries again."""
    group: str = ""
    """The label of the button that offers the last person's group; empty: there is none."""
    waitlist: str = ""
    """The label of the button that opens the waitlist at the door; empty: there are no seats to give."""
    silent: bool = False
    """No tone can be played: space is reserved along the edge for the frame that replaces it."""
    input_generation: int = 0
    """Counts up when the input line must be emptied."""
