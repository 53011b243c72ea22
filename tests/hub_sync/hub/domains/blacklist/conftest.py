"""Entries, people and the job that screens them."""

from typing import Any

import pytest

from hub_sync.hub.domains.blacklist import service
from hub_sync.hub.domains.blacklist.jobs import SweepJob
from hub_sync.hub.domains.blacklist.schemas import NewBlacklistEntry
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import foreign, make_caller
from tests.hub_sync.hub.domains.operators.conftest import admin
from tests.hub_sync.hub.station_client import journal, station

__all__ = ["admin", "foreign", "journal", "make_caller", "station"]


class ListKeeper:
    """Adds entries and people at the seeded event, and lets the job run."""

    def __init__(self, hub: HubContext, seeded: Seeded) -> None:
        self.hub, self.seeded = hub, seeded
        self.job = SweepJob(hub)

    def add(self, kind: str, value: str, **more: Any) -> str:
        """Add an entry; return its id."""
        with self.hub.uow.begin("user:ada@example.org") as work:
            new = NewBlacklistEntry.model_validate({"kind": kind, "value": value, **more})
            return service.create(work, self.seeded.tenant_id, new).id

    def remove(self, entry_id: str) -> None:
        """Delete an entry."""
        with self.hub.uow.begin() as work:
            service.remove(work, self.seeded.tenant_id, entry_id)

    def register(self, name: str = "Ada Lovelace", **more: Any) -> str:
        """Register somebody who is approved; return the id."""
        first, _, last = name.partition(" ")
        new = participants.NewParticipant.model_validate(
            {"first_name": first, "last_name": last, "status": "APPROVED", **more}
        )
        with self.hub.uow.begin() as work:
            return participants.create(work, self.seeded.tenant_id, self.seeded.event_id, new).id

    def change(self, participant_id: str, **changes: Any) -> None:
        """Change somebody."""
        with self.hub.uow.begin() as work:
            participants.update(
                work,
                self.seeded.tenant_id,
                self.seeded.event_id,
                participant_id,
                participants.ParticipantChanges.model_validate(changes),
            )

    def standing(self, participant_id: str) -> str:
        """Return somebody's standing."""
        with self.hub.uow.read() as work:
            person = participants.get(work, self.seeded.tenant_id, self.seeded.event_id, participant_id)
            return person.standing

    def hits(self, participant_id: str) -> list[Any]:
        """Return somebody's hits."""
        with self.hub.uow.read() as work:
            query = service.hits_of(self.seeded.tenant_id)
            return [hit for hit in work.session.scalars(query) if hit.participant_id == participant_id]


@pytest.fixture
def keeper(hub: HubContext, seeded: Seeded) -> ListKeeper:
    """Return the keeper of the list."""
    return ListKeeper(hub, seeded)
