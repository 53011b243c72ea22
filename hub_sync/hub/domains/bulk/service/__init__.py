"""Public functions of bulk operations, for this domain's surfaces and for domains that bring actions of their own.

A domain that makes its items by itself (an import) creates the operation without a selection, and stores the plans:

    operation = bulk.create(work, key, requester, "participant.import", arguments, None, prepared=True)
    hash_ = bulk.store_plans(hub.uow, operation, plans)      # an iterable of lists of ItemPlan, in transactions of their own
    bulk.run(work, key, operation.id, requester, hash_, prepared=True)

Its action `is_prepared`: nobody else can start the operation, and one that was not started is forgotten within hours.
"""

from hub_sync.hub.domains.bulk.actions.action import (
    BulkAction,
    BulkItem,
    ItemOutcome,
    ItemPlan,
    NoArguments,
)
from hub_sync.hub.domains.bulk.actions.catalogue import all_actions, find_action
from hub_sync.hub.domains.bulk.engine.items import note_restored
from hub_sync.hub.domains.bulk.engine.operations import (
    ACTIVE,
    OVER,
    UNDO_DAYS,
    UNSTARTED,
    Requester,
    can_undo,
    cancel,
    check_selection,
    create,
    find_abandoned,
    get,
    get_action,
    of_event,
    pause,
    resume,
    run,
    undo,
)
from hub_sync.hub.domains.bulk.engine.previews import preview, store_plans
from hub_sync.hub.domains.bulk.engine.retention import forget
from hub_sync.hub.domains.bulk.engine.rights import require_rights
from hub_sync.hub.domains.bulk.engine.selection import MOST_ITEMS
from hub_sync.hub.domains.bulk.engine.selection import read_ids as selected_ids
from hub_sync.hub.domains.bulk.schemas import Selection
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation, BulkOperationItem

__all__ = [
    "ACTIVE",
    "MOST_ITEMS",
    "OVER",
    "UNDO_DAYS",
    "UNSTARTED",
    "BulkAction",
    "BulkItem",
    "BulkItemStatus",
    "BulkOperation",
    "BulkOperationItem",
    "ItemOutcome",
    "ItemPlan",
    "NoArguments",
    "Requester",
    "Selection",
    "all_actions",
    "can_undo",
    "cancel",
    "check_selection",
    "create",
    "find_abandoned",
    "find_action",
    "forget",
    "get",
    "get_action",
    "note_restored",
    "of_event",
    "pause",
    "preview",
    "require_rights",
    "resume",
    "run",
    "selected_ids",
    "store_plans",
    "undo",
]
