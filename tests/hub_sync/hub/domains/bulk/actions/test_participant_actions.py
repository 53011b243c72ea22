"""Each action does what the page of one participant does, and is taken back byte for byte."""

from collections.abc import Mapping
from typing import Any

import pytest

from hub_sync.contract.enums import BulkOperationStatus, ParticipantStatus
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.bulk.errors import BulkActionUnknown, BulkArgumentsInvalid
from hub_sync.hub.domains.bulk.tables import BulkItemStatus
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.row_snapshots import snapshot
from tests.hub_sync.hub.domains.bulk.conftest import ALL, HUB, BulkHub, ids

S, Item = BulkOperationStatus, BulkItemStatus
UNDOABLE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("participant.status", {"status": "CANCELLED"}, {"status": "CANCELLED"}),
    ("participant.category", {"category": "Press"}, {"category": "Press"}),
    ("participant.group", {"group_ref": ""}, {"group_ref": ""}),
    ("participant.delete", {}, {"standing": "deleted"}),
]


@pytest.mark.parametrize(("action", "arguments", "becomes"), UNDOABLE, ids=lambda value: str(value)[:20])
def test_an_action_is_done_and_taken_back_byte_for_byte(
    bulk_hub: BulkHub, action: str, arguments: Mapping[str, Any], becomes: Mapping[str, Any]
) -> None:
    people = ("ada", "bob")
    bulk_hub.register(*people, status=ParticipantStatus.APPROVED, category="Speaker", group_ref="4711")
    before = {id_: snapshot(bulk_hub.person(id_)) for id_ in people}
    operation_id = bulk_hub.preview(ALL, action, arguments)
    assert bulk_hub.run(operation_id).status is S.COMPLETED
    for id_ in people:
        assert becomes.items() <= snapshot(bulk_hub.person(id_)).items()
    assert bulk_hub.undo(operation_id).status is S.UNDONE
    for id_ in people:
        assert snapshot(bulk_hub.person(id_)) == before[id_] | {"version": 3}


def test_who_is_so_already_is_skipped_with_the_reason(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada")
    bulk_hub.register("bob", category="Press")
    operation_id = bulk_hub.preview(
        ids("ada", "bob", "nobody"), "participant.category", {"category": "Press"}
    )
    items = bulk_hub.items(operation_id)
    assert {id_: (item.status, item.reason) for id_, item in items.items()} == {
        "ada": (Item.PENDING, None),
        "bob": (Item.SKIPPED, "BulkAlreadySo"),
        "nobody": (Item.REFUSED, "BulkTargetGone"),
    }


def test_deleted_participants_are_brought_back(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada", "bob")
    with bulk_hub.hub.uow.begin() as work:
        participants.delete(work, *bulk_hub.key, "ada")
    operation_id = bulk_hub.preview(ids("ada", "bob"), "participant.restore", {})
    bulk_hub.run(operation_id)
    assert bulk_hub.statuses(operation_id) == {"ada": Item.DONE, "bob": Item.REFUSED}
    person = bulk_hub.person("ada")
    assert (person.deleted_at, person.standing) == (None, "")
    bulk_hub.undo(operation_id)
    assert bulk_hub.person("ada").deleted_at is not None


def test_tickets_are_replaced_for_those_who_get_one(bulk_hub: BulkHub) -> None:
    bulk_hub.register("ada", status=ParticipantStatus.APPROVED)
    bulk_hub.register("bob", status=ParticipantStatus.CANCELLED)
    operation = bulk_hub.run(bulk_hub.preview(ALL, "participant.reissue", {}))
    assert (operation.status, operation.succeeded, operation.failed) == (S.COMPLETED_WITH_ERRORS, 1, 1)
    assert bulk_hub.person("ada").tickets_valid_from is not None
    assert bulk_hub.person("bob").tickets_valid_from is None
    assert not bulk.can_undo(operation)


def test_an_unknown_action_and_wrong_arguments_are_refused_with_a_sentence(bulk_hub: BulkHub) -> None:
    with bulk_hub.hub.uow.begin() as work:
        with pytest.raises(BulkActionUnknown) as unknown:
            bulk.create(work, bulk_hub.key, HUB, "participant.import", {"import_id": "invented"}, ALL)
        assert "participant.import" not in unknown.value.parameters["allowed"]  # type: ignore[operator]
        with pytest.raises(BulkActionUnknown, match=r"participant\.status"):
            bulk.create(work, bulk_hub.key, HUB, "participant.eat", {}, ALL)
        with pytest.raises(BulkArgumentsInvalid, match="status"):
            bulk.create(work, bulk_hub.key, HUB, "participant.status", {"status": "HAPPY"}, ALL)
