"""Debounced edges of inputs from samples of their contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hardware.inputs.settings import InputAssignment, InputRole


@dataclass(frozen=True, slots=True)
class InputEdge:
    """An input that became active or inactive. `at`: monotonic seconds of the first sample of the new state.

    `is_first`: the input was found so when the board was opened; nobody knows since when.
    """

    role: InputRole
    is_active: bool
    at: float
    is_first: bool = False


@dataclass(slots=True)
class _Input:
    assignment: InputAssignment
    is_active: bool | None = None
    changing_since: float | None = None


class InputDebouncer:
    """Follows the inputs of one board. A change counts once it has lasted for its input's time."""

    def __init__(self, assignments: Sequence[InputAssignment]) -> None:
        self._inputs = [_Input(assignment) for assignment in assignments]

    @property
    def active(self) -> tuple[InputRole, ...]:
        """The roles of the inputs that are active now."""
        return tuple(each.assignment.role for each in self._inputs if each.is_active)

    @property
    def is_settled(self) -> bool:
        """False while a change is waited for."""
        return all(each.changing_since is None for each in self._inputs)

    def take(self, closed: Sequence[bool], at: float) -> tuple[InputEdge, ...]:
        """Take a sample of all contacts, input 1 first, into account; return the edges that it completes.

        Raises:
            IndexError: the board has fewer inputs.
        """
        edges = (_take(each, closed[each.assignment.number - 1], at) for each in self._inputs)
        return tuple(edge for edge in edges if edge is not None)

    def reset(self) -> None:
        """Forget all states, because the board was away."""
        for each in self._inputs:
            each.is_active = each.changing_since = None


def _take(each: _Input, closed: bool, at: float) -> InputEdge | None:
    assignment = each.assignment
    is_active = closed is not assignment.active_open
    if each.is_active is None:
        each.is_active = is_active
        return InputEdge(assignment.role, True, at, is_first=True) if is_active else None
    if is_active is each.is_active:
        each.changing_since = None
        return None
    if each.changing_since is None:
        each.changing_since = at
    if (at - each.changing_since) * 1000 < assignment.debounce_ms:
        return None
    began_at, each.changing_since, each.is_active = each.changing_since, None, is_active
    return InputEdge(assignment.role, is_active, began_at)
