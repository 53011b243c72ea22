"""The messages between a kiosk's screen and the station's workers. All of them are frozen; `messages` has the unions.

Names come shortened by the worker: a screen that never had a whole name can't leave it behind.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hub_sync.contract.enums import ScanType

IDLE_S, WARNING_S = 30, 20
"""The seconds without a touch before a visitor is warned, and those of the warning."""
IDLE_CHOICES = (20, 30, 45, 60, 90, 120)
LETTERS_BEFORE_SEARCH = 3


@dataclass(frozen=True, slots=True)
class VisitorClaim:
    """A visitor as they identified themselves: by a code that was scanned or typed, or as a person of the search."""

    scan_type: ScanType
    text: str = field(default="", repr=False)
    participant_id: str = ""


@dataclass(frozen=True, slots=True)
class KioskOptions:
    """The settings of a kiosk, as the hub's configuration or its staff have set them.

    `notice` is shown to every visitor in the words that staff wrote. `switch_scan_s` 0: the focus moves only by keys.
    """

    typing: bool = True
    search: bool = False
    confirm_scans: bool = True
    walk_in_numbers: bool = False
    """A number can be drawn without a ticket."""
    idle_s: int = IDLE_S
    warning_s: int = WARNING_S
    notice: str = ""
    out_of_service: bool = False
    low_reach: bool = False
    switch_scan_s: int = 0
    speaks_aloud: bool = True
    """A touch on "Read aloud" may use the loudspeaker; else only a headset, where one is found, hears the voice."""
    print_slips: bool = True
    print_badges: bool = True
    """What is printed where this machine has a printer."""


class PaperFault(StrEnum):
    """The fault of a printer, in the words of a kiosk."""

    NO_PAPER = "no_paper"
    COVER_OPEN = "cover_open"
    NOT_ANSWERING = "not_answering"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PaperStatus:
    """The printer of a kiosk: the papers that it may print, its fault, and if its paper is almost used up."""

    slips: bool = False
    badges: bool = False
    fault: PaperFault | None = None
    is_low: bool = False

    @property
    def prints(self) -> bool:
        """True if this kiosk has a printer."""
        return self.slips or self.badges


@dataclass(frozen=True, slots=True)
class QueueChoice:
    """A queue that a visitor may choose. `low` and `high`: the estimated wait in minutes; None: unknown.

    `opens_at`: when it opens again, in the event's zone; None: it is open, or it is not known.
    """

    id: str
    name: str
    waiting: int = 0
    low: int | None = None
    high: int | None = None
    is_open: bool = True
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KioskStatus:
    """What a kiosk is set to, and what it can do now. Times are UTC.

    `opens_at` and `closes_at`: of the doors; None: there is no event yet.
    """

    options: KioskOptions = KioskOptions()
    queues: tuple[QueueChoice, ...] = ()
    paper: PaperStatus = PaperStatus()
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    is_exit: bool = False
    """The checkpoint lets people out: a kiosk checks nobody in there."""
    has_printer: bool = False
    can_speak: bool = False
    has_headset: bool | None = None
    """A headset is plugged in; None: this machine can't tell."""
    has_local_pin: bool = False
    """The PIN of this machine's settings opens the staff menu, since no operators are listed."""
    of_hub: frozenset[str] = frozenset()
    """The options that the hub sets, which staff can't change here."""
    help_wanted: bool = False
    """A visitor called staff, and nobody has come yet."""


@dataclass(frozen=True, slots=True)
class VisitorKnown:
    """The answer to `IdentifyVisitor`. `name` is shortened; empty: nobody is known by it, and only the gate says why."""

    visitor: VisitorClaim
    name: str = ""


@dataclass(frozen=True, slots=True)
class VisitorHit:
    """A person who matches a search, with a shortened name."""

    participant_id: str
    name: str


@dataclass(frozen=True, slots=True)
class VisitorHits:
    """The answer to `SearchVisitors`. `more`: too many match to list any more of them."""

    query: str
    hits: tuple[VisitorHit, ...] = ()
    more: bool = False
    failed: bool = False


class NumberRefusal(StrEnum):
    """The reason why nobody gets a number in a queue now."""

    CLOSED = "closed"
    NO_NUMBERS = "no_numbers"
    FAILED = "failed"
    """It could not be written down, so it does not exist."""


@dataclass(frozen=True, slots=True)
class QueueNumber:
    """The answer to `TakeNumber`: a number that is on the disk. `refusal`: there is none, and why.

    `people_ahead` is None if it does not wait. `counter` is that to which it is called, or where it is served.
    """

    queue_name: str = ""
    number: str = ""
    ticket_id: str = ""
    people_ahead: int | None = 0
    low: int | None = None
    high: int | None = None
    status_url: str = field(default="", repr=False)
    is_repeated: bool = False
    counter: str = ""
    refusal: NumberRefusal | None = None


class PrintStage(StrEnum):
    """The stage of a print for the visitor at the kiosk."""

    PRINTING = "printing"
    PRINTED = "printed"
    UNSURE = "unsure"
    """Something may have come out."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PaperUpdate:
    """The stage of one print of the present visitor."""

    job_id: str
    stage: PrintStage
    fault: PaperFault | None = None


class SessionEnd(StrEnum):
    """The outcome of a visitor's session at a kiosk."""

    COMPLETED = "COMPLETED"
    ABANDONED = "ABANDONED"
    """The visitor went away, or gave up."""
    TERMINATED = "TERMINATED"
    """Staff or a fault of the kiosk ended it."""


KioskMessage = VisitorKnown | VisitorHits | QueueNumber


@dataclass(frozen=True, slots=True)
class IdentifyVisitor:
    """Look a visitor up without deciding anything; the answer is `VisitorKnown`."""

    visitor: VisitorClaim


@dataclass(frozen=True, slots=True)
class SearchVisitors:
    """Search the roster for a visitor's own name; the answer is `VisitorHits`."""

    query: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckInVisitor:
    """Decide for a visitor who confirmed who they are; the answer is a `GateOutcome`."""

    visitor: VisitorClaim


@dataclass(frozen=True, slots=True)
class TakeNumber:
    """Take a number in a queue; the answer is `QueueNumber`. `participant_id` empty: for somebody without a ticket."""

    queue_id: str
    participant_id: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class PrintPapers:
    """Print a visitor's badge, the slip of a number, or both; the answers are `PrintUpdate`s of the printer."""

    participant_id: str = ""
    ticket_id: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class CallStaff:
    """Raise the alarm that a visitor needs somebody, or end it."""

    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Speak:
    """Speak a text now, in the place of what is spoken; an empty text only ends that. `slow`: at half the speed."""

    text: str = field(repr=False)
    language: str
    slow: bool = False


@dataclass(frozen=True, slots=True)
class SoundWarning:
    """Play the tone of the warning that a session is about to end."""


@dataclass(frozen=True, slots=True)
class FinishSession:
    """Count a visitor's session. It names nobody."""

    language: str
    started_at: datetime
    last_input_at: datetime
    end: SessionEnd


@dataclass(frozen=True, slots=True)
class UnlockKiosk:
    """Check the PIN that this machine's settings have, where no operators are listed; the answer is `PinAnswer`."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SaveKioskOptions:
    """Use these options from now on, and after a restart: a supervisor's act."""

    options: KioskOptions


KioskCommand = (
    IdentifyVisitor
    | SearchVisitors
    | CheckInVisitor
    | TakeNumber
    | PrintPapers
    | CallStaff
    | Speak
    | SoundWarning
    | FinishSession
    | UnlockKiosk
    | SaveKioskOptions
)
