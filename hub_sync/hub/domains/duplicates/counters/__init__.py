"""The number of pairs that wait for a decision, beside the entry of the console's navigation."""

from collections.abc import Callable, Mapping

from hub_sync.hub.domains.duplicates.candidates import count_open
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

COUNTERS: Mapping[str, Callable[[Work, FeedKey], int]] = {"open_duplicates": count_open}
