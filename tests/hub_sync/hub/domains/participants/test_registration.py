"""Registering a participant: what it costs."""

from sqlalchemy import event

from hub_sync.hub.domains.participants import service as participants
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
    written = [statement for statement in statements if "participants" in statement]
    assert len(written) == 1, "a column that the INSERT leaves out is read by a statement of its own"
    assert written[0].startswith("INSERT INTO participants")
