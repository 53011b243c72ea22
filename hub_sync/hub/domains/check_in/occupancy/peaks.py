"""The moment at which most people were inside, by the flows."""

from datetime import datetime

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.hub.domains.check_in.occupancy.flows import MINUTE_MS, flow_bounds, read_flows
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey


def read_peak(work: Work, key: FeedKey, inside: int) -> tuple[int, datetime | None]:
    """Return the largest number of people who were inside at once, and the first minute of it; None: nobody came.

    Args:
        work: the transaction.
        key: the event.
        inside: how many are inside now.
    """
    bounds = flow_bounds(work, key)
    if bounds is None:
        return 0, None
    span = read_flows(work, key, "", bounds[0], bounds[1] + 1, inside)
    changes: dict[int, int] = {}
    for row in span.rows:
        changes[row.minute] = changes.get(row.minute, 0) + row.entries - row.exits
    level, peak, peak_minute = span.inside_before, 0, 0
    for minute, change in sorted(changes.items()):
        level += change
        if level > peak:
            peak, peak_minute = level, minute
    return peak, from_epoch_ms(peak_minute * MINUTE_MS) if peak else None
