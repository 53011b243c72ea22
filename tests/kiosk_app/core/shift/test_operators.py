"""Sign-on at a gate with a real store: names, PINs, waits, a supervisor's authority, restarts and revocations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.contract.operators import OperatorStamp
from hub_sync.rules.operator_pins import FREE_FAILURES, SALT_BYTES, hash_pin
from kiosk_app.core.shift.operators import AUTHORITY_MS, OperatorDesk
from kiosk_app.messages import GateOutcome, Notice, PinResult
from tests.support.builders.operators import MARA, MARA_PIN, TOM, TOM_PIN
from tests.support.builders.people import participant_row
from tests.support.builders.station import BuiltGate, build_gate, reopen_store


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    built = build_gate(tmp_path, [participant_row("ada", code="REG-0012")], operators=(MARA, TOM))
    yield built
    built.store.close()


@pytest.fixture
def desk(here: BuiltGate) -> OperatorDesk:
    return here.gate.operators


def test_without_operators_nobody_signs_on_and_everything_is_allowed(tmp_path: Path) -> None:
    built = build_gate(tmp_path, [participant_row("ada", code="REG-0012")])
    outcome = built.gate.decide_typed("REG-0012")
    assert isinstance(outcome, GateOutcome)
    assert outcome.is_green
    row = built.store.journal.last()
    assert row is not None
    assert row.record.operator is None
    assert built.gate.operators.may_supervise()
    assert not built.gate.operators.status().is_required
    built.store.close()


def test_nothing_is_decided_or_written_before_somebody_signs_on(here: BuiltGate, desk: OperatorDesk) -> None:
    assert here.gate.decide_typed("REG-0012") is Notice.SIGN_ON
    assert (here.rows(), here.turnstile.pulses, len(here.speaker.tones)) == (0, 0, 1)
    assert desk.sign_on(TOM.id, TOM_PIN).result is PinResult.ACCEPTED
    outcome = here.gate.decide_typed("REG-0012")
    assert isinstance(outcome, GateOutcome)
    assert outcome.is_green
    row = here.store.journal.last()
    assert row is not None
    assert row.record.operator == OperatorStamp(id=TOM.id, name="Tom")


def test_a_wrong_pin_signs_nobody_on_and_too_many_make_only_that_operator_wait(
    here: BuiltGate, desk: OperatorDesk
) -> None:
    answers = [desk.sign_on(TOM.id, "0001") for _ in range(FREE_FAILURES)]
    assert [answer.result for answer in answers] == [PinResult.WRONG] * 4 + [PinResult.WAIT]
    assert answers[-1].wait_s == 30
    assert desk.sign_on(TOM.id, TOM_PIN).result is PinResult.WAIT, "the right PIN waits, too"
    assert desk.sign_on(MARA.id, MARA_PIN).result is PinResult.ACCEPTED
    here.wait(seconds=30)
    assert desk.sign_on(TOM.id, "0001").wait_s == 60
    here.wait(seconds=60)
    assert desk.sign_on(TOM.id, TOM_PIN).result is PinResult.ACCEPTED
    assert desk.sign_on(TOM.id, "0001").result is PinResult.WRONG, "a right PIN begins the count anew"


def test_a_restart_gives_no_free_tries(here: BuiltGate, desk: OperatorDesk) -> None:
    for _ in range(FREE_FAILURES):
        desk.sign_on(TOM.id, "0001")
    here.store.close()
    here.store = reopen_store(here.folder, here.clock)
    again = OperatorDesk(here.store, here.clock)
    assert again.sign_on(TOM.id, TOM_PIN).result is PinResult.WAIT
    here.wait(seconds=30)
    assert again.sign_on(TOM.id, TOM_PIN).result is PinResult.ACCEPTED


def test_a_new_pin_of_the_hub_ends_the_wait(here: BuiltGate, desk: OperatorDesk) -> None:
    for _ in range(FREE_FAILURES):
        desk.sign_on(TOM.id, "0001")
    renewed = TOM.model_copy(update={"verifier": hash_pin("9263", bytes(SALT_BYTES))})
    here.store.operators.replace((MARA, renewed))
    assert desk.sign_on(TOM.id, TOM_PIN).result is PinResult.WRONG
    assert desk.sign_on(TOM.id, "9263").result is PinResult.ACCEPTED


def test_whoever_is_signed_on_still_is_after_a_restart_and_a_supervisors_pin_is_not(
    here: BuiltGate, desk: OperatorDesk
) -> None:
    desk.sign_on(MARA.id, MARA_PIN)
    assert desk.may_supervise()
    again = OperatorDesk(here.store, here.clock)
    assert again.current() == MARA
    assert not again.may_supervise()
    assert again.status().since == desk.status().since


def test_a_revoked_operator_is_signed_off_with_the_list_that_lacks_them(
    here: BuiltGate, desk: OperatorDesk
) -> None:
    desk.sign_on(MARA.id, MARA_PIN)
    here.store.operators.replace((TOM,))
    assert here.gate.decide_typed("REG-0012") is Notice.SIGN_ON
    assert not desk.may_supervise()
    assert desk.sign_on(MARA.id, MARA_PIN).result is PinResult.NOT_LISTED
    here.store.operators.replace((MARA, TOM))
    assert desk.current() is None, "and is not signed on again by coming back"


def test_a_supervisors_pin_is_good_for_two_minutes_after_its_last_use_and_the_steward_stays(
    here: BuiltGate, desk: OperatorDesk
) -> None:
    desk.sign_on(TOM.id, TOM_PIN)
    assert not desk.may_supervise()
    assert desk.authorise(TOM.id, TOM_PIN).result is PinResult.NO_SUPERVISOR
    assert desk.authorise(MARA.id, MARA_PIN).result is PinResult.ACCEPTED
    assert (desk.current(), desk.supervisor()) == (TOM, MARA)
    here.wait(milliseconds=AUTHORITY_MS - 1)
    assert desk.may_supervise()
    here.wait(milliseconds=AUTHORITY_MS - 1)
    assert desk.may_supervise()
    here.wait(milliseconds=AUTHORITY_MS)
    assert not desk.may_supervise()
    desk.authorise(MARA.id, MARA_PIN)
    desk.lock()
    assert not desk.may_supervise()


def test_a_supervisor_who_becomes_a_steward_loses_the_authority(here: BuiltGate, desk: OperatorDesk) -> None:
    desk.sign_on(MARA.id, MARA_PIN)
    here.store.operators.replace((MARA.model_copy(update={"role": TOM.role}), TOM))
    assert not desk.may_supervise()
    assert desk.current() is not None


def test_the_next_operator_takes_over_and_the_same_one_keeps_the_shift(
    here: BuiltGate, desk: OperatorDesk
) -> None:
    desk.sign_on(MARA.id, MARA_PIN)
    began = desk.shift
    here.wait(minutes=5)
    desk.sign_on(MARA.id, MARA_PIN)
    assert desk.shift == began
    desk.sign_on(TOM.id, TOM_PIN)
    assert desk.shift is not None
    assert desk.shift.operator_id == TOM.id
    assert not desk.may_supervise()
    desk.sign_off()
    assert desk.status().signed_on is None


def test_a_new_pin_of_a_supervisor_ends_the_authority_of_the_old_one(
    here: BuiltGate, desk: OperatorDesk
) -> None:
    desk.authorise(MARA.id, MARA_PIN)
    assert desk.may_supervise()
    changed = MARA.model_copy(update={"verifier": hash_pin("736194", bytes(SALT_BYTES))})
    here.store.operators.replace([changed, TOM])
    assert not desk.may_supervise(), "whoever used the old PIN would stay supervisor as long as they went on"
