"""The actions of a person on the gate screen: from the view to the presenter."""

from dataclasses import dataclass, field

from kiosk_app.messages import NameDisplay


@dataclass(frozen=True, slots=True)
class TextChanged:
    """The input line has changed, and no key was pressed for a moment."""

    text: str


@dataclass(frozen=True, slots=True)
class TextSubmitted:
    """Enter was pressed in the input line."""

    text: str


@dataclass(frozen=True, slots=True)
class SearchRequested:
    """The search button was pressed: as Enter, but the text is never a code."""

    text: str


@dataclass(frozen=True, slots=True)
class PersonSelected:
    """A search hit was selected."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class OverrideRequested:
    """The override panel was requested."""


@dataclass(frozen=True, slots=True)
class OverrideConfirmed:
    """The override panel was confirmed. `preset` is the number of a preset reason, None: none was selected."""

    preset: int | None
    reason: str
    operator: str


@dataclass(frozen=True, slots=True)
class GroupRequested:
    """The rest of the last person's group was requested."""


@dataclass(frozen=True, slots=True)
class WaitlistRequested:
    """The waitlist at the door was requested."""


@dataclass(frozen=True, slots=True)
class PlaceConfirmed:
    """The operator confirmed that an entry gets the seats: the one about which the button was when it was pressed."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class PlaceAbsent:
    """The person of an entry did not answer: the next one is called."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class PlaceSelected:
    """A place of the waitlist was selected."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class GroupConfirmed:
    """The operator confirmed that the rest of the group is admitted."""


@dataclass(frozen=True, slots=True)
class EventsRequested:
    """The list of events was requested."""


@dataclass(frozen=True, slots=True)
class EventSelected:
    """An event was selected from the list."""

    id: str


@dataclass(frozen=True, slots=True)
class CheckpointsRequested:
    """The list of checkpoints was requested."""


@dataclass(frozen=True, slots=True)
class CheckpointSelected:
    """A checkpoint was selected from the list."""

    id: str


@dataclass(frozen=True, slots=True)
class DirectionToggled:
    """The direction was changed: entry to exit or back."""


@dataclass(frozen=True, slots=True)
class MenuRequested:
    """The menu was requested."""


@dataclass(frozen=True, slots=True)
class SetupRequested:
    """The set-up screen was requested."""


@dataclass(frozen=True, slots=True)
class ThemeSelected:
    """A theme was selected by name; empty: the next theme."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class LanguageSelected:
    """A language was selected by its code; empty: the next language."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class FullScreenToggled:
    """Full screen was switched on or off."""


@dataclass(frozen=True, slots=True)
class QuitRequested:
    """The window's close button or the menu's entry was pressed."""


@dataclass(frozen=True, slots=True)
class QuitConfirmed:
    """The operator confirmed that the station closes."""


@dataclass(frozen=True, slots=True)
class AlertDismissed:
    """The operator has seen to an alert."""

    id: str


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Escape was pressed: the panel, the verdict or the banner goes, whichever is on top."""


@dataclass(frozen=True, slots=True)
class PersonConfirmed:
    """The person on the card is to be let in, or out."""


@dataclass(frozen=True, slots=True)
class NameDisplaySelected:
    """How people are named was selected."""

    mode: NameDisplay


@dataclass(frozen=True, slots=True)
class VolumeSelected:
    """A volume of the tones was selected, in percent."""

    volume: int


@dataclass(frozen=True, slots=True)
class SyncRequested:
    """Try to reach the hub now: this gate has no list of participants."""


@dataclass(frozen=True, slots=True)
class VoiceSwitched:
    """The voice was switched on or off."""

    on: bool


@dataclass(frozen=True, slots=True)
class UndoRequested:
    """Taking the last admission back was requested."""


@dataclass(frozen=True, slots=True)
class UndoConfirmed:
    """Taking the last admission back was confirmed, by `operator`."""

    operator: str


@dataclass(frozen=True, slots=True)
class HandOverRequested:
    """Whoever is signed on wants to leave, and see the summary of the shift first."""


@dataclass(frozen=True, slots=True)
class OperatorSelected:
    """An operator was selected from the list."""

    id: str


@dataclass(frozen=True, slots=True)
class PinEntered:
    """The PIN of the selected operator was typed."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignOffRequested:
    """Whoever is signed on leaves; the hand-over was confirmed."""


@dataclass(frozen=True, slots=True)
class LockRequested:
    """A supervisor leaves the gate to whoever is signed on."""


UserAction = (
    TextChanged
    | TextSubmitted
    | SearchRequested
    | PersonSelected
    | OverrideRequested
    | OverrideConfirmed
    | GroupRequested
    | GroupConfirmed
    | WaitlistRequested
    | PlaceConfirmed
    | PlaceAbsent
    | PlaceSelected
    | EventsRequested
    | EventSelected
    | CheckpointsRequested
    | CheckpointSelected
    | DirectionToggled
    | MenuRequested
    | SetupRequested
    | ThemeSelected
    | LanguageSelected
    | FullScreenToggled
    | QuitRequested
    | QuitConfirmed
    | AlertDismissed
    | Dismissed
    | PersonConfirmed
    | NameDisplaySelected
    | VolumeSelected
    | SyncRequested
    | VoiceSwitched
    | UndoRequested
    | UndoConfirmed
    | HandOverRequested
    | OperatorSelected
    | PinEntered
    | SignOffRequested
    | LockRequested
)
