"""Many rows of one table by one statement, on both databases."""

from typing import Any

from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import NewParticipant, Participant
from hub_sync.hub.kit.db.bulk import update_many
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.text_normalization import normalize_name
from tests.hub_sync.hub.conftest import Seeded

_TABLE = Participant.metadata.tables[Participant.__tablename__]


def test_rows_are_updated_by_their_ids_and_no_others(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    new = [NewParticipant(first_name=name, extra={"number": 2**70}) for name in ("Ada", "Bo", "Cy")]
    with hub.uow.begin() as work:
        ids = participants.create_many(work, *key, new)
        rows: list[dict[str, Any]] = [
            {"id": ids[0], "email": "a'%s@example.org", "extra": {"a": [1, None]}},
            {"id": ids[2], "email": None, "extra": {}},
        ]
        update_many(work.session, _TABLE, rows, {"tenant_id": key[0], "category": "VIP"})
    with hub.uow.read() as work:
        people = [participants.get(work, *key, id_) for id_ in ids]
        assert [(person.email, person.category, person.extra) for person in people] == [
            ("a'%s@example.org", "VIP", {"a": [1, None]}),
            (None, "", {"number": 2**70}),
            (None, "VIP", {}),
        ]
        assert people[0].searched == normalize_name(f"Ada {people[0].registration_code}")
