"""A hundred kills of the real hub during an import of 10,000 rows and its undo."""

from pathlib import Path

import pytest

from tests.faults.killed_import import build_killed_import

ROWS, KILLS = 10_000, 100


@pytest.mark.timeout(1800)
def test_ten_thousand_rows_are_imported_once_and_taken_back_though_the_hub_is_killed(tmp_path: Path) -> None:
    operation = build_killed_import(tmp_path, ROWS)
    operation.work_off(seed=7, most_kills=KILLS // 2)
    operation.check_imported(ROWS)
    operation.undo()
    operation.work_off(seed=31, most_kills=KILLS)
    operation.check_taken_back(ROWS)
    assert operation.kills >= KILLS // 4
