"""The summary of a shift, from the journal of a real store."""

from pathlib import Path

from hub_sync.contract.enums import ReasonCode
from hub_sync.contract.sync import Override
from kiosk_app.core.shift.shift_summary import shift_summary
from kiosk_app.messages import GateOutcome, ShiftSummary
from tests.support.builders.operators import MARA, MARA_PIN, TOM, TOM_PIN
from tests.support.builders.people import participant_row
from tests.support.builders.station import build_gate


def test_a_summary_counts_the_operators_own_scans_since_they_signed_on(tmp_path: Path) -> None:
    people = [participant_row(name, code=f"REG-{name}1") for name in ("ada", "bo", "cy")]
    built = build_gate(tmp_path, people, operators=(MARA, TOM))
    gate, desk = built.gate, built.gate.operators
    desk.sign_on(MARA.id, MARA_PIN)
    gate.decide_typed("REG-cy1")
    built.wait(hours=1)
    desk.sign_on(TOM.id, TOM_PIN)
    began = gate.now()
    gate.decide_typed("REG-ada1")
    refused = gate.decide_typed("REG-ada1")
    gate.decide_typed("REG-ada1")
    gate.decide_typed("nobody")
    assert isinstance(refused, GateOutcome)
    gate.decide_again(refused.subject, Override(reason="back", operator="Mara"))
    admitted = gate.decide_typed("REG-bo1")
    assert isinstance(admitted, GateOutcome)
    gate.take_back(admitted, "Mara")
    built.wait(minutes=30)
    assert desk.shift is not None
    assert shift_summary(built.store, desk.shift, gate.now()) == ShiftSummary(
        name="Tom",
        since=began,
        until=gate.now(),
        scans=6,
        admitted=3,
        refused=((ReasonCode.ALREADY_INSIDE, 2), (ReasonCode.UNKNOWN_CODE, 1)),
        overrides=1,
        taken_back=1,
    )
    built.store.close()


def test_a_shift_without_a_scan_is_all_zero(tmp_path: Path) -> None:
    built = build_gate(tmp_path, operators=(TOM,))
    built.gate.operators.sign_on(TOM.id, TOM_PIN)
    shift = built.gate.operators.shift
    assert shift is not None
    summary = shift_summary(built.store, shift, built.gate.now())
    assert (summary.scans, summary.refused, summary.taken_back) == (0, (), 0)
    built.store.close()
