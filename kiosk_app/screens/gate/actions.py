"""Actions of a person on the gate screen, and the intents that follow from them.

The view sends actions to the presenter; the presenter sends intents to the station.
"""

from dataclasses import dataclass

from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import Override
from kiosk_app.core.outcome import Subject

# --- acts ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """The input line changed (already debounced)."""

    text: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """Enter on the input line."""

    text: str


@dataclass(frozen=True, slots=True)
class SearchAsked:
    """The search button: as Enter, but never a code."""

    text: str


@dataclass(frozen=True, slots=True)
class PersonPicked:
    """A hit of the search was chosen."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class OverrideAsked:
    """The override panel was asked for."""


@dataclass(frozen=True, slots=True)
class OverrideConfirmed:
    """The override panel was filled in: which preset (None: none) and what was written."""

    preset: int | None
    reason: str
    operator: str


@dataclass(frozen=True, slots=True)
class CheckpointsAsked:
    """The list of checkpoints was asked for."""


@dataclass(frozen=True, slots=True)
class CheckpointPicked:
    """A checkpoint was picked from the list."""

    id: str


@dataclass(frozen=True, slots=True)
class DirectionToggled:
    """Entry to exit or back."""


@dataclass(frozen=True, slots=True)
class MenuAsked:
    """The menu was asked for."""


@dataclass(frozen=True, slots=True)
class ThemePicked:
    """A theme by name; empty: the next one."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class LanguagePicked:
    """A language by its code; empty: the next one."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class FullScreenToggled:
    """Full screen or a window."""


@dataclass(frozen=True, slots=True)
class QuitAsked:
    """The window's close button or the menu's entry."""


@dataclass(frozen=True, slots=True)
class QuitConfirmed:
    """Yes, close the station."""


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Escape: the panel, the verdict or the banner goes, whichever is on top."""


Act = (
    Typed
    | Submitted
    | SearchAsked
    | PersonPicked
    | OverrideAsked
    | OverrideConfirmed
    | CheckpointsAsked
    | CheckpointPicked
    | DirectionToggled
    | MenuAsked
    | ThemePicked
    | LanguagePicked
    | FullScreenToggled
    | QuitAsked
    | QuitConfirmed
    | Dismissed
)

# --- intents ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SubmitCode:
    """Decide what was typed (or what a keyboard-wedge scanner typed: a whole ticket)."""

    text: str


@dataclass(frozen=True, slots=True)
class SearchPeople:
    """Look the name up in the roster and answer with `FoundPeople(query, ...)`."""

    query: str


@dataclass(frozen=True, slots=True)
class AdmitPerson:
    """Decide for the person chosen from a search."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class RepeatWithOverride:
    """Decide the same attempt again, with an override. `row_id` is the refused attempt's journal row."""

    subject: Subject
    override: Override
    row_id: str


@dataclass(frozen=True, slots=True)
class ServeCheckpoint:
    """Serve another checkpoint; answer with `Checkpoints(...)`."""

    id: str


@dataclass(frozen=True, slots=True)
class SetDirection:
    """Work the other way; answer with `Checkpoints(...)`."""

    direction: Direction


@dataclass(frozen=True, slots=True)
class HoldScanning:
    """Pause the camera's scans while a panel is open that a new verdict would tear away, and go on after it."""

    on: bool


@dataclass(frozen=True, slots=True)
class KeepAppearance:
    """Remember theme and language for the next start."""

    theme: str
    language: str


@dataclass(frozen=True, slots=True)
class ToggleFullScreen:
    """Full screen or a window: the window's business."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Close the station; it was confirmed."""


Intent = (
    SubmitCode
    | SearchPeople
    | AdmitPerson
    | RepeatWithOverride
    | ServeCheckpoint
    | SetDirection
    | HoldScanning
    | KeepAppearance
    | ToggleFullScreen
    | Quit
)
