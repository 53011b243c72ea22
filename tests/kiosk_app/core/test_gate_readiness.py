"""What a gate lacks before it can decide: each state over a real store."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from hub_sync.client.store import FileKeyStore, Store, open_store
from hub_sync.client.sync.status import ConnectionState, SyncStatus
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Direction, ReasonCode
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import CheckpointRow, Override
from kiosk_app.core.assignment import current_assignment
from kiosk_app.core.gate_readiness import gate_readiness
from kiosk_app.messages import GateOutcome, GateReadiness, Notice, ReadinessState
from tests.support.builders.people import participant_row
from tests.support.builders.station import CHECKPOINT_ROW, NOON, build_gate, build_station_store

HUB = "http://127.0.0.1:9"


def readiness(store: Store, status: SyncStatus | None = None, *, just_started: bool = False) -> GateReadiness:
    return gate_readiness(store, current_assignment(store), status or SyncStatus(), just_started=just_started)


def store_without_roster(folder: Path) -> Store:
    store = build_station_store(folder)
    store.feed.reset()
    return store


def test_a_station_with_event_checkpoint_and_roster_is_ready(tmp_path: Path) -> None:
    with build_station_store(tmp_path, [participant_row("ada")]) as store:
        assert readiness(store) == GateReadiness()


def test_a_station_that_was_never_enrolled_says_so(tmp_path: Path) -> None:
    with open_store(tmp_path, FileKeyStore(tmp_path), ManualClock(NOON), new_id) as store:
        assert readiness(store).state is ReadinessState.NOT_ENROLLED


@pytest.mark.parametrize(
    ("status", "just_started", "state"),
    [
        (SyncStatus(), True, ReadinessState.CONNECTING),
        (SyncStatus(), False, ReadinessState.NO_ROSTER),
        (SyncStatus(ConnectionState.ONLINE), False, ReadinessState.CONNECTING),
        (SyncStatus(ConnectionState.REFUSED), True, ReadinessState.HUB_REFUSES),
        (SyncStatus(ConnectionState.ONLINE, snapshot_received=12_000), False, ReadinessState.LOADING),
        (SyncStatus(ConnectionState.OFFLINE, snapshot_received=12_000), False, ReadinessState.NO_ROSTER),
    ],
)
def test_without_a_roster_the_hub_decides_what_is_said(
    tmp_path: Path, status: SyncStatus, just_started: bool, state: ReadinessState
) -> None:
    with store_without_roster(tmp_path) as store:
        result = readiness(store, status, just_started=just_started)
        assert (result.state, result.detail) == (state, HUB)


def test_the_progress_of_the_first_roster_is_counted(tmp_path: Path) -> None:
    status = SyncStatus(ConnectionState.ONLINE, snapshot_received=12_000, snapshot_total=100_000)
    with store_without_roster(tmp_path) as store:
        result = readiness(store, status)
        assert (result.received, result.total) == (12_000, 100_000)


def test_a_roster_without_its_event_or_checkpoint_is_told_apart(tmp_path: Path) -> None:
    with build_station_store(tmp_path / "event", events=()) as store:
        assert readiness(store).state is ReadinessState.NO_EVENT
    with build_station_store(tmp_path / "checkpoint", checkpoints=()) as store:
        assert readiness(store).state is ReadinessState.NO_CHECKPOINT


def test_a_new_snapshot_while_people_are_scanned_leaves_the_gate_ready(tmp_path: Path) -> None:
    status = SyncStatus(ConnectionState.ONLINE, roster_as_of=datetime.now(NOON.tzinfo), snapshot_received=1)
    with build_station_store(tmp_path) as store:
        assert readiness(store, status).state is ReadinessState.READY


def test_a_station_without_a_checkpoint_asks_for_one(tmp_path: Path) -> None:
    with build_station_store(tmp_path) as store:
        enrolment = store.settings.enrolment()
        assert enrolment is not None
        store.settings.save_enrolment(replace(enrolment, checkpoint_id=None))
        assert readiness(store).state is ReadinessState.CHOOSE_CHECKPOINT


def test_a_checkpoint_that_is_off_is_named(tmp_path: Path) -> None:
    rows = (CHECKPOINT_ROW | {"active": False}, CHECKPOINT_ROW | {"id": "side", "name": "Side door"})
    with build_station_store(tmp_path, checkpoints=tuple(map(CheckpointRow.model_validate, rows))) as store:
        assert readiness(store) == GateReadiness(ReadinessState.CHECKPOINT_OFF, detail="Main entrance")


def test_an_event_whose_checkpoints_are_all_off_has_none_to_choose(tmp_path: Path) -> None:
    off = CheckpointRow.model_validate(CHECKPOINT_ROW | {"active": False})
    with build_station_store(tmp_path, checkpoints=(off,)) as store:
        assert readiness(store).state is ReadinessState.NO_CHECKPOINT


def test_a_station_that_is_being_erased_decides_nothing_and_says_why(tmp_path: Path) -> None:
    built = build_gate(tmp_path, [participant_row("ada", code="REG-0012")])
    built.store.access.begin_wipe("command")
    assert built.gate.decide_typed("REG-0012") is Notice.NOT_READY
    assert (built.rows(), built.turnstile.pulses) == (0, 0)
    readiness = gate_readiness(built.store, current_assignment(built.store), SyncStatus(), just_started=False)
    assert readiness.state is ReadinessState.WIPING
    built.store.close()


def test_a_station_without_its_hub_for_too_long_admits_nobody_and_lets_people_out(tmp_path: Path) -> None:
    built = build_gate(tmp_path, [participant_row("ada", code="REG-0012")])
    clock = built.clock
    built.store.offline.record_contact(
        3600, clock.now(), sure=True, boot_id=clock.boot_id, monotonic_ms=clock.monotonic_ms()
    )
    inside = built.gate.decide_typed("REG-0012")
    assert isinstance(inside, GateOutcome)
    assert inside.is_green
    built.wait(minutes=61)
    for _ in range(2):
        refused = built.gate.decide_typed("REG-0012")
        assert isinstance(refused, GateOutcome)
        assert (refused.decision.reason, refused.is_green) == (ReasonCode.STATION_OFFLINE, False)
        override = Override(reason="the queue is long", operator="Kim")
        again = built.gate.decide_again(refused.subject, override)
        assert isinstance(again, GateOutcome)
        assert not again.is_green
    built.gate.choose_direction(Direction.EXIT)
    left = built.gate.decide_typed("REG-0012")
    assert isinstance(left, GateOutcome)
    assert left.decision.reason is ReasonCode.EXITED
    assert built.turnstile.pulses == 2
    built.store.close()
