"""The `doorward-station` command. Each command lives in a module of its own under `kiosk_app.commands`."""

import typer

from kiosk_app.commands import COMMANDS, GROUPS

app = typer.Typer(
    name="doorward-station",
    help="Doorward's station: a gate or a kiosk that decides from its own disk.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for name, command in COMMANDS.items():
    app.command(name)(command)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


def main() -> None:
    """Run the command line; the entry point of the console script."""
    app()
