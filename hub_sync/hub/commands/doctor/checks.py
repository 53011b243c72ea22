"""Checks of `doctor` on the hub itself. A check yields findings and opens nothing for writing."""

import os
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.commands.common import database_fault
from hub_sync.hub.commands.doctor import environment as surroundings
from hub_sync.hub.domains import parts
from hub_sync.hub.kit.db.database import Database, DatabaseUnusable
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.domain.doctor import CheckContext, Finding, Status
from hub_sync.hub.kit.errors import first_line
from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state
from hub_sync.rules.tickets.ticket_keys import parse_key
from hub_sync.rules.times.time_zones import load_time_zone

_LIBRARIES = (
    "fastapi",
    "uvicorn",
    "sqlalchemy",
    "alembic",
    "zstandard",
    "cryptography",
    "argon2",
    "bcrypt",
    "limits",
    "redis",
    "prometheus_client",
    "segno",
)
_OLDEST_SQLITE = (3, 35, 0)
"""First version with RETURNING, which the change feed needs."""


def examine(settings: HubSettings) -> list[Finding]:
    """Run all checks, each after those that it depends on."""
    checks: tuple[Callable[[HubSettings], Iterator[Finding]], ...] = (
        _libraries,
        _folder,
        _environment,
        _secret,
        surroundings.disk,
        surroundings.clock,
        surroundings.addresses,
        surroundings.redis,
        surroundings.serving,
        _database,
    )
    return [finding for check in checks for finding in check(settings)]


def _libraries(settings: HubSettings) -> Iterator[Finding]:
    wanted = _LIBRARIES + (("psycopg",) if settings.database_url.startswith("postgres") else ())
    missing = [name for name in wanted if find_spec(name) is None]
    if missing:
        yield Finding("libraries", "fail", f"Missing: {', '.join(missing)}. Install doorward[hub].")
    else:
        yield Finding("libraries", "ok", f"All are here, on Python {sys.version.split()[0]}.")
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        yield Finding(
            "sqlite", "fail", f"SQLite {sqlite3.sqlite_version} is too old; 3.35 or newer is needed."
        )
    try:
        load_time_zone("Europe/Berlin")
    except (ImportError, OSError, ValueError):
        yield Finding("time zones", "fail", "The time zone data is missing. Install tzdata.")


def _folder(settings: HubSettings) -> Iterator[Finding]:
    folder = settings.data
    if not folder.exists():
        yield Finding("folder", "warn", f"{folder} is not there yet; doorward-hub serve makes it.")
        return
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("folder", "fail", f"{folder} is no folder that this user can write to.")
        return
    yield Finding("folder", "ok", f"{folder} can be written to.")
    for path in (folder, *sorted(folder.glob("hub*"))):
        if path.stat().st_mode & (stat.S_IRWXO | stat.S_IRWXG):
            status: Status = "fail" if path == settings.secret_file else "warn"
            yield Finding("permissions", status, f"Others can get at {path}: chmod go= {path}")


def _environment(settings: HubSettings) -> Iterator[Finding]:
    key = settings.qr_encryption_key.get_secret_value()
    if key:
        try:
            parse_key(key)
            yield Finding("ticket key", "ok", "New tenants get the key in QR_ENCRYPTION_KEY.")
        except ValueError as error:
            yield Finding("ticket key", "fail", f"QR_ENCRYPTION_KEY is no good: {error}.")
    elif settings.session_secret.get_secret_value():
        yield Finding(
            "ticket key",
            "warn",
            "New tenants would get a ticket key derived from SESSION_SECRET. That is for DEVELOPMENT ONLY: set "
            "QR_ENCRYPTION_KEY, or neither of the two for a random key.",
        )


def _secret(settings: HubSettings) -> Iterator[Finding]:
    secret, file = settings.secret.get_secret_value(), settings.secret_file
    try:
        if secret:
            parse_key(secret)
            yield Finding("hub secret", "ok", "It comes from DOORWARD_SECRET.")
        elif file.exists():
            parse_key(file.read_text(encoding="ascii"))
            yield Finding("hub secret", "ok", f"It is in {file}.")
        else:
            yield Finding("hub secret", "warn", f"{file} is not there yet; it is made at first use.")
    except (OSError, ValueError) as error:
        where = "DOORWARD_SECRET" if secret else str(file)
        yield Finding("hub secret", "fail", f"{where} is not 64 hex digits that can be read: {error}.")


def _database(settings: HubSettings) -> Iterator[Finding]:
    try:
        database = Database(settings.resolved_database_url)
        if database.is_sqlite and not Path(str(database.url.database)).exists():
            message = (
                f"There is no hub in {database.url.database}. Check --data; doorward-hub serve creates a hub."
            )
            yield Finding("database", "fail", message)
            return
        with closing(database):
            database.check()
            yield Finding("database", "ok", f"{database.url.render_as_string(hide_password=True)} answers.")
            if database.is_sqlite:
                yield from _sound(Path(str(database.url.database)))
            current, newest = state.revisions(database)
            if current != newest:
                message = (
                    f"At revision {current or 'none'}, this program needs {newest}: doorward-hub migrate."
                )
                yield Finding("migrations", "fail", message)
                return
            yield Finding("migrations", "ok", f"At {newest}.")
            yield from surroundings.database_surroundings(database, settings.workers)
            yield from _domains(settings, database)
    except (DatabaseUnusable, SQLAlchemyError, sqlite3.Error) as error:
        reason = first_line(getattr(error, "orig", None) or error)
        is_refused = isinstance(error, SQLAlchemyError | sqlite3.Error)
        yield Finding("database", "fail", database_fault(reason) if is_refused else reason)


def _sound(file: Path) -> Iterator[Finding]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
        answer = database.execute("PRAGMA quick_check").fetchone()[0]
    if answer == "ok":
        yield Finding("integrity", "ok", "The database's own check finds nothing.")
    else:
        yield Finding("integrity", "fail", f"The database is damaged ({answer}): restore a backup.")


def _domains(settings: HubSettings, database: Database) -> Iterator[Finding]:
    """Ask every domain's own checks."""
    try:
        secret_box = _existing_secret_box(settings)
    except (SecretUnusable, OSError, ValueError) as error:
        secret_box = None
        yield Finding("ticket keys", "fail", str(error))
    with UnitOfWork(database, SystemClock(), new_id).read() as work:
        context = CheckContext(work, secret_box, settings)
        for module in parts("doctor"):
            for check in module.CHECKS:
                yield from check(context)


def _existing_secret_box(settings: HubSettings) -> SecretBox:
    text = settings.secret.get_secret_value() or settings.secret_file.read_text(encoding="ascii")
    return SecretBox(parse_key(text))
