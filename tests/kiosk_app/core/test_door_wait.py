"""The time that a gate waits for its door."""

import pytest

from hardware.relay import DoorHealth, DoorState
from kiosk_app.core.door_wait import MISSING_PATIENCE_MS, STARTING_PATIENCE_MS, DoorWait


class Door:
    """A door in a state that the test sets."""

    def __init__(self) -> None:
        self.state = DoorState.STARTING
        self.now_ms = 50_000

    def health(self) -> DoorHealth:
        return DoorHealth(self.state)

    def time(self) -> int:
        return self.now_ms


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def wait(door: Door) -> DoorWait:
    return DoorWait(door, door.time)


def test_a_gate_without_a_door_waits_for_nothing() -> None:
    assert DoorWait(None, lambda: 0).is_over()


def test_the_first_ready_ends_the_wait(door: Door, wait: DoorWait) -> None:
    assert not wait.is_over()
    door.now_ms += 300
    door.state = DoorState.READY
    assert wait.is_over()


@pytest.mark.parametrize(
    ("state", "patience_ms"),
    [
        (DoorState.STARTING, STARTING_PATIENCE_MS),
        (DoorState.MISSING, MISSING_PATIENCE_MS),
        (DoorState.BUSY, MISSING_PATIENCE_MS),
        (DoorState.LOST, MISSING_PATIENCE_MS),
    ],
)
def test_a_door_that_does_not_come_is_waited_for_so_long_and_no_longer(
    door: Door, wait: DoorWait, state: DoorState, patience_ms: int
) -> None:
    door.state = state
    assert not wait.is_over()
    door.now_ms += patience_ms - 1
    assert not wait.is_over()
    door.now_ms += 1
    assert wait.is_over()
    door.now_ms += 60_000
    assert wait.is_over()


@pytest.mark.parametrize("state", [DoorState.MISSING, DoorState.BUSY, DoorState.LOST])
def test_a_board_that_is_lost_while_the_gate_works_holds_nobody_up(
    door: Door, wait: DoorWait, state: DoorState
) -> None:
    door.state = DoorState.READY
    assert wait.is_over()
    door.state = state
    assert wait.is_over()


def test_a_door_process_that_is_replaced_is_waited_for(door: Door, wait: DoorWait) -> None:
    door.state = DoorState.READY
    assert wait.is_over()
    door.state = DoorState.STARTING
    assert not wait.is_over()
    door.state = DoorState.READY
    assert wait.is_over()


def test_each_wait_has_its_own_patience(door: Door, wait: DoorWait) -> None:
    assert not wait.is_over()
    door.state = DoorState.READY
    assert wait.is_over()
    door.now_ms += 2 * STARTING_PATIENCE_MS
    door.state = DoorState.STARTING
    assert not wait.is_over()
