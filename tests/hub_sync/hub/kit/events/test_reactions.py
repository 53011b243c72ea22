"""Reactions to domain events, in the transaction that emits them."""

from typing import Any

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.participants.manifest import ParticipantCancelled, ParticipantDeleted
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events import domain_events, reactions
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_a_reaction_is_called_once_for_each_event_in_the_order_of_its_domain_and_rolls_back_with_it(
    hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    calls: list[tuple[str, FeedKey, list[str]]] = []

    def note(name: str) -> reactions.Reaction:
        def react(_work: Work, key: FeedKey, events: list[Any]) -> None:
            calls.append((name, key, [event.entity_id for event in events]))
            if name == "deleted" and "ben" in calls[-1][2]:
                raise ValueError("not this")

        return react

    hook = reactions.before_commit([{ParticipantDeleted: note("deleted"), ParticipantCancelled: note("x")}])
    uow = UnitOfWork(hub.uow.database, clock, new_id, before_commit=hook)

    def deleted(id_: str, event_id: str) -> ParticipantDeleted:
        return ParticipantDeleted(entity_id=id_, event_id=event_id)

    with uow.begin() as work:
        domain_events.emit(work, seeded.tenant_id, deleted("ada", "one"), deleted("cleo", "two"))
        domain_events.emit(work, seeded.tenant_id, deleted("dora", "one"))
    assert calls == [
        ("deleted", FeedKey(seeded.tenant_id, "one"), ["ada", "dora"]),
        ("deleted", FeedKey(seeded.tenant_id, "two"), ["cleo"]),
    ]
    with pytest.raises(ValueError, match="not this"), uow.begin() as work:
        domain_events.emit(work, seeded.tenant_id, deleted("ben", "one"))
    with hub.uow.read() as work:
        stored = work.session.query(domain_events.StoredDomainEvent).filter_by(type="ParticipantDeleted")
        assert {row.entity_id for row in stored} == {"ada", "cleo", "dora"}
