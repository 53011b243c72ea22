"""The people who may lead a group: its members are decided by `rules.admission` (tests/data/group-vectors.json)."""

import pytest

from hub_sync.contract.enums import Direction, ReasonCode, ScanResult
from hub_sync.rules.admission_result import Decision
from hub_sync.rules.groups import may_lead_group


@pytest.mark.parametrize(
    ("result", "reason", "leads"),
    [
        (ScanResult.VALID, ReasonCode.ADMITTED, True),
        (ScanResult.MANUAL_OVERRIDE, ReasonCode.PARTICIPANT_PENDING, True),
        (ScanResult.ALREADY_SCANNED, ReasonCode.ALREADY_INSIDE, True),
        (ScanResult.REVOKED, ReasonCode.TICKET_REPLACED, False),
        (ScanResult.REVOKED, ReasonCode.PARTICIPANT_CANCELLED, False),
        (ScanResult.EXPIRED, ReasonCode.EVENT_NOT_STARTED, False),
        (ScanResult.INVALID, ReasonCode.CHECKPOINT_CLOSED, False),
    ],
)
def test_whoever_enters_or_is_inside_leads_a_group_and_whoever_is_refused_does_not(
    result: ScanResult, reason: ReasonCode, *, leads: bool
) -> None:
    decision = Decision(result, reason, Direction.ENTRY, participant_id="ada")
    assert may_lead_group(decision) is leads


def test_nobody_leads_a_group_out_and_a_code_of_nobody_leads_none() -> None:
    out = Decision(ScanResult.VALID, ReasonCode.EXITED, Direction.EXIT, participant_id="ada")
    nobody = Decision(ScanResult.VALID, ReasonCode.ADMITTED, Direction.ENTRY)
    assert not may_lead_group(out)
    assert not may_lead_group(nobody)
