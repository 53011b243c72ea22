"""The commands' help comes without the hub, and what they import lazily is there when they run."""

import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest

from hub_sync.hub.commands import COMMANDS
from hub_sync.hub.commands.cli import Commands
from hub_sync.hub.commands.lazy_imports import LazyModule, lazy_imports

HEAVY = ("alembic", "fastapi", "jinja2", "redis", "uvicorn", "hub_sync.hub.app", "hub_sync.hub.domains")
IMPORTS_THE_HUB = "participant"
"""Its options are enums of a domain."""

LIST_HEAVY_MODULES = f"""
import sys
from contextlib import suppress
from hub_sync.hub.commands.cli import Commands, app
for name in ("", {", ".join(repr(name) for name in COMMANDS if name != IMPORTS_THE_HUB)}):
    with suppress(SystemExit):
        app([name, "--help"] if name else ["--help"])
    print(name or "the list", [heavy for heavy in {HEAVY} if heavy in sys.modules], file=sys.stderr)
"""


def module_of(name: str) -> ModuleType:
    return import_module(f"hub_sync.hub.commands.{COMMANDS[name].place.partition(':')[0]}")


def test_help_imports_neither_web_server_nor_database() -> None:
    program = subprocess.run(
        [sys.executable, "-c", LIST_HEAVY_MODULES], capture_output=True, text=True, check=True
    )
    lines = program.stderr.splitlines()
    assert len(lines) == len(COMMANDS)
    assert [line for line in lines if not line.endswith(" []")] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_module_that_a_command_imports_lazily_exists(name: str) -> None:
    for module in (module_of(name), import_module("hub_sync.hub.commands.common")):
        for value in vars(module).values():
            if isinstance(value, LazyModule):
                import_module(value.__name__)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_itself(name: str) -> None:
    command = Commands().get_command(None, name)
    first_paragraph = command.help.split("\n\n")[0]
    assert first_paragraph.replace("\n", " ") == COMMANDS[name].summary


def test_a_lazy_module_is_imported_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "wsgiref.headers", raising=False)
    with lazy_imports():
        from wsgiref import headers  # noqa: PLC0415 - the subject of the test
    assert "wsgiref.headers" not in sys.modules
    assert headers.Headers([("a", "b")])["a"] == "b"
    assert "wsgiref.headers" in sys.modules


def test_what_is_no_module_is_refused_when_it_is_used() -> None:
    with lazy_imports():
        from wsgiref import nothing_of_this_name  # type: ignore[attr-defined]  # noqa: PLC0415
    with pytest.raises(ModuleNotFoundError):
        _ = nothing_of_this_name.anything


def test_a_whole_package_is_not_imported_lazily() -> None:
    with pytest.raises(ImportError, match="from PACKAGE import MODULE"), lazy_imports():
        import wsgiref  # noqa: F401, PLC0415
    assert import_module("wsgiref")
