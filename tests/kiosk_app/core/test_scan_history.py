"""The last scans of a station after its program was started again."""

from pathlib import Path

from hub_sync.contract.enums import PassageCause, ReasonCode
from kiosk_app.core.scan_history import last_scans
from kiosk_app.messages import GateOutcome
from tests.support.builders.people import EVENT, participant_row
from tests.support.builders.station import build_gate


def test_an_admission_that_was_taken_back_is_so_after_a_restart(tmp_path: Path) -> None:
    people = [participant_row("ada", code="REG-0012"), participant_row("bo", code="REG-0013")]
    here = build_gate(tmp_path, people)
    here.gate.decide_typed("REG-0013")
    admitted = here.gate.decide_typed("REG-0012")
    assert isinstance(admitted, GateOutcome)
    here.gate.take_back(admitted, "Kim")
    here.gate.decide_typed("REG-9999")
    assert [
        (scan.decision.reason, scan.passage_cause, scan.passage) for scan in last_scans(here.store, EVENT)
    ] == [
        (ReasonCode.UNKNOWN_CODE, None, None),
        (ReasonCode.ADMITTED, PassageCause.OPERATOR, None),
        (ReasonCode.ADMITTED, None, None),
    ]
    here.store.close()
