"""Faults of the installation: a package or a library is missing or damaged, so that a command can't be loaded."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer

_PACKAGES = {
    "cv2": "opencv-python-headless",
    "zxingcpp": "zxing-cpp",
    "serial": "pyserial",
}
"""Module -> the name of its package, where it is another."""


CATCH_ALL = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Settings of a command that takes whatever the one takes that could not be loaded."""


def load_part(path: str) -> Any:
    """Return what "module:name" names.

    Raises:
        ImportError: a package that the module needs is missing or damaged.
    """
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def installation_fault(error: ImportError) -> str:
    """Return one sentence about a package that can't be imported, and what to do."""
    module = (error.name or "").partition(".")[0]
    package = _PACKAGES.get(module, module) or "doorward"
    fault = "is not installed" if isinstance(error, ModuleNotFoundError) else f"is damaged ({error})"
    return f"The package {package} {fault}. Install Doorward again: packaging/run setup"


def failing_command(error: ImportError) -> Callable[[], None]:
    """Return a command that says why the one that it stands for can't be loaded."""

    def fail() -> None:
        """Say what is wrong with the installation; the command can't be loaded."""
        typer.echo(installation_fault(error), err=True)
        raise typer.Exit(1)

    return fail
