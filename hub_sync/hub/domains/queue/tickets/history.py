"""All that was done with a ticket, in the order that counts."""

from dataclasses import dataclass

from hub_sync.contract.queue import QueueAction
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.queue.ticket_state import action_order, fold_ticket


@dataclass(frozen=True, slots=True)
class PastAction:
    """An action; `is_ignored`: it could not follow what was done before, and changed nothing."""

    action: QueueAction
    is_ignored: bool


def history_of(work: Work, key: FeedKey, ticket_id: str) -> list[PastAction]:
    """Return the actions of a ticket in their order."""
    actions = queries.actions_of(work, key, [ticket_id])[ticket_id]
    ignored = set(fold_ticket(actions).ignored)
    return [PastAction(each, each.id in ignored) for each in sorted(actions, key=action_order)]
