"""A visitor's session at a kiosk: everything that is known of the visitor is in one object, which is dropped at its end."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kiosk_app.kiosk_messages import (
    FinishSession,
    PaperUpdate,
    PrintStage,
    QueueNumber,
    SessionEnd,
    VisitorClaim,
    VisitorHits,
)
from kiosk_app.messages import GateOutcome, Notice


class VisitorStep(StrEnum):
    """The step of a visitor's session: one question each."""

    LANGUAGE = "language"
    IDENTIFY = "identify"
    CODE = "code"
    SEARCH = "search"
    HITS = "hits"
    CONFIRM = "confirm"
    WORKING = "working"
    DONE = "done"
    """The gate has decided; there is no number."""
    QUEUES = "queues"
    NUMBER = "number"


OUTCOME_STEPS = frozenset({VisitorStep.DONE, VisitorStep.NUMBER})
SCANNING_STEPS = frozenset(
    {
        VisitorStep.LANGUAGE,
        VisitorStep.IDENTIFY,
        VisitorStep.CODE,
        VisitorStep.SEARCH,
        VisitorStep.HITS,
        *OUTCOME_STEPS,
    }
)
"""Where a ticket that is held up is looked at. On an outcome it is the next visitor's."""


@dataclass(slots=True)
class VisitorSession:
    """One visitor at the kiosk. Times of `_ms` are monotonic. Nothing of it outlives the session."""

    language: str
    started_at: datetime
    last_input_at: datetime
    last_input_ms: int
    step: VisitorStep = VisitorStep.IDENTIFY
    step_before: VisitorStep = VisitorStep.IDENTIFY
    """Where the language was changed."""
    text_size: int = 0
    high_contrast: bool = False
    low_reach: bool = False
    reads_aloud: bool = False
    slow: bool = False
    other_keys: bool = False
    """The keyboard's other alphabet."""
    visitor: VisitorClaim | None = None
    name: str = ""
    hits: VisitorHits | None = None
    problem: str = ""
    """The id of the sentence at the field."""
    misses: int = 0
    outcome: GateOutcome | Notice | None = None
    number: QueueNumber | None = None
    papers: dict[str, PaperUpdate] = field(default_factory=dict)
    """The stage of each print, by its id."""
    called_staff: bool = False
    warned: bool = False
    waits_since_ms: int = 0
    entry: int = 0
    """Changes when the field is to be emptied."""
    history: list[VisitorStep] = field(default_factory=list)

    @property
    def paper(self) -> PaperUpdate | None:
        """The stage of all prints together: a failure first, then what is being printed."""
        order = (PrintStage.FAILED, PrintStage.UNSURE, PrintStage.PRINTING, PrintStage.PRINTED)
        return min(self.papers.values(), key=lambda paper: order.index(paper.stage), default=None)

    def go(self, step: VisitorStep) -> None:
        """Go on to a step; `back` returns from it."""
        if step is not self.step:
            self.history.append(self.step)
            self._enter(step)

    def back(self) -> bool:
        """Return to the step before; return False if there was none."""
        if not self.history:
            return False
        self._enter(self.history.pop())
        return True

    def note_input(self, now: datetime, now_ms: int) -> None:
        """Note that the visitor is there."""
        self.last_input_at, self.last_input_ms, self.warned = now, now_ms, False

    def idle_ms(self, now_ms: int) -> int:
        """Return for how long nothing was touched."""
        return now_ms - self.last_input_ms

    def finish(self, end: SessionEnd) -> FinishSession:
        """Return what is counted of the session; it names nobody."""
        return FinishSession(self.language, self.started_at, self.last_input_at, end)

    def _enter(self, step: VisitorStep) -> None:
        self.step, self.problem = step, ""
        self.entry += 1
