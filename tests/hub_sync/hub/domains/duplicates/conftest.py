"""An event at a hub with Ada, who registered twice, and Bo."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.duplicates.merging.merge import MergeRequest, merge
from hub_sync.hub.domains.duplicates.merging.undo import undo
from hub_sync.hub.domains.duplicates.tables import MergeHistory
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@example.org",
        "extra": {"diet": "none"},
    },
    "ada-2": {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@example.org",
        "phone": "+44 20 7946 0018",
        "group_ref": "Order 7",
        "extra": {"diet": "vegan", "badge": "blue"},
    },
    "bo": {"first_name": "Bo", "last_name": "Berg"},
}


@dataclass
class Duplicates:
    """The event, with what tests do to it."""

    hub: HubContext
    seeded: Seeded
    actor: str = "user:1"
    people: list[str] = field(default_factory=list)

    @property
    def key(self) -> FeedKey:
        return FeedKey(self.seeded.tenant_id, self.seeded.event_id)

    def register(self, id_: str, **values: Any) -> None:
        with self.hub.uow.begin() as work:
            new = participants.NewParticipant(
                **{
                    "id": id_,
                    "status": ParticipantStatus.APPROVED,
                    "registration_code": f"CODE-{id_}",
                    **values,
                }
            )
            participants.create(work, *self.key, new)

    def change(self, id_: str, **values: Any) -> None:
        with self.hub.uow.begin() as work:
            participants.update(work, *self.key, id_, participants.ParticipantChanges(**values))

    def person(self, id_: str) -> participants.Participant:
        with self.hub.uow.read() as work:
            person = work.session.scalar(
                select(participants.Participant).where(
                    participants.Participant.tenant_id == self.key.tenant_id,
                    participants.Participant.id == id_,
                )
            )
            assert person is not None
            work.session.expunge(person)
            return person

    def merge(self, survivor: str, loser: str, **more: Any) -> MergeHistory:
        with self.hub.uow.begin(self.actor) as work:
            merged = merge(work, *self.key, MergeRequest(survivor, loser, **more))
            work.session.flush()
            work.session.expunge(merged)
            return merged

    def undo(self, merge_id: str, **more: Any) -> None:
        with self.hub.uow.begin(self.actor) as work:
            undo(work, self.key, merge_id, **more)

    def inside(self) -> int:
        with self.hub.uow.read() as work:
            return check_in.counts(work, *self.key)[0].current


@pytest.fixture
def duplicates(hub: HubContext, seeded: Seeded) -> Duplicates:
    """Register the people."""
    event = Duplicates(hub, seeded)
    for id_, values in PEOPLE.items():
        event.register(id_, **values)
    return event
