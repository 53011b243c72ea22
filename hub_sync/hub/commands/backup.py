"""`doorward-hub backup` and `restore`: the embedded database, copied while the hub runs."""

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from hub_sync.hub.commands.common import (
    AsJson,
    CommandFailed,
    Data,
    DatabaseUrl,
    make_folder,
    plainly,
    say,
    settings_of,
)
from hub_sync.hub.kit.database import parse_url
from hub_sync.hub.settings import Settings


@plainly
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the copy; must not be there yet.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Copy the hub's SQLite database to a file, also while the hub runs. Refuses to overwrite.

    The copy's sealed keys open only with the hub's secret (the file hub-secret, or DOORWARD_SECRET): keep both.
    """
    settings = settings_of(data, database_url)
    source = _sqlite_file(settings)
    if not source.exists():
        raise CommandFailed(f"There is no database in {settings.data}.")
    _copy(source, file)
    size = file.stat().st_size
    hint = (
        ""
        if settings.secret.get_secret_value()
        else f"Keep {settings.secret_file} with it; without it no key opens."
    )
    if hint:
        typer.echo(hint, err=True)
    say(f"Wrote {file} ({size} bytes).", {"file": str(file), "bytes": size}, as_json=as_json)


@plainly
def restore(
    file: Annotated[Path, typer.Argument(help="A copy that `backup` made.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put a copy in place of a database that is not there any more. Refuses to overwrite.

    Stations are told to start over with a snapshot, since the copy doesn't know what it told them after it was made.
    """
    settings = settings_of(data)
    target = _sqlite_file(settings)
    if not file.is_file():
        raise CommandFailed(f"There is no file {file}.")
    _refuse_unsound(file)
    make_folder(settings.data)
    if target.exists():
        raise CommandFailed(f"{target} is there already; move it away first (with its -wal and -shm files).")
    for left_over in (f"{target}-wal", f"{target}-shm"):
        if Path(left_over).exists():
            raise CommandFailed(f"{left_over} is left from another database; move it away first.")
    _copy(file, target)
    feeds = _new_epochs(target)
    if not settings.secret_file.exists() and not settings.secret.get_secret_value():
        typer.echo(f"Now put the hub's secret back too: {settings.secret_file}.", err=True)
    say(f"Restored {target}.", {"database": str(target), "feeds_restarted": feeds}, as_json=as_json)


def _sqlite_file(settings: Settings) -> Path:
    url = parse_url(settings.resolved_database_url)
    if url.get_backend_name() != "sqlite":
        raise CommandFailed("The hub's data is in PostgreSQL: use pg_dump and pg_restore.")
    return Path(str(url.database))


def _copy(source: Path, target: Path) -> None:
    """A whole, sound copy under the target's name, or nothing."""
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with contextlib.closing(_read_only(source)) as old, contextlib.closing(sqlite3.connect(part)) as new:
            part.chmod(0o600)
            old.backup(new)  # in one step: of a WAL database that is one snapshot, and holds up no writer
            new.execute("PRAGMA journal_mode = DELETE")
        _refuse_unsound(part)
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        os.link(part, target)  # fails where something of this name is there: never overwrites
    except FileExistsError as error:
        raise CommandFailed(f"{target} is there already.") from error
    except (OSError, sqlite3.Error) as error:
        raise CommandFailed(f"{source} could not be copied to {target}: {error}.") from error
    finally:
        part.unlink(missing_ok=True)


def _refuse_unsound(file: Path) -> None:
    try:
        with contextlib.closing(_read_only(file)) as copy:
            sound = copy.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            ours = copy.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()[0]
    except sqlite3.Error as error:
        raise CommandFailed(f"{file} is no database that can be read: {error}.") from error
    if not sound:
        raise CommandFailed(f"{file} is damaged.")
    if not ours:
        raise CommandFailed(f"{file} is not the database of a hub.")


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _new_epochs(file: Path) -> int:
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        events = database.execute("SELECT tenant_id, event_id FROM event_feeds").fetchall()
        database.executemany(
            "UPDATE event_feeds SET epoch = ? WHERE tenant_id = ? AND event_id = ?",
            [(str(uuid4()), *event) for event in events],
        )
    return len(events)
