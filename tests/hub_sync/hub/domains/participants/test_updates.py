"""Updates of participants: versions and domain events."""

import pytest
from sqlalchemy import text

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantChanged
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

New = participants.NewParticipant


def stored_types(hub: HubContext, entity_id: str) -> list[str]:
    with hub.uow.read() as work:
        query = text("SELECT type FROM domain_events WHERE entity_id = :id ORDER BY id")
        return list(work.session.execute(query, {"id": entity_id}).scalars())


def test_a_status_change_counts_as_a_version_and_is_emitted_once(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        participant = participants.create(work, *key, New())
        participants.update_status(work, *key, participant.id, ParticipantStatus.APPROVED, if_version=1)
        participants.update_status(work, *key, participant.id, ParticipantStatus.APPROVED)
        with pytest.raises(ParticipantChanged):
            participants.update_status(work, *key, participant.id, ParticipantStatus.CANCELLED, if_version=1)
    assert participant.version == 2
    assert stored_types(hub, participant.id) == [
        "ParticipantRegistered",
        "ParticipantApproved",
        "ParticipantStatusChanged",
    ]
