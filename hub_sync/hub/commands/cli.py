"""The `doorward-hub` command. Each command lives in a module of its own under `hub_sync.hub.commands`.

Only the module of the command that is called is imported, and it imports the hub only when it needs it (`lazy_imports`):
the help comes at once, and `ticket open` does not wait for a web server.
"""

import os
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from hub_sync.hub.commands import COMMANDS, CommandPlace
from hub_sync.hub.commands.lazy_imports import import_at_once


def _all_commands() -> dict[str, CommandPlace]:
    """Return where each command is, as `module:name`: the hub's own, and the `app` of every domain's `commands.py`."""
    own = {
        name: CommandPlace(f"hub_sync.hub.commands.{place}", summary)
        for name, (place, summary) in COMMANDS.items()
    }
    domains = sorted(
        file.parent.name for file in (Path(__file__).parents[1] / "domains").glob("*/commands.py")
    )
    return own | {
        name.replace("_", "-"): CommandPlace(f"hub_sync.hub.domains.{name}.commands:app", "")
        for name in domains
    }


def _load_command(name: str, place: str) -> Any:
    """Import a command."""
    module, _, attribute = place.partition(":")
    command_or_app = getattr(import_at_once(module), attribute)
    if not isinstance(command_or_app, typer.Typer):
        single = typer.Typer(pretty_exceptions_enable=False)
        single.command(name)(command_or_app)
        command_or_app = single
    command = typer.main.get_command(command_or_app)
    command.name = name
    return command


class Commands(TyperGroup):
    """Finds commands by name and imports only the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the help."""
        return list(_all_commands())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Import a command; None if there is none of this name."""
        known = _all_commands().get(cmd_name)
        return None if known is None else _load_command(cmd_name, known.place)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help with the summaries of the list."""
        summaries = _Summaries(name=self.name, params=self.params, help=self.help)
        summaries.format_help(ctx, formatter)


class _Summaries(Commands):
    """The same commands with a name and a summary only, for the help."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command to be listed; one of a domain is imported, because only that knows its summary."""
        known = _all_commands()[cmd_name]
        if not known.summary:
            return super().get_command(ctx, cmd_name)
        return TyperCommand(cmd_name, help=known.summary)

    format_help = TyperGroup.format_help


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
