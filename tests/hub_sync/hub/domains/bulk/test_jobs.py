"""The background job of bulk operations in a served hub."""

from pathlib import Path

from tests.faults.killed_bulk import build_killed_bulk


def test_an_operation_whose_hub_is_killed_does_everybody_once_and_is_undone_byte_for_byte(
    tmp_path: Path,
) -> None:
    operation = build_killed_bulk(tmp_path, people=150)
    operation.work_off(seed=1, most_kills=1)
    operation.check_done()
    operation.undo()
    operation.work_off(seed=2, most_kills=2)
    operation.check_undone()
    assert operation.kills >= 1
