"""The actions of a visitor, or of staff, at a kiosk."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class InputNoted:
    """Somebody touched the screen or a key."""


@dataclass(frozen=True, slots=True)
class SessionBegun:
    """Begin; `language` empty: ask for it."""

    language: str = ""


@dataclass(frozen=True, slots=True)
class LanguageRequested:
    """Ask for the language."""


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    """Go on in a language."""

    language: str


@dataclass(frozen=True, slots=True)
class SteppedBack:
    """Return to the question before."""


@dataclass(frozen=True, slots=True)
class CodeChosen:
    """Type the registration code."""


@dataclass(frozen=True, slots=True)
class SearchChosen:
    """Search for the own name."""


@dataclass(frozen=True, slots=True)
class NumberChosen:
    """Take a number without a ticket."""


@dataclass(frozen=True, slots=True)
class EntryFinished:
    """Enter the text of the field: a code, a name, a PIN or a notice."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AlphabetSwitched:
    """Show the keyboard's other alphabet."""


@dataclass(frozen=True, slots=True)
class HitChosen:
    """Choose a person of the search."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class VisitorConfirmed:
    """Confirm the name."""


@dataclass(frozen=True, slots=True)
class VisitorDenied:
    """Say that it is somebody else's name."""


@dataclass(frozen=True, slots=True)
class QueueChosen:
    """Take a number in a queue."""

    queue_id: str


@dataclass(frozen=True, slots=True)
class NumberSkipped:
    """Go without a number."""


@dataclass(frozen=True, slots=True)
class SessionFinished:
    """End the session."""


@dataclass(frozen=True, slots=True)
class TimeExtended:
    """Ask for more time."""


@dataclass(frozen=True, slots=True)
class PrintRepeated:
    """Print the same papers again."""


@dataclass(frozen=True, slots=True)
class StaffCalled:
    """Call staff."""


@dataclass(frozen=True, slots=True)
class TextSizeChanged:
    """Show larger text; after the largest the usual one."""


@dataclass(frozen=True, slots=True)
class ContrastSwitched:
    """Switch high contrast on or off."""


@dataclass(frozen=True, slots=True)
class LowReachSwitched:
    """Move all controls into reach of somebody who sits, or back."""


@dataclass(frozen=True, slots=True)
class ReadingSwitched:
    """Read the screen aloud, or stop."""


@dataclass(frozen=True, slots=True)
class ReadingRepeated:
    """Read the page again."""


@dataclass(frozen=True, slots=True)
class ReadingSlowed:
    """Read slower, or at the usual speed again."""


@dataclass(frozen=True, slots=True)
class FocusMoved:
    """Move the keyboard's focus to a control of this name. `by_person`: by a key, and not by a new page or the clock."""

    name: str
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class StaffRequested:
    """Ask for the staff menu, by the hidden corner."""


@dataclass(frozen=True, slots=True)
class OperatorChosen:
    """Choose whose PIN is typed."""

    operator_id: str


@dataclass(frozen=True, slots=True)
class MenuChosen:
    """Choose an entry of the staff menu."""

    entry: str


KioskAction = (
    InputNoted
    | SessionBegun
    | LanguageRequested
    | LanguageChosen
    | SteppedBack
    | CodeChosen
    | SearchChosen
    | NumberChosen
    | EntryFinished
    | AlphabetSwitched
    | HitChosen
    | VisitorConfirmed
    | VisitorDenied
    | QueueChosen
    | NumberSkipped
    | SessionFinished
    | TimeExtended
    | PrintRepeated
    | StaffCalled
    | TextSizeChanged
    | ContrastSwitched
    | LowReachSwitched
    | ReadingSwitched
    | ReadingRepeated
    | ReadingSlowed
    | FocusMoved
    | StaffRequested
    | OperatorChosen
    | MenuChosen
)
