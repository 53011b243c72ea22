"""The base of the actions of bulk operations.

A domain lists its actions as `BULK_ACTIONS` in its module `bulk_actions`; the engine finds them there. An action calls the
service functions of the single act, so that rules, audit log and domain events are the same.

The engine gives an action items of one operation, several to a savepoint. An action raises a `HubError` for an item that
can't be done: the savepoint is rolled back, and nothing of that item stays. `NotFound` and `PreconditionFailed` make the
item a conflict, any other one a failure; what is no `HubError` is a defect, and is logged.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict

from hub_sync.contract.enums import BulkOperationType
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission

ArgumentsModel = type[BaseModel]


class NoArguments(BaseModel):
    """The arguments of an action that takes none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemPlan(NamedTuple):
    """Describes the effect upon one item.

    Attributes:
        target_id: the thing; None: the item creates it.
        target_version: its version; another one when it is the item's turn is a conflict.
        before: what changes, as it is; what `undo` needs.
        after: what changes, as it would be.
        status: PENDING: it is done; SKIPPED: there is nothing to do; REFUSED: it can't be done.
        reason: why it is not done.
    """

    target_id: str | None
    target_version: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    status: BulkItemStatus = BulkItemStatus.PENDING
    reason: HubError | None = None


class BulkItem(NamedTuple):
    """An item of an operation, as an action works on it."""

    id: str
    position: int
    target_id: str | None
    target_version: int | None
    result_version: int | None
    before: dict[str, Any]
    after: dict[str, Any]


class ItemOutcome(NamedTuple):
    """Describes the result of one item.

    Attributes:
        result_version: the version that the thing has now.
        status: DONE or SKIPPED; FAILED of one of many that are done together; of an undo UNDONE.
        target_id: the thing that was created; None: it is that of the item.
        before: to store in place of what the preview stored; None: that stays.
        reason: why it was skipped, or why it failed.
        restores: of an undo: True if the thing is again as it was before the item, so that an earlier operation can be undone.
    """

    result_version: int | None = None
    status: BulkItemStatus = BulkItemStatus.DONE
    target_id: str | None = None
    before: Mapping[str, Any] | None = None
    reason: HubError | None = None
    restores: bool = True


class BulkAction:
    """One kind of act upon many things."""

    type: ClassVar[BulkOperationType]
    name: ClassVar[str]
    """`participant.status`: unique, and stored with every operation."""
    label: ClassVar[str]
    """What it does, marked with `N_`."""
    permissions: ClassVar[tuple[Permission, ...]]
    """Those of the single act: all are needed, beside that of bulk operations."""
    flag: ClassVar[FeatureFlag | None] = None
    """The feature that it belongs to; the console offers it only where that is on."""
    arguments: ClassVar[ArgumentsModel] = NoArguments
    fields: ClassVar[Mapping[str, str]] = {}
    """The labels of what its items change, where that is no field of a participant."""
    values: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """The words of values of such a field."""
    is_undoable: ClassVar[bool] = True
    is_prepared: ClassVar[bool] = False
    """True: another domain makes the items, and it alone starts the operation, in one transaction with its own mark of it."""
    at_once: ClassVar[int] = 25
    """The items that share a savepoint; if one of them fails, each gets its own."""

    def form_choices(self, work: Work, key: FeedKey) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return what the console offers for arguments of which one is chosen: values and names, by argument.

        An action of which nothing can be chosen is not offered.
        """
        del work, key
        return {}

    def preview(self, work: Work, operation: BulkOperation, ids: Sequence[str]) -> list[ItemPlan]:
        """Return what would happen to things with these ids, in their order; writes nothing."""
        raise NotImplementedError

    def lock(self, work: Work, operation: BulkOperation, items: Sequence[BulkItem]) -> None:
        """Lock what the items are about, before any of them is done: two transactions must not wait for each other."""

    def apply(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Do one item.

        Raises:
            HubError: it can't be done.
        """
        raise NotImplementedError

    def apply_many(
        self, work: Work, operation: BulkOperation, items: Sequence[BulkItem]
    ) -> Sequence[ItemOutcome]:
        """Do several items, in their order; if one raises, the engine does each alone.

        Raises:
            HubError: one of them can't be done.
        """
        return [self.apply(work, operation, item) for item in items]

    def undo(self, work: Work, operation: BulkOperation, item: BulkItem) -> ItemOutcome:
        """Take one item back that was done; the outcome is UNDONE with the version that the thing has now.

        Raises:
            HubError: it can't be taken back, for it was changed since.
        """
        raise NotImplementedError

    def finish(self, work: Work, operation: BulkOperation) -> None:
        """Do what is to be done once, when all items are through; in the transaction that ends the operation."""
