"""Registering a participant: what it costs."""

import pytest
from sqlalchemy import event

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


def test_a_new_participant_is_not_read_back(hub: HubContext, seeded: Seeded) -> None:
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(hub.uow.database.engine, "before_cursor_execute", note)
    with hub.uow.begin() as work:
        participants.create(work, seeded.tenant_id, seeded.event_id, participants.NewParticipant())
    event.remove(hub.uow.database.engine, "before_cursor_execute", note)
    statements = [each for each in statements if not each.startswith("BEGIN")]
    assert len(statements) == 6, "feed (and event), blacklist, waitlist, row, audit entry, domain event"
    written = [statement for statement in statements if "participants" in statement]
    assert len(written) == 1, "a column that the INSERT leaves out is read by a statement of its own"
    assert written[0].startswith("INSERT INTO participants")


@pytest.mark.parametrize("is_locked", [False, True])
def test_nobody_is_registered_for_a_deleted_event(hub: HubContext, seeded: Seeded, is_locked: bool) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        events.get(work, *key).deleted_at = work.now()
    with hub.uow.begin() as work:
        if is_locked:
            change_feed.lock(work.session, key)
        with pytest.raises(events.EventNotFound):
            participants.create(work, *key, participants.NewParticipant())
