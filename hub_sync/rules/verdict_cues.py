"""Cues of a verdict for the person at the door: its colour and its tone, the same at a station and in the console."""

from enum import StrEnum

from hub_sync.contract.enums import Mark, ReasonCode, ScanResult
from hub_sync.rules.admission_result import Decision

ON_HOLD_REASONS = frozenset(
    {
        ReasonCode.UNKNOWN_PARTICIPANT,
        ReasonCode.ROSTER_STALE,
        ReasonCode.CLOCK_UNSURE,
        ReasonCode.UNKNOWN_TIME_ZONE,
    }
)
"""Reasons that are not the ticket's fault: whoever decides lacks something, so the verdict asks instead of refusing."""
ASKING_RESULTS = frozenset({ScanResult.EXPIRED, ScanResult.ALREADY_SCANNED})


class VerdictColour(StrEnum):
    """The colour of a verdict."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class VerdictTone(StrEnum):
    """The tone of a verdict."""

    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


def colour_of(decision: Decision) -> VerdictColour:
    """Return the colour: green lets in, amber asks the operator to look closer, red stops."""
    if decision.admits:
        return VerdictColour.GREEN
    is_on_hold = decision.overridable and decision.reason in ON_HOLD_REASONS
    return VerdictColour.AMBER if is_on_hold or decision.result in ASKING_RESULTS else VerdictColour.RED


def tone_of(decision: Decision) -> VerdictTone | None:
    """Return the tone, None for a poster's web address, which makes no sound."""
    if decision.reason is ReasonCode.NOT_A_TICKET:
        return None
    if decision.admits:
        return VerdictTone.WARNING if Mark.UNKNOWN_PARTICIPANT in decision.marks else VerdictTone.SUCCESS
    return VerdictTone.WARNING if decision.result in ASKING_RESULTS else VerdictTone.ERROR
