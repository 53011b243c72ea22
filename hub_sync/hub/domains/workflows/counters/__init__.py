"""The number of one's own open tasks in all events, beside the entry of the console's navigation."""

from collections.abc import Callable, Mapping

from hub_sync.hub.domains.workflows.tasks.deciders import count_inbox, decider_of
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.access import Caller, CallerKind

MOST_COUNTED = 1_000
"""Every page counts them; whoever has more reads this number."""


def count_own_tasks(work: Work, key: FeedKey, caller: Caller) -> int:
    """Return how many open tasks are the caller's."""
    if caller.kind is not CallerKind.USER:
        return 0
    return count_inbox(work, key.tenant_id, decider_of(work, caller), MOST_COUNTED)


COUNTERS: Mapping[str, Callable[[Work, FeedKey, Caller], int]] = {"own_tasks": count_own_tasks}
