"""People of the seeded event, and operations upon them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.enums import BulkOperationStatus, ParticipantStatus
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.engine.runner import OperationRunner
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.bulk.tables import BulkItemStatus, BulkOperation, BulkOperationItem
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import foreign, make_caller

__all__ = ["foreign", "make_caller"]

HUB = bulk.Requester("cli")


@dataclass
class BulkHub:
    """Operations upon the people of an event, and a runner that does them here."""

    hub: HubContext
    key: FeedKey
    runner: OperationRunner = field(init=False)

    def __post_init__(self) -> None:
        self.runner = OperationRunner(self.hub.uow)

    def register(self, *ids: str, status: ParticipantStatus = ParticipantStatus.PENDING, **more: Any) -> None:
        """Register participants with these ids."""
        new = [
            participants.NewParticipant(id=id_, first_name=id_.title(), status=status, **more) for id_ in ids
        ]
        with self.hub.uow.begin() as work:
            participants.create_many(work, *self.key, new)

    def preview(
        self,
        selection: bulk.Selection,
        action: str = "participant.status",
        arguments: Mapping[str, Any] | None = None,
        *,
        requester: bulk.Requester = HUB,
        dry_run: bool = False,
    ) -> str:
        """Create an operation, by default one that approves, and preview it; return its id."""
        values = {"status": "APPROVED"} if arguments is None else arguments
        with self.hub.uow.begin(actor=requester.actor) as work:
            operation = bulk.create(work, self.key, requester, action, values, selection, dry_run=dry_run)
        bulk.preview(self.hub.uow, self.key, operation.id)
        return operation.id

    def start(self, operation_id: str, requester: bulk.Requester = HUB) -> None:
        """Start what was previewed."""
        with self.hub.uow.begin(actor=requester.actor) as work:
            hash_ = bulk.get(work, self.key, operation_id).selection_hash or ""
            bulk.run(work, self.key, operation_id, requester, hash_)

    def work_off(self, most: int = 1_000) -> None:
        """Do parts of what runs until nothing does."""
        for _ in range(most):
            keys = self.runner.find_active()
            if not keys:
                return
            for key in keys:
                self.runner.run_part(key)

    def run(self, operation_id: str) -> BulkOperation:
        """Start what was previewed, and do all of it."""
        self.start(operation_id)
        self.work_off()
        return self.get(operation_id)

    def undo(self, operation_id: str) -> BulkOperation:
        """Take an operation back, all of it."""
        with self.hub.uow.begin() as work:
            bulk.undo(work, self.key, operation_id, HUB)
        self.work_off()
        return self.get(operation_id)

    def get(self, operation_id: str) -> BulkOperation:
        """Return the operation as it is now."""
        with self.hub.uow.read() as work:
            return bulk.get(work, self.key, operation_id)

    def items(self, operation_id: str) -> dict[str, BulkOperationItem]:
        """Return the items by target."""
        query = select(BulkOperationItem).where(BulkOperationItem.operation_id == operation_id)
        with self.hub.uow.read() as work:
            rows = work.session.scalars(query.order_by(BulkOperationItem.position)).all()
        return {str(row.target_id): row for row in rows}

    def statuses(self, operation_id: str) -> dict[str, BulkItemStatus]:
        """Return the status of each item by its target."""
        return {target: item.status for target, item in self.items(operation_id).items()}

    def person(self, id_: str) -> Participant:
        """Return a participant, a deleted one, too."""
        with self.hub.uow.read() as work:
            person = work.session.get(Participant, (self.key.tenant_id, id_))
        assert person is not None
        return person

    def set_status(self, id_: str, status: ParticipantStatus) -> None:
        """Change one participant, as somebody else would meanwhile."""
        with self.hub.uow.begin(actor="user:else") as work:
            participants.update_status(work, *self.key, id_, status)


@pytest.fixture
def bulk_hub(hub: HubContext, seeded: Seeded) -> BulkHub:
    """Return the seeded event's hub with bulk operations switched on."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_BULK_OPERATIONS, enabled=True)
    return BulkHub(hub, FeedKey(seeded.tenant_id, seeded.event_id))


def ids(*chosen: str) -> bulk.Selection:
    """Return the selection of some ids."""
    return bulk.Selection(ids=chosen)


ALL = bulk.Selection(all=True)
COMPLETED = BulkOperationStatus.COMPLETED
