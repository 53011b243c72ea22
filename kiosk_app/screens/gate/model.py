"""What the gate's presenter remembers between two calls. Private to the presenter and its parts."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count
from zoneinfo import ZoneInfo

from kiosk_app.core.outcome import GateOutcome, Notice
from kiosk_app.messages import Alarms, Checkpoints, Devices, FoundPeople, LinkInfo, LinkState, Occupancy
from kiosk_app.screens.gate.verdict_formatting import Voice, scan_line
from kiosk_app.screens.gate.view_state import ScanLine
from resources.translations import Texts

LAST_SCANS = 50
VERDICT_MS = 4_000
"""How long a verdict stands if no other scan comes (the design's four seconds)."""
OVERRIDE_MS = 30_000
"""How long a refused person can still be let in: the verdict is gone sooner than a supervisor has come."""


class Open(Enum):
    """Which panel is open."""

    NOTHING = auto()
    SEARCH = auto()
    OVERRIDE = auto()
    CHECKPOINTS = auto()
    MENU = auto()
    QUIT = auto()


@dataclass
class Stage:
    """The verdict or quiet notice that stands, and until when."""

    shown: GateOutcome | Notice | None = None
    quiet: bool = False
    until_ms: int = 0
    serial: int = 0

    def show(self, what: GateOutcome | Notice, now_ms: int, *, quiet: bool) -> None:
        """Put an answer up; it takes the last one's place whatever that was."""
        self.shown, self.quiet, self.until_ms = what, quiet, now_ms + VERDICT_MS
        self.serial += 1

    def clear(self) -> None:
        """Back to ready."""
        self.shown, self.quiet = None, False


@dataclass
class Refused:
    """The last refused person, who may still be let in."""

    outcome: GateOutcome | None = None
    until_ms: int = 0

    def remember(self, outcome: GateOutcome, now_ms: int) -> None:
        """Keep a refusal that may be overridden; any other scan of a person puts it out of mind."""
        self.outcome = outcome if outcome.decision.overridable else None
        self.until_ms = now_ms + OVERRIDE_MS

    def standing(self, now_ms: int) -> GateOutcome | None:
        """Who may be let in now."""
        return self.outcome if now_ms < self.until_ms else None


@dataclass
class Recent:
    """The last scans and their lines; a new scan costs one line, another language all of them."""

    outcomes: deque[tuple[int, GateOutcome]] = field(default_factory=lambda: deque(maxlen=LAST_SCANS))
    lines: tuple[ScanLine, ...] = ()
    _keys: "count[int]" = field(default_factory=count)

    def add(self, outcome: GateOutcome, voice: Voice) -> None:
        """Put a scan on top."""
        key = next(self._keys)
        self.outcomes.appendleft((key, outcome))
        self.lines = (scan_line(outcome, voice, key), *self.lines[: LAST_SCANS - 1])

    def start_with(self, outcomes: Iterable[GateOutcome], voice: Voice) -> None:
        """Begin with the journal's last scans, newest first."""
        newest = list(outcomes)[:LAST_SCANS]
        self.outcomes.clear()
        self.lines = ()
        for outcome in reversed(newest):
            self.add(outcome, voice)

    def say_again(self, voice: Voice) -> None:
        """Write every line anew, in another language or zone."""
        self.lines = tuple(scan_line(outcome, voice, key) for key, outcome in self.outcomes)


@dataclass
class Search:
    """What is being looked for, and what was found for it."""

    query: str = ""
    found: FoundPeople | None = None
    focus: int = 0

    def ask(self, query: str) -> None:
        """Look for something else."""
        self.query, self.found = query, None


@dataclass
class Model:
    """Everything that the state is composed of."""

    texts: Texts
    theme: str
    time_zone: ZoneInfo
    operator: str = ""
    link: LinkInfo = field(default_factory=lambda: LinkInfo(LinkState.CONNECTING))
    occupancy: Occupancy = field(default_factory=Occupancy)
    points: Checkpoints = field(default_factory=Checkpoints)
    devices: Devices = field(default_factory=Devices)
    alarms: Alarms = field(default_factory=Alarms)
    stage: Stage = field(default_factory=Stage)
    refused: Refused = field(default_factory=Refused)
    recent: Recent = field(default_factory=Recent)
    search: Search = field(default_factory=Search)
    open: Open = Open.NOTHING
    overriding: GateOutcome | None = None
    problem: str = ""
    clears_input: int = 0

    def close_panel(self) -> None:
        """Back to the stage."""
        self.open, self.overriding, self.problem = Open.NOTHING, None, ""

    @property
    def holds_scanning(self) -> bool:
        """Whether a panel is open that a new verdict would tear away from under the operator's hands."""
        return self.open in (Open.OVERRIDE, Open.QUIT)
