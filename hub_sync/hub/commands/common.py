"""Shared parts of the commands: options, error messages for known faults, and a hub without its web server."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import orjson
import typer
from pydantic import ValidationError

from hub_sync.contract import clock, ids
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.commands.lazy_imports import lazy_imports
from hub_sync.hub.kit.errors import HubError, first_line

with lazy_imports():
    from sqlalchemy import exc as sql_errors

    from hub_sync.hub import hub_context
    from hub_sync.hub.commands import existing_hub
    from hub_sync.hub.domains.tenants import service as tenants
    from hub_sync.hub.kit import settings as hub_settings
    from hub_sync.hub.kit.db import database as databases
    from hub_sync.hub.kit.db import unit_of_work
    from hub_sync.hub.kit.http import context as contexts
    from hub_sync.hub.kit.http import problems
    from hub_sync.hub.kit.security import encryption
    from hub_sync.hub.migrations import state

Data = Annotated[
    Path | None,
    typer.Option("--data", help="The hub's folder (default: DOORWARD_DATA, else ./doorward-data)."),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        help="Keep the data in PostgreSQL: postgresql://USER@HOST/NAME (default: a file in the folder).",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
TenantSlug = Annotated[
    str | None, typer.Option("--tenant", help="The tenant's slug; may be left out where there is only one.")
]

DATABASE_EXISTS = (
    "A database is there already: --replace puts the copy in its place and keeps a copy of what was there."
)

_DAMAGED = ("malformed", "not a database", "disk I/O error", "database corruption")
_P = ParamSpec("_P")
_R = TypeVar("_R")


def report_errors(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Print known faults as one sentence on stderr and exit with 1; a bug keeps its traceback."""

    @functools.wraps(command)
    def spoken(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return command(*args, **kwargs)
        except databases.DatabaseUnusable as error:
            reason = str(error)
            fail(database_fault(reason) if any(sign in reason for sign in _DAMAGED) else reason)
        except (CommandFailed, encryption.SecretUnusable, HubError) as error:
            fail(str(error))
        except ValidationError as error:
            fail(
                "; ".join(
                    f"{_field(detail['loc'])}: {problems.validation_message(detail)}"
                    for detail in error.errors()
                )
            )
        except (sql_errors.DBAPIError, sqlite3.Error) as error:
            fail(database_fault(first_line(getattr(error, "orig", None) or error)))

    return spoken


def fail(sentence: str) -> NoReturn:
    """Print the reason on stderr and exit with 1."""
    typer.echo(f"doorward-hub: {sentence}", err=True)
    raise typer.Exit(1)


def print_result(plain: str, answer: dict[str, Any], *, as_json: bool) -> None:
    """Print the command's result as text or as JSON."""
    typer.echo(orjson.dumps(answer).decode() if as_json else plain)


def load_settings(
    data: Path | None, database_url: str | None = None, **more: Any
) -> hub_settings.HubSettings:
    """Return the settings of the environment, overridden by the command line."""
    overrides = {"data": data, "database_url": database_url, **more}
    return hub_settings.HubSettings(**{name: value for name, value in overrides.items() if value is not None})


def create_folder(folder: Path) -> None:
    """Create the hub's folder with access for its user only.

    Raises:
        CommandFailed: it can't be created or written to.
    """
    probe = folder / ".doorward-probe"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise CommandFailed(f"The folder {folder} can't be written to: {error.strerror}.") from error


def upgrade_database(database: databases.Database) -> bool:
    """Create the tables where there are none, and on SQLite bring older ones up to date. True: something was done.

    Raises:
        CommandFailed: the tables are newer than this program, or PostgreSQL's are older (`migrate` is for that).
        DatabaseUnusable: it does not answer.
    """
    database.check()
    current, newest = state.revisions(database)
    if current == newest:
        return False
    if current is not None and not state.is_known(current):
        raise CommandFailed(
            f"The database is at revision {current}, which this program doesn't know: it needs a newer Doorward."
        )
    if current is not None and not database.is_sqlite:
        raise CommandFailed("The database's tables are older than this program: run doorward-hub migrate.")
    state.upgrade(database)
    return True


@contextmanager
def open_hub(
    data: Path | None, database_url: str | None, *, creates: bool = False
) -> Iterator[contexts.HubContext]:
    """Yield the hub without its web server, with an up-to-date database.

    Args:
        data: the hub's folder.
        database_url: the database; None: a file in the folder.
        creates: create the hub if there is none.

    Raises:
        CommandFailed: there is no hub, or only a part of one. DatabaseUnusable, SecretUnusable.
    """
    settings = load_settings(data, database_url)
    if not creates:
        existing_hub.require_hub(settings)
    existing_hub.refuse_partial_hub(settings)
    create_folder(
        settings.data
    )  # a hub in PostgreSQL may be reached from a machine that has no folder for it yet
    context = hub_context.build_context(settings, clock.SystemClock(), ids.new_id)
    try:
        upgrade_database(context.uow.database)
        yield context
    finally:
        context.uow.database.close()


def select_tenant(work: unit_of_work.Work, slug: str | None) -> tenants.Tenant:
    """Return the tenant with this slug, or the only one.

    Raises:
        CommandFailed: there is none, or several and none was named. TenantNotFound.
    """
    if slug is not None:
        return tenants.by_slug(work, slug)
    rows = tenants.all_tenants(work)
    if len(rows) == 1:
        return rows[0]
    if not rows:
        raise CommandFailed("This hub has no tenant yet: doorward-hub tenant create --slug acme --name Acme.")
    raise CommandFailed(f"Which tenant? --tenant {' | '.join(tenant.slug for tenant in rows)}")


def database_fault(reason: str) -> str:
    """Return a sentence about a database that refuses, from SQLite's or PostgreSQL's reason."""
    if any(sign in reason for sign in _DAMAGED):
        return (
            f"The database is damaged ({reason}). Put a backup back: doorward-hub restore FILE --replace, or without "
            "--replace after moving the damaged file away."
        )
    return f"The database refused: {reason}"


def _field(where: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in where) or "input"
