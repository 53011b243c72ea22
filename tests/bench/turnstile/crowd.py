"""The visits of the hour: person, gate, time and behaviour. Drawn from a seed; times are seconds of the hour, before it is accelerated."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

HOUR_S = 3600.0
GATES = ("Gate 1", "Gate 2", "Gate 3")
EXIT = "Exit"
ALL_GATES = (*GATES, EXIT)
JAMMED_GATE, UNPLUGGED_GATE = GATES[0], GATES[1]
CANCELLED, SECOND_TRIES, WALK_AWAYS, LEAVING = 0.02, 0.01, 0.01, 0.2
BY_CAMERA = 0.3
OUTAGES = ((0.22, 0.34), (0.6, 0.72))
"""When the hub is away, as shares of the hour."""
_LAST_ARRIVAL_S, _SECOND_AFTER_S = 3_300.0, (90.0, 420.0)


class VisitKind(StrEnum):
    """The kinds of visits at the turnstile. The last three are the gate's own: they happen around the visits of its plan."""

    ENTRY = "entry"
    SECOND_TRY = "second_try"
    EXIT = "exit"
    WALK_AWAY = "walk_away"
    """The ticket is shown, and nobody goes through."""
    JAMMED = "jammed"
    SENSOR_STUCK = "sensor_stuck"
    UNPLUGGED = "unplugged"


@dataclass(frozen=True, slots=True)
class Visit:
    """One ticket that is shown at a gate."""

    at_s: float
    gate: str
    person: str
    kind: VisitKind = VisitKind.ENTRY
    by_camera: bool = False


@dataclass(frozen=True, slots=True)
class Crowd:
    """The visits in their order, and who is cancelled when (0: before the doors open)."""

    visits: tuple[Visit, ...]
    cancelled: dict[str, float]

    def of(self, gate: str) -> tuple[Visit, ...]:
        """Return the visits of one gate."""
        return tuple(visit for visit in self.visits if visit.gate == gate)

    @property
    def second_tries(self) -> frozenset[str]:
        """The people who show their ticket twice."""
        return frozenset(visit.person for visit in self.visits if visit.kind is VisitKind.SECOND_TRY)


def draw_crowd(people: Sequence[str], seed: int, gates: Sequence[str] = GATES) -> Crowd:
    """Return the hour of these people at these entries: at least one of every kind, however few they are."""
    rng = random.Random(seed)
    shuffled = list(people)
    rng.shuffle(shuffled)
    counts = [max(1, round(share * len(people))) for share in (CANCELLED, SECOND_TRIES, WALK_AWAYS, LEAVING)]
    groups, start = [], 0
    for count in counts:
        groups.append(frozenset(shuffled[start : start + count]))
        start += count
    cancelled, twice, walking, leaving = groups
    visits: list[Visit] = []
    cancelled_at: dict[str, float] = {}
    for number, person in enumerate(shuffled):
        at_s, gate = rng.triangular(0, _LAST_ARRIVAL_S, HOUR_S * 0.4), rng.choice(gates)
        if person in cancelled:
            cancelled_at[person] = 0.0 if number % 2 else max(0.0, at_s - rng.uniform(60, 900))
        kind = VisitKind.WALK_AWAY if person in walking else VisitKind.ENTRY
        visits.append(Visit(at_s, gate, person, kind, rng.random() < BY_CAMERA))
        if person in twice:
            other = rng.choice([each for each in gates if each != gate] or [gate]) if number % 3 else gate
            again_s = at_s + rng.uniform(*_SECOND_AFTER_S)
            visits.append(Visit(again_s, other, person, VisitKind.SECOND_TRY, rng.random() < BY_CAMERA))
        if person in leaving:
            visits.append(Visit(min(at_s + rng.uniform(600, 1_800), HOUR_S), EXIT, person, VisitKind.EXIT))
    return Crowd(tuple(sorted(visits, key=lambda visit: visit.at_s)), cancelled_at)
