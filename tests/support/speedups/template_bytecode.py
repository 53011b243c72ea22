"""Compiled templates in a folder of this run: to compile all takes each worker and each forked hub seconds."""

from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemBytecodeCache

from hub_sync.hub.console import state
from hub_sync.hub.console.static_files import Static
from tests.support import services

_create = cast("Any", state).environment


def install() -> None:
    """Share between this process, the processes forked from it, and the other workers of the run."""
    services.folder()
    cast("Any", state).environment = _environment


def _environment(folders: tuple[Path, ...], static: Static) -> Environment:
    environment: Environment = _create(folders, static)
    if environment.bytecode_cache is None:
        compiled = services.folder() / "templates"
        compiled.mkdir(exist_ok=True)
        environment.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    return environment
