"""Of tests with many dear cases, and of tests on both databases, a daily run has a third: another one with each commit.

`tests/sampled_daily.txt` lists the first, `tests/hub_sync/hub/postgresql_daily.txt` which of the second are whole every day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.support.thorough import TURN, Item

TESTS = Path(__file__).parents[2]
HUB = TESTS / "hub_sync" / "hub"
FEWEST_CASES = 4
"""A test with fewer cases has them all every day."""
PARTS = 3


def left_out(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Return the cases that have no turn in this run."""
    functions = defaultdict[str, list[pytest.Item]](list)
    for item in items:
        if "[" in item.name and is_sampled(item.path, item.name.partition("[")[0]):
            functions[item.nodeid.partition("[")[0]].append(item)
    sampled = {case for cases in functions.values() for case in without_turn(cases)}
    return sampled | set(without_turn([twin for twin in twins(items) if twin not in sampled]))


def twins(items: Sequence[pytest.Item]) -> Iterable[pytest.Item]:
    """Yield tests on PostgreSQL whose twin runs on SQLite, but for those that run on both every day."""
    names = {item.nodeid for item in items}
    for item in items:
        twin = item.nodeid.replace("postgresql", "sqlite")
        if twin != item.nodeid and twin in names and item.path.is_relative_to(HUB):
            whole = entries(HUB / "postgresql_daily.txt")
            if not item.get_closest_marker("both_databases") and not is_listed(item.path, HUB, whole):
                yield item


def without_turn(cases: Sequence[Item]) -> list[Item]:
    """Return the cases of one test that wait for another commit."""
    if len(cases) < FEWEST_CASES:
        return []
    return [case for position, case in enumerate(cases) if (position + TURN) % PARTS]


@cache
def is_sampled(file: Path, function: str) -> bool:
    """Return True if the list has the test, its file or a folder of it."""
    sampled = entries(TESTS / "sampled_daily.txt")
    return is_listed(file, TESTS, sampled) or is_listed(Path(f"{file}::{function}"), TESTS, sampled)


@cache
def is_listed(path: Path, root: Path, names: frozenset[str]) -> bool:
    """Return True if a list has a path below its root, or a folder of it."""
    if not path.is_relative_to(root):
        return False
    relative = path.relative_to(root)
    return not names.isdisjoint(each.as_posix() for each in (relative, *relative.parents))


@cache
def entries(file: Path) -> frozenset[str]:
    """Return the entries of a list: folders, files and functions."""
    lines = file.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
