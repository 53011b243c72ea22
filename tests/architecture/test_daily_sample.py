"""What a daily run leaves to another commit or to the thorough run: the lists name what exists, and nothing waits for ever."""

import ast
from pathlib import Path

import pytest

from tests.support import thorough
from tests.support.speedups import daily_sample

LISTS = {
    daily_sample.TESTS / "sampled_daily.txt": daily_sample.TESTS,
    daily_sample.HUB / "sqlite_daily.txt": daily_sample.HUB,
    daily_sample.HUB / "postgresql_daily.txt": daily_sample.HUB,
}


def functions_of(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("listed_in", LISTS, ids=lambda file: file.name)
def test_every_entry_of_a_list_exists(listed_in: Path) -> None:
    for entry in daily_sample.entries(listed_in):
        path, _, function = entry.partition("::")
        file = LISTS[listed_in] / path
        assert file.exists(), entry
        assert not function or function in functions_of(file), entry


@pytest.mark.parametrize("count", [4, 5, 30])
def test_every_case_has_its_turn_once_in_three_commits(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    cases, turns = list(range(count)), list[int]()
    for turn in (739950, 739951, 739952):
        monkeypatch.setattr(daily_sample, "TURN", turn)
        turns += set(cases) - set(daily_sample.without_turn(cases))
    assert sorted(turns) == cases


def test_a_few_cases_are_there_in_each_run() -> None:
    assert daily_sample.without_turn([1, 2, 3]) == []


def test_a_share_comes_round_and_is_whole_in_the_thorough_run(monkeypatch: pytest.MonkeyPatch) -> None:
    items = list(range(20))
    monkeypatch.setattr(thorough, "THOROUGH", False)
    shares = [thorough.daily_share(items, 3, offset) for offset in range(3)]
    assert sorted(number for share in shares for number in share) == items
    monkeypatch.setattr(thorough, "THOROUGH", True)
    assert thorough.daily_share(items, 3) == items
