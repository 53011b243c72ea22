"""A hub that is killed while it imports, and while it takes the import back; in full size: `tests/thorough`."""

from pathlib import Path

from tests.faults.killed_import import build_killed_import


def test_each_row_is_there_once_though_the_hub_is_killed(tmp_path: Path) -> None:
    operation = build_killed_import(tmp_path, 400)
    operation.work_off(seed=1, most_kills=2)
    operation.check_imported(400)
    operation.undo()
    operation.work_off(seed=2, most_kills=3)
    operation.check_taken_back(400)
