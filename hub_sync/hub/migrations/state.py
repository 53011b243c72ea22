"""Run migrations from the program itself, on SQLite or PostgreSQL."""

import threading
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from hub_sync.hub.kit.db.database import Database

_ALEMBIC = threading.Lock()
"""Alembic has one environment in a process, so that only one migration may run."""
_LOCK = 0x446F6F72  # "Door": the advisory lock of PostgreSQL, so that two hubs don't migrate at once


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
    with _ALEMBIC, database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Revert migrations down to `to` (for tests; never on a hub in use)."""
    with _ALEMBIC, database.engine.begin() as connection:
        command.downgrade(config(connection), to)
