"""Colour and tone of verdicts."""

import pytest

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult
from hub_sync.rules.admission_result import Decision
from hub_sync.rules.verdict_cues import VerdictColour, VerdictTone, colour_of, tone_of


@pytest.mark.parametrize(
    ("result", "reason", "overridable", "colour", "tone"),
    [
        (ScanResult.VALID, ReasonCode.ADMITTED, False, VerdictColour.GREEN, VerdictTone.SUCCESS),
        (
            ScanResult.MANUAL_OVERRIDE,
            ReasonCode.ALREADY_INSIDE,
            False,
            VerdictColour.GREEN,
            VerdictTone.SUCCESS,
        ),
        (
            ScanResult.ALREADY_SCANNED,
            ReasonCode.ALREADY_INSIDE,
            True,
            VerdictColour.AMBER,
            VerdictTone.WARNING,
        ),
        (ScanResult.EXPIRED, ReasonCode.EVENT_OVER, True, VerdictColour.AMBER, VerdictTone.WARNING),
        (ScanResult.INVALID, ReasonCode.UNKNOWN_PARTICIPANT, True, VerdictColour.AMBER, VerdictTone.ERROR),
        (ScanResult.INVALID, ReasonCode.UNKNOWN_PARTICIPANT, False, VerdictColour.RED, VerdictTone.ERROR),
        (ScanResult.REVOKED, ReasonCode.PARTICIPANT_CANCELLED, True, VerdictColour.RED, VerdictTone.ERROR),
        (ScanResult.INVALID, ReasonCode.NOT_A_TICKET, False, VerdictColour.RED, None),
    ],
)
def test_each_verdict_has_its_colour_and_tone(
    result: ScanResult,
    reason: ReasonCode,
    overridable: bool,
    colour: VerdictColour,
    tone: VerdictTone | None,
) -> None:
    decision = Decision(result, reason, Direction.ENTRY, overridable=overridable)
    assert (colour_of(decision), tone_of(decision)) == (colour, tone)


def test_a_ticket_of_nobody_listed_warns_though_it_admits() -> None:
    decision = Decision(
        ScanResult.VALID, ReasonCode.ADMITTED_UNKNOWN, Direction.ENTRY, marks=(Mark.UNKNOWN_PARTICIPANT,)
    )
    assert (colour_of(decision), tone_of(decision)) == (VerdictColour.GREEN, VerdictTone.WARNING)
