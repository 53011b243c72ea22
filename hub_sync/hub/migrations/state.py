"""Running migrations from the program itself, on either database."""

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
"""Alembic's environment is one a process."""
_LOCK = 0x446F6F72  # "Door": PostgreSQL's advisory lock that keeps two hubs from migrating at once


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


@cache
def newest() -> str:
    """The revision that this program needs."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def revisions(database: Database) -> tuple[str | None, str]:
    """The revision that the database is at (None: no tables yet) and the one this program needs."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), newest()


def is_known(revision: str) -> bool:
    """Whether this program has the migration."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(config()).walk_revisions())


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the tables up to date, in one transaction; a second hub that starts meanwhile waits."""
    with _ALEMBIC, database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Take migrations back (tests; never on a hub in use)."""
    with _ALEMBIC, database.engine.begin() as connection:
        command.downgrade(config(connection), to)
