from dataclasses import dataclass, field

import pytest

from hardware.errors import DeviceLost
from hardware.inputs import InputPoller, InputRole, InputState, parse_inputs
from hardware.inputs.poller import FAST_INTERVAL_S, IDLE_INTERVAL_S, InputsUnreadable


@dataclass
class ScriptedBoard:
    """A board whose answers are given one by one; an exception is raised."""

    answers: list[tuple[bool, ...] | Exception]
    now: float = 100.0
    reads: int = field(default=0)

    def read_inputs(self) -> tuple[bool, ...]:
        self.reads += 1
        self.now += 0.02
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def poller_of(board: ScriptedBoard, text: str = "passage=1") -> InputPoller:
    return InputPoller(board, parse_inputs(text), clock=lambda: board.now)


def test_inputs_are_read_faster_after_a_pulse_and_while_one_changes() -> None:
    board = ScriptedBoard([(False,), (True,), (True,), (True,)])
    poller = poller_of(board, "passage=1:10")
    poller.poll()
    assert poller.due_at - board.now == pytest.approx(IDLE_INTERVAL_S)
    poller.poll()
    assert poller.due_at - board.now == pytest.approx(FAST_INTERVAL_S), "a change is waited for"
    poller.poll()
    assert poller.snapshot.active == (InputRole.PASSAGE,)
    poller.hurry()
    poller.poll()
    assert poller.due_at - board.now == pytest.approx(FAST_INTERVAL_S)


def test_a_single_damaged_answer_is_no_fault_and_three_are() -> None:
    damaged = InputsUnreadable("damaged")
    board = ScriptedBoard([(True,), damaged, damaged, (True,), damaged, damaged, damaged, (True,)])
    poller = poller_of(board)
    states = [(poller.poll() and poller.snapshot.state) or poller.snapshot.state for _ in range(7)]
    assert states == [InputState.READY] * 6 + [InputState.LOST]
    assert poller.snapshot.problem == "damaged"
    (edge,) = poller.poll()
    assert edge.is_first, "what happened meanwhile is not known"
    assert poller.snapshot.state is InputState.READY


def test_a_board_with_too_few_inputs_says_so() -> None:
    poller = poller_of(ScriptedBoard([(False,) * 4]), "passage=5")
    poller.poll()
    assert poller.snapshot.state is InputState.LOST
    assert "4 inputs; input 5 is set" in poller.snapshot.problem


def test_a_lost_board_is_the_callers_business() -> None:
    with pytest.raises(DeviceLost):
        poller_of(ScriptedBoard([DeviceLost("unplugged")])).poll()
