"""A migrated SQLite file to copy: the migrations of a hub take a second or two, and hundreds of tests start with an empty hub.

`tests/hub_sync/hub/test_migrations.py` runs the migrations themselves, and so does every hub that a test starts as a program;
one that is forked copies the file too.
"""

import functools
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.migrations import state
from tests.support import services

_COMMANDS = tuple(f"hub_sync.hub.commands.{name}" for name in ("common", "serving.serve", "serving.worker"))
"""The modules whose name `upgrade_database` is called."""


@functools.cache
def migrated_file() -> Path:
    """Return a file with the tables and the reference data, which the first worker of this run that needs it creates."""
    return services.shared_file("migrated.db", _migrate)


def create_database(file: Path) -> None:
    """Create an empty hub's database."""
    shutil.copyfile(migrated_file(), file)


def install() -> None:
    """Let commands copy the file where they would migrate an empty one, in this process and those forked from it."""
    services.folder()
    upgrade = functools.partial(_upgrade, cast("Any", sys.modules[_COMMANDS[0]]).upgrade_database)
    for module in filter(None, map(sys.modules.get, _COMMANDS)):
        cast("Any", module).upgrade_database = upgrade


def _upgrade(upgrade: Any, database: Database) -> bool:
    database.check()
    if not database.is_sqlite or state.revisions(database)[0] is not None:
        return bool(upgrade(database))
    with closing(sqlite3.connect(migrated_file())) as source, database.engine.connect() as connection:
        source.backup(cast("Any", connection.connection.dbapi_connection))
    return True


def _migrate(file: Path) -> None:
    # Tests may have a umask of their own; the copies are opened by other programs of this user.
    incomplete = file.with_suffix(f".{os.getpid()}")
    with closing(Database(f"sqlite:///{incomplete}")) as database:
        state.upgrade(database)
    with closing(sqlite3.connect(incomplete)) as template:
        template.execute("PRAGMA journal_mode = DELETE")
    incomplete.replace(file)
