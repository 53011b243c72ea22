"""Run migrations from the program itself, on SQLite or PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from hub_sync.hub.kit.db.database import BUSY_TIMEOUT_MS, Database

_ALEMBIC = threading.Lock()
"""Alembic has one environment in a process, so that only one migration may run."""
_LOCK = 0x446F6F72  # "Door": the advisory lock of PostgreSQL, so that two hubs don't migrate at once
_WAIT_MS = 600_000
"""On SQLite, a hub waits so long for another one that migrates: as for the lock of PostgreSQL."""


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, without an ini file."""
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent))
    configuration.set_main_option("path_separator", "os")
    configuration.attributes["connection"] = connection
    return configuration


@cache
def newest() -> str:
    """Return the revision that this program needs."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def revisions(database: Database) -> tuple[str | None, str]:
    """Return the revision of the database (None if there are no tables yet) and the revision that this program needs."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), newest()


def is_known(revision: str) -> bool:
    """Return True if this program has the migration."""
    return any(
        script.revision == revision for script in ScriptDirectory.from_config(config()).walk_revisions()
    )


def upgrade(database: Database, to: str = "head") -> None:
    """Run all migrations up to `to` in one transaction. A second hub that starts meanwhile waits."""
    with _ALEMBIC, _migrating(database) as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Revert migrations down to `to` (for tests; never on a hub in use)."""
    with _ALEMBIC, _migrating(database) as connection:
        command.downgrade(config(connection), to)


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    """Yield a connection in a transaction, in which foreign keys of SQLite are checked at its end alone.

    SQLite changes a table by a copy that takes its place. With foreign keys on, dropping the old one deletes its rows: whatever
    refers to them refuses, or goes with them (https://www.sqlite.org/lang_altertable.html#otheralter).

    Raises:
        IntegrityError: a row refers to nothing after the migration; nothing is changed.
    """
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            with connection.begin():
                yield connection
            return
        own = (
            connection.connection.cursor()
        )  # SQLAlchemy begins a transaction, in which the pragma does nothing
        own.execute("PRAGMA foreign_keys = OFF")
        own.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
        try:
            with connection.begin():
                yield connection
                if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise IntegrityError(
                        "PRAGMA foreign_key_check",
                        tuple(lost),
                        ValueError(f"{lost[0]} refers to no {lost[2]}"),
                    )
        finally:
            own.execute("PRAGMA foreign_keys = ON")
            own.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
