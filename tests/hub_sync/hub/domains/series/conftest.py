"""An event with some of everything, and clones of it."""

from dataclasses import dataclass
from typing import Any

import pytest

from hub_sync.hub.domains.series import service
from hub_sync.hub.domains.series.service import CloneOperation, CloneOptions, ClonePlan
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.support.builders.full_event import fill_event

NEXT_YEAR = {"slug": "expo-2027", "name": "Expo 2027", "start_on": "2027-06-09"}


@dataclass
class Cloning:
    """Acts of tests upon clones of the seeded event. `ids` are those of its rows by table."""

    hub: HubContext
    key: FeedKey
    ids: dict[str, list[str]]

    def plan(self, **options: Any) -> ClonePlan:
        """Return a plan."""
        with self.hub.uow.read() as work:
            return service.plan_clone(work, *self.key, self.options(**options))

    def run(self, plan_hash: str | None = None, **options: Any) -> CloneOperation:
        """Make a copy and return the operation."""
        with self.hub.uow.begin("user:mara") as work:
            return service.run_clone(work, *self.key, self.options(**options), plan_hash)

    def undo(self, operation: CloneOperation) -> CloneOperation:
        """Take a copy back."""
        with self.hub.uow.begin("user:mara") as work:
            return service.undo_clone(work, *self.key, operation.id)

    def options(self, **options: Any) -> CloneOptions:
        """Return options: next year's event, unless they say otherwise."""
        return CloneOptions.model_validate(options if "into_event_id" in options else NEXT_YEAR | options)


@pytest.fixture
def cloning(hub: HubContext, seeded: Seeded) -> Cloning:
    """Return the seeded event, filled, with its clones."""
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        return Cloning(hub, key, fill_event(work, key))
