"""The `doorward-station` command. Each command lives in a module of its own under `kiosk_app.commands`."""

from functools import partial

import typer

from kiosk_app.bootstrap.log_config import configure_logging
from kiosk_app.commands import COMMANDS, GROUPS
from kiosk_app.commands.installation import CATCH_ALL, failing_command, load_part


def build_app() -> typer.Typer:
    """Return the command line. A command whose packages are damaged says so when it is called."""
    program = typer.Typer(
        name="doorward-station",
        help="Doorward's station: a gate or a kiosk that decides from its own disk.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    for name, path in (COMMANDS | GROUPS).items():
        add = partial(program.add_typer, name=name) if name in GROUPS else program.command(name)
        try:
            add(load_part(path))
        except ImportError as error:
            program.command(name, context_settings=CATCH_ALL)(failing_command(error))
    return program


app = build_app()


def main() -> None:
    """Run the command line; the entry point of the console script."""
    configure_logging()
    app()
