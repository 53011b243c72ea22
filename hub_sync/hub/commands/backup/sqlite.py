"""Copying the embedded database, and putting a copy back under a hub that may be running.

SQLite's own backup writes the whole copy into the live database as one transaction: whoever reads goes on with what it
sees, whoever writes waits, and everybody's next transaction sees the copy. A restore that is killed has not happened.
"""

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hub_sync.contract.clock import SystemClock
from hub_sync.hub.commands.backup.secret_check import check_secret
from hub_sync.hub.commands.common import DATABASE_EXISTS
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.domains import all_tables
from hub_sync.hub.kit.db.database import Database, parse_url
from hub_sync.hub.kit.events.change_feed import restored_epoch
from hub_sync.hub.kit.settings import HubSettings, sqlite_url
from hub_sync.hub.migrations import state

WAIT_S = 60.0
"""How long a restore waits for a running hub's writers."""
_RETRY_S = 0.05
_SELECT_KEYS = "SELECT tenant_id, kid, sealed_material FROM qr_keys"


def backup(settings: HubSettings, file: Path) -> None:
    """Copy the hub's database to `file`.

    Raises:
        CommandFailed: there is none, it is damaged, or the file can't be written or is there.
    """
    source = _database_file(settings)
    if not source.exists():
        raise CommandFailed(f"There is no database in {settings.data}.")
    with _temporary_copy(source, file) as copy:
        _publish(copy, file)


def restore(settings: HubSettings, file: Path, keep: Callable[[], None] | None) -> int:
    """Put `file` in the place of the hub's database; returns how many feeds begin anew.

    `keep` is called if there is a database, to copy it; None: there must be none.

    Raises:
        CommandFailed: the copy is none, damaged, a newer program's, or another hub's; or one is there.
    """
    target = _database_file(settings)
    _check_integrity(file)
    with _temporary_copy(file, target) as copy:
        feeds = _prepare(copy)
        if target.exists():
            if keep is None:
                raise CommandFailed(DATABASE_EXISTS)
            with contextlib.closing(_read_only(copy)) as opened:
                check_secret(settings, opened.execute(_SELECT_KEYS))
            keep()
            _write_into(copy, target)
            return feeds
        for left_over in (Path(f"{target}-wal"), Path(f"{target}-shm")):
            if left_over.exists():
                raise CommandFailed(f"{left_over} is left from another database; move it away first.")
        _publish(copy, target)
    return feeds


def _database_file(settings: HubSettings) -> Path:
    return Path(str(parse_url(settings.resolved_database_url).database))


@contextlib.contextmanager
def _temporary_copy(source: Path, target: Path) -> Iterator[Path]:
    """Yield a verified copy beside the target, and remove it after the block."""
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with contextlib.closing(_read_only(source)) as old, contextlib.closing(sqlite3.connect(part)) as new:
            part.chmod(0o600)
            old.backup(new)  # in one step: of a WAL database that is one snapshot, and holds up no writer
            new.execute("PRAGMA journal_mode = DELETE")
        _check_integrity(part)
        yield part
    except (OSError, sqlite3.Error) as error:
        raise CommandFailed(f"{source} could not be copied to {target}: {error}.") from error
    finally:
        for left in (part, Path(f"{part}-wal"), Path(f"{part}-shm")):
            left.unlink(missing_ok=True)


def _publish(part: Path, target: Path) -> None:
    """Give the copy its name, on disk."""
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    try:
        os.link(part, target)  # fails where something of this name is there: never overwrites
    except FileExistsError as error:
        raise CommandFailed(f"{target} is there already.") from error


def _prepare(copy: Path) -> int:
    """Migrate the copy, end its sessions and restart its feeds."""
    all_tables()
    database = Database(sqlite_url(copy))
    with contextlib.closing(database):
        current, newest = state.revisions(database)
        if current is None or not state.is_known(current):
            raise CommandFailed(
                f"The copy is at revision {current}: it needs a newer Doorward than this one."
            )
        if current != newest:
            state.upgrade(database)
    with contextlib.closing(sqlite3.connect(copy)) as opened:
        opened.execute("PRAGMA journal_mode = DELETE")
        with opened:
            feeds = opened.execute("SELECT tenant_id, event_id FROM event_feeds").fetchall()
            opened.executemany(
                "UPDATE event_feeds SET epoch = ? WHERE tenant_id = ? AND event_id = ?",
                [(restored_epoch(SystemClock().now()), *feed) for feed in feeds],
            )
            opened.execute("DELETE FROM user_sessions")  # what was ended or used since would be good again
            opened.execute("DELETE FROM user_tokens")
    return len(feeds)


def _write_into(copy: Path, target: Path) -> None:
    """Write the copy into the live database, in one transaction."""
    until = time.monotonic() + WAIT_S

    def wait_no_longer(*_: int) -> None:
        if time.monotonic() > until:
            raise CommandFailed("The hub has been writing all the time; stop it, and restore then.")

    with (
        contextlib.closing(sqlite3.connect(copy)) as old,
        contextlib.closing(sqlite3.connect(target)) as live,
    ):
        page = live.execute("PRAGMA page_size").fetchone()[0]
        if old.execute("PRAGMA page_size").fetchone()[0] != page:
            old.execute(f"PRAGMA page_size = {page}")
            old.execute("VACUUM")
        live.execute("PRAGMA synchronous = FULL")
        old.backup(live, pages=-1, progress=wait_no_longer, sleep=_RETRY_S)


def _check_integrity(file: Path) -> None:
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
