"""The instants of a clock, reckoned from its start, its target, its calendar and its pauses. Nothing here reads the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.hub.domains.workflows.calendars.business_time import (
    Calendar,
    ClockPeriod,
    due,
    elapsed,
    explain,
)
from hub_sync.hub.domains.workflows.definition.model import OnTimeout
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.rules.times.opening_hours import Window

OPEN_STATES = (ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED)
MINUTE = timedelta(minutes=1)
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class ClockSum:
    """The time of a clock that has counted, and why: what the periods count adds up to `elapsed` exactly."""

    elapsed: timedelta
    target: timedelta
    periods: Sequence[ClockPeriod]

    @property
    def remaining(self) -> timedelta:
        """The time that is left; below zero: it is late by so much business time."""
        return self.target - self.elapsed


def whole_ms(at: datetime) -> datetime:
    """Return an instant in whole milliseconds, as clocks count: sums that people read add up without a rest."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def pause_of(at: datetime, actor: str, reason: str) -> dict[str, Any]:
    """Return a pause that begins, as clocks store it."""
    return {"start": epoch_ms(at), "end": None, "actor": actor, "reason": reason}


def end_pause(clock: SlaClock, at: datetime) -> None:
    """End the pause of a clock, if it is paused."""
    if clock.pauses and clock.pauses[-1]["end"] is None:
        clock.pauses = [*clock.pauses[:-1], {**clock.pauses[-1], "end": epoch_ms(at)}]


def undo_end_of_pause(clock: SlaClock, at: datetime) -> bool:
    """Let the pause of a clock go on that ended at an instant; return False if none did."""
    if not clock.pauses or clock.pauses[-1]["end"] != epoch_ms(at):
        return False
    clock.pauses = [*clock.pauses[:-1], {**clock.pauses[-1], "end": None}]
    return True


def reckon(clock: SlaClock, calendar: Calendar | None) -> None:
    """Set the instants of a clock by its target, its calendar and the pauses that have ended."""
    target = clock.target_minutes * MINUTE
    targets = [target * clock.warn_percent / _WHOLE] if clock.warn_percent else []
    ended = [pause for pause in clock.pauses if pause["end"] is not None]
    *warn_at, clock.due_at = due(
        clock.started_at, [*targets, target], calendar, windows(ended, clock.started_at)
    )
    clock.warn_at = warn_at[0] if warn_at else None
    clock.next_at = next_at(clock)


def next_at(clock: SlaClock) -> datetime | None:
    """Return when the sweep has to look at a clock again; None: never."""
    if clock.state is ClockState.RUNNING:
        warns = clock.warn_at is not None and clock.warned_at is None and clock.breached_at is None
        return clock.warn_at if warns else clock.due_at
    if clock.state is ClockState.BREACHED and awaits_timeout(clock):
        return clock.breached_at
    return None


def awaits_timeout(clock: SlaClock) -> bool:
    """Return True if what happens on a time-out has not been carried out."""
    return clock.on_timeout is not OnTimeout.NONE and clock.timed_out_at is None


def sum_of(clock: SlaClock, calendar: Calendar | None, now: datetime) -> ClockSum:
    """Return the sum of a clock, until its end or until now."""
    end = clock.ended_at or whole_ms(now)
    pauses = list(windows(clock.pauses, end))
    return ClockSum(
        elapsed(clock.started_at, end, calendar, pauses),
        clock.target_minutes * MINUTE,
        explain(clock.started_at, end, calendar, pauses),
    )


def windows(pauses: Sequence[dict[str, Any]], until: datetime) -> Iterator[Window]:
    """Yield stored pauses; one that has not ended lasts until `until`."""
    for pause in pauses:
        end = until if pause["end"] is None else from_epoch_ms(pause["end"])
        yield Window(from_epoch_ms(pause["start"]), end)
