"""A hundred kills of the real hub during a bulk operation upon 10,000 people and its undo."""

from pathlib import Path

import pytest

from tests.faults.killed_bulk import build_killed_bulk

PEOPLE, KILLS = 10_000, 100


@pytest.mark.timeout(1800)
def test_ten_thousand_are_approved_once_and_taken_back_byte_for_byte_though_the_hub_is_killed(
    tmp_path: Path,
) -> None:
    operation = build_killed_bulk(tmp_path, PEOPLE)
    operation.work_off(seed=13, most_kills=KILLS // 2)
    operation.check_done()
    operation.undo()
    operation.work_off(seed=88, most_kills=KILLS)
    operation.check_undone()
    assert operation.kills >= KILLS // 2
