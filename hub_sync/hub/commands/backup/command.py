"""`doorward-hub backup` and `restore`: the database, copied and put back while the hub runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub_sync.contract.clock import SystemClock
from hub_sync.hub.commands.common import (
    AsJson,
    Data,
    DatabaseUrl,
    create_folder,
    load_settings,
    print_result,
    report_errors,
)
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.commands.lazy_imports import lazy_imports

with lazy_imports():
    from hub_sync.hub.commands import existing_hub
    from hub_sync.hub.commands.backup import postgres, sqlite
    from hub_sync.hub.kit import settings as hub_settings
    from hub_sync.hub.kit.db import database as databases

_RESTORE_NOTE = (
    "All sessions have ended and one-time links are invalid. Keys and stations that were revoked after this backup are valid "
    "again: check them."
)


@report_errors
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; must not exist yet.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Copy the hub's database to a file, also while the hub runs. Refuses to overwrite.

    PostgreSQL needs pg_dump. The encrypted keys in the copy open only with the hub's secret (the file hub-secret, or
    DOORWARD_SECRET): keep both.
    """
    settings = load_settings(data, database_url)
    existing_hub.require_hub(settings)
    _backup_function(settings)(file)
    size = file.stat().st_size
    problem = existing_hub.find_secret_problem(settings)
    if problem:
        typer.echo(f"The copy is complete, but: {problem}", err=True)
    elif not settings.secret.get_secret_value():
        typer.echo(f"Keep {settings.secret_file} with it; without it no key opens.", err=True)
    print_result(f"Wrote {file} ({size} bytes).", {"file": str(file), "bytes": size}, as_json=as_json)


@report_errors
def restore(
    file: Annotated[Path, typer.Argument(help="A copy from `backup`.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Replace an existing database, after a backup of it; the hub may run.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a copy in one transaction; a running hub continues with it.

    A copy of an older Doorward is migrated, one of a newer Doorward is refused. Stations start over with a snapshot, since
    the copy doesn't contain what they received after it was made.
    """
    settings = load_settings(data, database_url)
    if not file.is_file():
        raise CommandFailed(f"There is no file {file}.")
    create_folder(settings.data)
    put_back = sqlite.restore if _is_sqlite(settings) else postgres.restore
    previous: Path | None = None

    def back_up_previous() -> None:
        nonlocal previous
        previous = _previous_database_path(settings, SystemClock().now())
        _backup_function(settings)(previous)

    feeds = put_back(settings, file, back_up_previous if replace else None)
    if previous is not None:
        typer.echo(f"The previous database is in {previous}.", err=True)
    typer.echo(_RESTORE_NOTE, err=True)
    if not settings.secret_file.exists() and not settings.secret.get_secret_value():
        typer.echo(f"Now put the hub's secret back too: {settings.secret_file}.", err=True)
    where = databases.parse_url(settings.resolved_database_url)
    named = str(where.database) if _is_sqlite(settings) else where.render_as_string(hide_password=True)
    answer = {"database": named, "feeds_restarted": feeds, "previous": str(previous) if previous else None}
    print_result(f"Restored {named}.", answer, as_json=as_json)


def _is_sqlite(settings: hub_settings.HubSettings) -> bool:
    return databases.parse_url(settings.resolved_database_url).get_backend_name() == "sqlite"


def _backup_function(settings: hub_settings.HubSettings) -> Callable[[Path], None]:
    """Return the function that writes a copy of the hub's database to a file."""
    copy = sqlite.backup if _is_sqlite(settings) else postgres.backup
    return lambda file: copy(settings, file)


def _previous_database_path(settings: hub_settings.HubSettings, now: datetime) -> Path:
    ending = "db" if _is_sqlite(settings) else "dump"
    return settings.data / f"hub-before-restore-{now:%Y%m%dT%H%M%S.%f}.{ending}"
