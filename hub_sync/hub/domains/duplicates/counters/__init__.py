"""The number of pairs that wait for a decision, beside the entry of the console's navigation."""

from collections.abc import Callable, Mapping

from hub_sync.hub.domains.duplicates.candidates import count_open
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.access import Caller

COUNTERS: Mapping[str, Callable[[Work, FeedKey, Caller], int]] = {
    "open_duplicates": lambda work, key, _caller: count_open(work, key)
}
