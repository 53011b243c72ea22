"""Imports that wait until they are used, so that `--help` and a wrong option don't wait for the database's and web server's code.

    with lazy_imports():
        from hub_sync.hub.domains.events import service as events

It is what PEP 810 (`lazy from … import …`, Python 3.15) will do. Only modules can be imported like this, not names in them.
"""

import builtins
import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from threading import get_ident
from types import ModuleType, SimpleNamespace
from typing import Any


class LazyModule(ModuleType):
    """Stands for a module, and imports it when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        """Return what the module has by this name."""
        return getattr(import_at_once(self.__name__), name)


def import_at_once(name: str) -> ModuleType:
    """Import a module without looking for garbage meanwhile, which took a seventh of the time: nearly all that is created stays."""
    if name in sys.modules or not gc.isenabled():
        return import_module(name)
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.enable()


@contextmanager
def lazy_imports() -> Iterator[None]:
    """Delay each `from PACKAGE import MODULE` of the block until the module is used; one that is there already is taken."""
    ordinary, thread = builtins.__import__, get_ident()

    def delayed(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - the names of `__import__`
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if get_ident() != thread:
            return ordinary(name, globals, locals, fromlist, level)
        if not fromlist or level:
            raise ImportError(f"{name}: write `from PACKAGE import MODULE`, with the whole path")
        paths = {module: f"{name}.{module}" for module in fromlist}
        return SimpleNamespace(
            **{module: sys.modules.get(path) or LazyModule(path) for module, path in paths.items()}
        )

    builtins.__import__ = delayed
    try:
        yield
    finally:
        builtins.__import__ = ordinary
