"""How long somebody still waits, as an honest range: what recent people took, over the counters that are open.

The range is wide where little is known, and there is none without samples or without an open counter. Somebody who is served for
longer than usual counts with the time so far, so that a slow counter makes the range longer and not shorter.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from statistics import fmean, pstdev

LEAST_SAMPLES = 5
"""With fewer people served there is no estimate."""
MOST_SAMPLES = 60
"""The newest that count: an hour of the morning says little about the afternoon."""
TRIMMED = 0.1
"""The part of the samples that is left out at each end: a counter that was forgotten open, a number called by mistake."""
DRIFT = 0.12
"""How far the pace of the next hour may differ from that of the samples: breaks, shifts, another kind of visitor."""
_BY_HAND = (0.6, 0.8, 1.0, 1.2, 1.6)
"""What a queue's own figure stands for: services differ, and more of them take longer."""
_SIGMAS = 1.645
"""Nine of ten."""
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """What is known when somebody asks how long it takes.

    Attributes:
        ahead: the number of people who are called before.
        open_counters: the number of counters that call them, without those on a break.
        idle_counters: how many of these serve nobody just now.
        handling_s: how long recent people took from their call to the end, in seconds, the newest last.
        under_way_s: how long those have taken so far who are called or served just now.
    """

    ahead: int
    open_counters: int
    idle_counters: int
    handling_s: Sequence[float]
    under_way_s: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class WaitRange:
    """A range in which the wait lies nine times of ten, in seconds, in whole minutes, rounded outwards."""

    low_s: int
    high_s: int

    @property
    def minutes(self) -> tuple[int, int]:
        """The range in minutes."""
        return self.low_s // _MINUTE_S, self.high_s // _MINUTE_S

    def misses_by_s(self, waited_s: float) -> float:
        """Return by how many seconds a wait lay outside of the range: negative below it, 0 inside, positive above."""
        if waited_s < self.low_s:
            return waited_s - self.low_s
        return max(0.0, waited_s - self.high_s)


@dataclass(frozen=True, slots=True)
class ServicePace:
    """The pace of a queue: what is worked out once for everybody who waits in it."""

    open_counters: int
    idle_counters: int
    pace_s: float
    spread_s: float
    samples: int

    def wait(self, ahead: int) -> WaitRange:
        """Return the range of the wait until the call with so many people before."""
        to_finish = ahead + 1 - self.idle_counters
        if to_finish <= 0:
            return _in_minutes(0, _MINUTE_S)
        expected = to_finish * self.pace_s / self.open_counters
        chance = self.spread_s * sqrt(to_finish) / self.open_counters
        unsure = to_finish / self.open_counters * self.spread_s / sqrt(self.samples)
        drift = DRIFT * expected
        width = _SIGMAS * sqrt(chance**2 + unsure**2 + drift**2)
        # The first of them is in the middle of being served: how far is not known.
        first = self.pace_s / self.open_counters
        return _in_minutes(max(0.0, expected - first - width), expected + width)


def service_pace(load: QueueLoad) -> ServicePace | None:
    """Return the pace of a queue; None: unknown, because nobody serves or too few people were served. `ahead` does not matter."""
    newest = list(load.handling_s)[-MOST_SAMPLES:]
    if load.open_counters < 1 or len(newest) < LEAST_SAMPLES:
        return None
    trimmed = _trim(newest)
    mean = fmean(trimmed)
    slow = [elapsed for elapsed in load.under_way_s if elapsed > mean]
    return ServicePace(
        load.open_counters,
        load.idle_counters,
        fmean([*trimmed, *slow]),
        pstdev([*newest, *slow]),
        len(newest),
    )


def estimate_wait(load: QueueLoad) -> WaitRange | None:
    """Return the range of the wait until the call; None: unknown, because nobody serves or too few people were served."""
    pace = service_pace(load)
    return None if pace is None else pace.wait(load.ahead)


def samples_or_figure(handling_s: Sequence[float], service_minutes: int) -> Sequence[float]:
    """Return the samples, or what the queue's own figure stands for until enough people were served."""
    if len(handling_s) >= LEAST_SAMPLES:
        return handling_s
    return [part * _MINUTE_S * max(1, service_minutes) for part in _BY_HAND]


def staffed_counters(
    counter_ids: Collection[str], opened: Collection[str], paused: Collection[str]
) -> frozenset[str]:
    """Return the counters that count as open.

    Args:
        counter_ids: the counters that serve a queue.
        opened: those of all counters that somebody has opened, whatever came after it.
        paused: those that are closed or have a break.

    Before any of them was opened, all that were not closed count: the slip of the first visitor says what the figures say. Later, while
    all that were opened pause, none does: nobody knows how long.

    >>> staffed_counters(["1", "2"], opened=["1"], paused=["1"])
    frozenset()
    """
    of_queue = frozenset(counter_ids)
    return (of_queue & frozenset(opened) or of_queue) - frozenset(paused)


def _trim(samples: Sequence[float]) -> list[float]:
    cut = int(len(samples) * TRIMMED)
    ordered = sorted(samples)
    return ordered[cut : len(ordered) - cut] if cut else ordered


def _in_minutes(low_s: float, high_s: float) -> WaitRange:
    low, high = floor(low_s / _MINUTE_S), max(1, ceil(high_s / _MINUTE_S))
    return WaitRange(low * _MINUTE_S, max(high, low + 1) * _MINUTE_S)
