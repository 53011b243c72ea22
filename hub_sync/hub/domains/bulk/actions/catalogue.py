"""The actions of all domains, by name."""

from collections.abc import Mapping
from functools import cache

from hub_sync.hub.domains import parts
from hub_sync.hub.domains.bulk.actions.action import BulkAction


@cache
def all_actions() -> Mapping[str, BulkAction]:
    """Return every action by its name: those of the modules `bulk_actions` of all domains."""
    actions: list[BulkAction] = [action for module in parts("bulk_actions") for action in module.BULK_ACTIONS]
    return {action.name: action for action in actions}


def find_action(name: str) -> BulkAction | None:
    """Return the action of a name; None if no domain has it (any more)."""
    return all_actions().get(name)
