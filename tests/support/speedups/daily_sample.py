"""Of tests with many dear cases, a daily run has a third: another one with each commit (`tests/sampled_daily.txt`)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.support.thorough import TURN

TESTS = Path(__file__).parents[2]
FEWEST_CASES = 4
"""A test with fewer cases has them all every day."""
PARTS = 3


def left_out(items: Iterable[pytest.Item]) -> set[pytest.Item]:
    """Return the cases that have no turn in this run."""
    functions = defaultdict[str, list[pytest.Item]](list)
    for item in items:
        if "[" in item.name and is_sampled(item.path, item.name.partition("[")[0]):
            functions[item.nodeid.partition("[")[0]].append(item)
    return {case for cases in functions.values() for case in without_turn(cases)}


def without_turn(cases: Sequence[pytest.Item]) -> Iterable[pytest.Item]:
    """Return the cases of one test that wait for another commit."""
    if len(cases) < FEWEST_CASES:
        return []
    return [case for position, case in enumerate(cases) if (position + TURN) % PARTS]


@cache
def is_sampled(file: Path, function: str) -> bool:
    """Return True if the list has the test, its file or a folder of it."""
    if not file.is_relative_to(TESTS):
        return False
    path = file.relative_to(TESTS)
    names = {path.as_posix(), f"{path.as_posix()}::{function}", *(each.as_posix() for each in path.parents)}
    return not names.isdisjoint(sampled_names())


@cache
def sampled_names() -> frozenset[str]:
    """Return the entries of the list: folders, files and functions."""
    lines = (TESTS / "sampled_daily.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
