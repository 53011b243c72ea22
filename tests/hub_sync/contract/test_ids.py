from uuid import UUID

from hub_sync.contract.ids import new_id


def test_ids_are_uuid7_in_order_of_making() -> None:
    ids = [new_id() for _ in range(100)]
    assert {UUID(id_).version for id_ in ids} == {7}
    assert ids == sorted(ids)
