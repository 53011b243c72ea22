"""Numbers that stand beside entries of the console's navigation."""

from collections.abc import Callable, Mapping

from hub_sync.hub.domains.check_in.conflicts.service import count_attention
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.access import Caller

COUNTERS: Mapping[str, Callable[[Work, FeedKey, Caller], int]] = {
    "open_conflicts": lambda work, key, _caller: count_attention(work, key)
}
