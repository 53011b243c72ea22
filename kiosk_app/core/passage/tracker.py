"""Attribute turns of the turnstile to grants. Pure: edges and times go in, settlements come out (ADR 64).

Each grant has its own window. A turn belongs to the oldest grant that was open at the time of the turn; if none was, to the newest
that ended without one shortly before; else to nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hardware.inputs import InputEdge, InputRole, InputSnapshot
from hub_sync.contract.enums import Passage, PassageCause

SETTLE_DELAY_S = 0.3
"""After a window: a turn at its end may still be on its way."""
DOUBLE_WITHIN_S = 2.0
DOUBTED_AFTER = 5
"""Grants in a row without a turn, after which the sensor itself is doubted."""
STUCK_AFTER_S = 10.0
"""A sensor that is active so long is an alarm: no person stands in the arm."""


@dataclass(frozen=True, slots=True)
class Grant:
    """An admission that waits for its turn. Times are monotonic seconds; `role` is the input that reports it."""

    scan_id: str
    name: str
    role: InputRole
    granted_at: float
    deadline: float


@dataclass(frozen=True, slots=True)
class PassageEvent:
    """The outcome of a grant, or (both None) a turn that belongs to none."""

    cause: PassageCause
    at: float
    grant: Grant | None = None
    outcome: Passage | None = None


@dataclass(slots=True)
class _Pending:
    grant: Grant
    is_released: bool = True
    is_disturbed: bool = False
    """The inputs could not be read for a part of the window."""


@dataclass
class PassageTracker:
    """The grants of one turnstile that are open, and those that ended without a turn lately."""

    _pending: list[_Pending] = field(default_factory=list)
    _missed: list[Grant] = field(default_factory=list)
    _active_since: dict[InputRole, float] = field(default_factory=dict)
    _passed_at: float = float("-inf")
    _misses: int = 0

    @property
    def open_grants(self) -> tuple[Grant, ...]:
        """The grants without an outcome, oldest first."""
        return tuple(each.grant for each in self._pending)

    @property
    def is_doubted(self) -> bool:
        """True if several grants in a row ended without a turn."""
        return self._misses >= DOUBTED_AFTER

    def is_stuck(self, now: float) -> bool:
        """Return True if a sensor of turns has been active for too long."""
        roles = (InputRole.PASSAGE, InputRole.REVERSE)
        return any(now - self._active_since.get(role, now) >= STUCK_AFTER_S for role in roles)

    def arm(self, grant: Grant) -> None:
        """Open a grant, before the turnstile is released."""
        self._pending.append(_Pending(grant))

    def mark_unreleased(self, scan_id: str) -> None:
        """Note that the turnstile was not released: the person is let through by hand."""
        for each in self._pending:
            if each.grant.scan_id == scan_id:
                each.is_released = False

    def forget(self, scan_id: str) -> None:
        """Forget a grant that an operator took back: a turn is not for it any more."""
        self._pending = [each for each in self._pending if each.grant.scan_id != scan_id]
        self._missed = [grant for grant in self._missed if grant.scan_id != scan_id]

    def take(self, edges: Iterable[InputEdge], inputs: InputSnapshot, now: float) -> tuple[PassageEvent, ...]:
        """Take edges (in order) and the time into account; return what is settled."""
        events = [event for edge in edges if (event := self._take_edge(edge)) is not None]
        if not inputs.is_ready:
            self._active_since.clear()
            for each in self._pending:
                each.is_disturbed = each.is_disturbed or now <= each.grant.deadline + SETTLE_DELAY_S
        for each in [each for each in self._pending if now > each.grant.deadline + SETTLE_DELAY_S]:
            self._pending.remove(each)
            events.append(self._expire(each, inputs))
        self._missed = [grant for grant in self._missed if now <= grant.deadline + _late_s(grant)]
        return tuple(events)

    def _take_edge(self, edge: InputEdge) -> PassageEvent | None:
        if not edge.is_active:
            self._active_since.pop(edge.role, None)
            return None
        self._active_since[edge.role] = float("-inf") if edge.is_first else edge.at
        if edge.is_first or edge.role not in (InputRole.PASSAGE, InputRole.REVERSE):
            return None
        return self._turn(edge.role, edge.at)

    def _turn(self, role: InputRole, at: float) -> PassageEvent:
        waiting = [each for each in self._pending if each.grant.role is role and each.grant.granted_at <= at]
        for each in waiting:
            if at <= each.grant.deadline:
                self._pending.remove(each)
                return self._pass(PassageCause.TURN, each.grant, at)
        if waiting:  # after its window, and not settled yet
            self._pending.remove(waiting[-1])
            return self._pass(PassageCause.LATE_TURN, waiting[-1].grant, at)
        for grant in reversed(self._missed):
            if grant.role is role and grant.deadline < at <= grant.deadline + _late_s(grant):
                self._missed.remove(grant)
                return self._pass(PassageCause.LATE_TURN, grant, at)
        if role is InputRole.REVERSE:
            return PassageEvent(PassageCause.REVERSE_TURN, at)
        is_double = 0 <= at - self._passed_at <= DOUBLE_WITHIN_S
        return PassageEvent(PassageCause.DOUBLE_TURN if is_double else PassageCause.UNGRANTED_TURN, at)

    def _pass(self, cause: PassageCause, grant: Grant, at: float) -> PassageEvent:
        self._misses, self._passed_at = 0, at
        return PassageEvent(cause, at, grant, Passage.PASSED)

    def _expire(self, each: _Pending, inputs: InputSnapshot) -> PassageEvent:
        grant = each.grant
        cause, outcome = self._why(each, inputs)
        if outcome is Passage.NO_PASSAGE:
            self._misses += 1
            self._missed.append(grant)
        return PassageEvent(cause, grant.deadline, grant, outcome)

    def _why(self, each: _Pending, inputs: InputSnapshot) -> tuple[PassageCause, Passage]:
        if not each.is_released:
            return PassageCause.RELAY_FAILED, Passage.UNKNOWN
        if each.is_disturbed:
            return PassageCause.SENSOR_LOST, Passage.UNKNOWN
        if self._active_since.get(each.grant.role, float("inf")) <= each.grant.granted_at:
            return PassageCause.SENSOR_STUCK, Passage.UNKNOWN
        if self.is_doubted:
            return PassageCause.SENSOR_SILENT, Passage.UNKNOWN
        is_jammed = InputRole.JAM in inputs.active
        return PassageCause.JAMMED if is_jammed else PassageCause.TIMED_OUT, Passage.NO_PASSAGE


def _late_s(grant: Grant) -> float:
    """Return the time after its window in which a turn may still belong to a grant: another window."""
    return grant.deadline - grant.granted_at
