"""A sentence of the specification with the tests that hold it, each named as `file::function`."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parents[2]
_SKIPS = {"skip", "skipif"}
_OF_A_MACHINE = {"rule", "invariant"}


class Sentence(NamedTuple):
    """A sentence, and its tests at the station (with its devices) and at the hub.

    `without` says why a side has none: only that side knows of such a thing, or the product has no such part yet.
    """

    text: str
    station: tuple[str, ...] = ()
    hub: tuple[str, ...] = ()
    without: str = ""

    @property
    def names(self) -> Iterator[str]:
        """The tests of both sides."""
        yield from (*self.station, *self.hub)


@cache
def tests_in(file: str) -> frozenset[str]:
    """Return the tests of a file under `tests`, and the rules and invariants of its state machine. A skipped test is none."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return frozenset(node.name for node in functions if _runs(node))


def exists(name: str) -> bool:
    """Return True if there is a test `file::function`."""
    file, _, function = name.partition("::")
    return (TESTS / file).exists() and function in tests_in(file)


def elsewhere(name: str) -> list[str]:
    """Return the files that have the test of a name now: it was moved."""
    function = name.partition("::")[2]
    files = (file.relative_to(TESTS).as_posix() for file in TESTS.rglob("test_*.py"))
    return [file for file in files if function in tests_in(file)]


def _runs(function: ast.FunctionDef) -> bool:
    decorators = {_name_of(decorator) for decorator in function.decorator_list}
    if decorators & _SKIPS:
        return False
    return function.name.startswith("test_") or bool(decorators & _OF_A_MACHINE)


def _name_of(decorator: ast.expr) -> str:
    """Return the last part of a decorator's name: `skipif` of `@pytest.mark.skipif(...)`."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (
        target.attr
        if isinstance(target, ast.Attribute)
        else target.id
        if isinstance(target, ast.Name)
        else ""
    )
