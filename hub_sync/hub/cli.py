"""The `doorward-hub` command. Each command lives in a module of its own under `hub_sync.hub.commands`.

Only the module of the command that is asked for is imported, so that `ticket open` does not wait for a web server.
"""

import os
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from hub_sync.hub.commands import COMMANDS


class Commands(TyperGroup):
    """Finds commands in the registry."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        """In the registry's order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Import it."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"hub_sync.hub.commands.{module}"), name)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(pretty_exceptions_enable=False)
            single.command(cmd_name)(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands,
    name="doorward-hub",
    help="Doorward's hub: holds the event, gives stations what they need and takes in what they saw.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def hub() -> None:
    """Doorward's hub: holds the event, gives stations what they need and takes in what they saw."""
    os.umask(0o077)  # what the hub writes is for the hub's user


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
