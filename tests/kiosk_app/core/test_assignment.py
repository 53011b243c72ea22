"""A station never picks its checkpoint by itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub_sync.client.store import Store
from hub_sync.contract.enums import ReasonCode, ScanResult
from hub_sync.contract.sync import CheckpointRow
from kiosk_app.core.assignment import (
    checkpoints_to_choose,
    current_assignment,
    serve_checkpoint,
    served_checkpoint,
)
from kiosk_app.messages import GateOutcome, Notice
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import CHECKPOINT_ROW, GATE, BuiltGate, apply_page, build_gate, pull_page

EXIT = CheckpointRow.model_validate(CHECKPOINT_ROW | {"id": "a-exit", "name": "A exit", "direction": "exit"})
MAIN = CheckpointRow.model_validate(CHECKPOINT_ROW)
PEOPLE = [participant_row("ada"), participant_row("pat", "Pat Pending", "PENDING")]


def unassigned(folder: Path, *checkpoints: CheckpointRow) -> BuiltGate:
    """Return the gate of a station that was enrolled without a checkpoint."""
    built = build_gate(folder, PEOPLE, checkpoints=checkpoints)
    enrolment = built.store.settings.enrolment()
    assert enrolment is not None
    built.store.settings.save_enrolment(replace(enrolment, checkpoint_id=None))
    return built


def change(store: Store, checkpoint: CheckpointRow, **members: object) -> None:
    row = checkpoint.model_copy(update=members)
    apply_page(store, pull_page([], snapshot=False, cursor="2", total=None, events=(), checkpoints=(row,)))


def test_a_station_without_a_checkpoint_does_not_serve_the_alphabetically_first(tmp_path: Path) -> None:
    built = unassigned(tmp_path, EXIT, MAIN)
    for person in ("ada", "pat"):
        assert built.gate.decide_scan(seal_ticket_for(person)) is Notice.NOT_READY
    assert (built.rows(), built.turnstile.pulses) == (0, 0)
    assert served_checkpoint(built.store) is None
    built.store.close()


def test_a_single_checkpoint_is_not_picked_either(tmp_path: Path) -> None:
    built = unassigned(tmp_path, MAIN)
    assert current_assignment(built.store) is None
    built.store.close()


def test_the_operators_choice_ends_the_wait_and_survives_a_restart(tmp_path: Path) -> None:
    built = unassigned(tmp_path, EXIT, MAIN)
    serve_checkpoint(built.store, GATE)
    scan = built.gate.decide_scan(seal_ticket_for("pat"))
    assert isinstance(scan, GateOutcome)
    assert (scan.decision.result, scan.decision.reason) == (
        ScanResult.INVALID,
        ReasonCode.PARTICIPANT_PENDING,
    )
    assignment = current_assignment(built.store)
    assert assignment is not None
    assert assignment.checkpoint.id == GATE
    built.store.close()


@pytest.mark.parametrize("members", [{"active": False}, {"deleted": True, "active": False}])
def test_a_checkpoint_that_is_off_or_deleted_decides_nothing_and_is_not_replaced_by_another(
    tmp_path: Path, members: dict[str, object]
) -> None:
    built = build_gate(tmp_path, PEOPLE, checkpoints=(EXIT, MAIN))
    change(built.store, MAIN, **members)
    assert built.gate.decide_scan(seal_ticket_for("ada")) is Notice.NOT_READY
    assert (built.rows(), built.turnstile.pulses) == (0, 0)
    served = served_checkpoint(built.store)
    assert served is not None
    assert served.id == GATE
    assert checkpoints_to_choose(built.store) == (EXIT,)
    change(built.store, MAIN)
    assert isinstance(built.gate.decide_scan(seal_ticket_for("ada")), GateOutcome)
    built.store.close()


def test_the_operators_choice_that_is_deleted_does_not_fall_back_to_the_hubs(tmp_path: Path) -> None:
    built = build_gate(tmp_path, PEOPLE, checkpoints=(EXIT, MAIN))
    serve_checkpoint(built.store, EXIT.id)
    change(built.store, EXIT, deleted=True)
    assert current_assignment(built.store) is None
    built.store.close()
