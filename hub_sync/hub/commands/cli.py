"""The `doorward-hub` command. Each command lives in a module of its own under `hub_sync.hub.commands`.

Only the module of the command that is asked for is imported, so that `ticket open` does not wait for a web server.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from hub_sync.hub.commands import COMMANDS


def _all_commands() -> dict[str, str]:
    """Return where each command is, as `module:name`: the hub's own, and the `app` of every domain's `commands.py`."""
    own = {name: f"hub_sync.hub.commands.{place}" for name, place in COMMANDS.items()}
    domains = sorted(
        file.parent.name for file in (Path(__file__).parents[1] / "domains").glob("*/commands.py")
    )
    return own | {name.replace("_", "-"): f"hub_sync.hub.domains.{name}.commands:app" for name in domains}


class Commands(TyperGroup):
    """Finds commands by name and imports only the one that is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the help."""
        return list(_all_commands())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Import a command; None if there is none of this name."""
        place = _all_commands().get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command_or_app = getattr(import_module(module), name)
        if not isinstance(command_or_app, typer.Typer):
            single = typer.Typer(pretty_exceptions_enable=False)
            single.command(cmd_name)(command_or_app)
            command_or_app = single
        command = typer.main.get_command(command_or_app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands,
    name="doorward-hub",
    help="Doorward's hub: stores the events, sends stations their data and receives their scans.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def hub() -> None:
    """Run a command of Doorward's hub."""
    os.umask(0o077)  # what the hub writes is for the hub's user


def main() -> None:
    """Run the console script."""
    app()


if __name__ == "__main__":
    main()
