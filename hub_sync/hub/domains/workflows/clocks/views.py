"""Deadlines as pages show them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from hub_sync.hub.domains.workflows.calendars.business_time import PeriodKind
from hub_sync.hub.domains.workflows.clocks.reckoning import MINUTE, ClockSum
from hub_sync.hub.kit.i18n import N_

PERIOD_KINDS: dict[str, str] = {
    PeriodKind.OPEN: N_("Open"),
    PeriodKind.CLOSED: N_("Closed"),
    PeriodKind.HOLIDAY: N_("Holiday"),
    PeriodKind.PAUSED: N_("Paused"),
}


class PeriodView(NamedTuple):
    """A line of a clock's sum. `minutes`: whole ones that count."""

    kind: str
    start: datetime
    end: datetime
    name: str
    minutes: int


class ClockSumView(NamedTuple):
    """The sum of a clock in whole minutes: those of its lines add up to `minutes`."""

    lines: Sequence[PeriodView]
    minutes: int


def sum_view(total: ClockSum) -> ClockSumView:
    """Return a clock's sum for a page. What is left of a minute goes to the line in which the minute is full."""
    lines, counted = [], timedelta(0)
    for period in total.periods:
        before, counted = counted, counted + period.counted
        minutes = counted // MINUTE - before // MINUTE
        lines.append(PeriodView(period.kind.value, period.start, period.end, period.name, minutes))
    return ClockSumView(lines, total.elapsed // MINUTE)
