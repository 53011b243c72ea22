"""`doorward-hub backup` and `restore`: the database, copied and put back while the hub runs."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub_sync.contract.clock import SystemClock
from hub_sync.hub.commands.backup import postgres, sqlite
from hub_sync.hub.commands.common import (
    AsJson,
    CommandFailed,
    Data,
    DatabaseUrl,
    create_folder,
    load_settings,
    print_result,
    report_errors,
)
from hub_sync.hub.kit.db.database import parse_url
from hub_sync.hub.kit.settings import HubSettings

_RESTORE_NOTE = (
    "Everybody signs in anew, and links that were handed out are void. Keys and stations that were revoked after this copy was made are good again: look them "
    "through."
)


@report_errors
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the copy; must not be there yet.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Copy the hub's database to a file, also while the hub runs. Refuses to overwrite.

    From PostgreSQL by pg_dump, which must be installed. The copy's sealed keys open only with the hub's secret (the file
    hub-secret, or DOORWARD_SECRET): keep both.
    """
    settings = load_settings(data, database_url)
    _backup_function(settings)(file)
    size = file.stat().st_size
    if not settings.secret.get_secret_value():
        typer.echo(f"Keep {settings.secret_file} with it; without it no key opens.", err=True)
    print_result(f"Wrote {file} ({size} bytes).", {"file": str(file), "bytes": size}, as_json=as_json)


@report_errors
def restore(
    file: Annotated[Path, typer.Argument(help="A copy that `backup` made.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Put it in place of a database that is there, which is copied first; the hub may run.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a copy back: in one transaction, so that a hub that runs goes on with it.

    A copy of an older Doorward is brought up to date, one of a newer is refused. Stations are told to start over with a
    snapshot, since the copy doesn't know what it told them after it was made.
    """
    settings = load_settings(data, database_url)
    if not file.is_file():
        raise CommandFailed(f"There is no file {file}.")
    create_folder(settings.data)
    put_back = sqlite.restore if _is_sqlite(settings) else postgres.restore
    kept: Path | None = None

    def keep() -> None:
        nonlocal kept
        kept = _previous_database_path(settings, SystemClock().now())
        _backup_function(settings)(kept)

    feeds = put_back(settings, file, keep if replace else None)
    if kept is not None:
        typer.echo(f"What was there is kept in {kept}.", err=True)
    typer.echo(_RESTORE_NOTE, err=True)
    if not settings.secret_file.exists() and not settings.secret.get_secret_value():
        typer.echo(f"Now put the hub's secret back too: {settings.secret_file}.", err=True)
    where = parse_url(settings.resolved_database_url)
    named = str(where.database) if _is_sqlite(settings) else where.render_as_string(hide_password=True)
    answer = {"database": named, "feeds_restarted": feeds, "kept": str(kept) if kept else None}
    print_result(f"Restored {named}.", answer, as_json=as_json)


def _is_sqlite(settings: HubSettings) -> bool:
    return parse_url(settings.resolved_database_url).get_backend_name() == "sqlite"


def _backup_function(settings: HubSettings) -> Callable[[Path], None]:
    """What writes a copy of the hub's database to a file."""
    copy = sqlite.backup if _is_sqlite(settings) else postgres.backup
    return lambda file: copy(settings, file)


def _previous_database_path(settings: HubSettings, now: datetime) -> Path:
    ending = "db" if _is_sqlite(settings) else "dump"
    return settings.data / f"hub-before-restore-{now:%Y%m%dT%H%M%S.%f}.{ending}"
