"""Copying a hub's PostgreSQL database and putting a copy back, by PostgreSQL's own tools.

A restore is one transaction. It takes every table for itself first and, just before it commits, ends the connections of
the hub that wait for it: they hold snapshots of what is no more. Their requests are told to come again (503).
"""

import contextlib
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import inspect, text
from sqlalchemy.engine import URL

from hub_sync.hub.commands.backup.secret_check import EncryptedKey, check_secret
from hub_sync.hub.commands.common import DATABASE_EXISTS
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.domains import all_tables
from hub_sync.hub.kit.db.database import Database, parse_url
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state

_TERMINATE_CONNECTIONS = """
  PERFORM pg_stat_clear_snapshot();
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid();"""
_DROP_TABLES = """
DO $$ BEGIN
  FOR attempt IN 1..250 LOOP
    BEGIN{end_others}
      LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE NOWAIT;
      RETURN;
    EXCEPTION WHEN lock_not_available THEN PERFORM pg_sleep(0.02);
    END;
  END LOOP;
  RAISE EXCEPTION 'the tables stay in use';
END $$;
DROP TABLE {tables} CASCADE;
DO $$ DECLARE one regprocedure; BEGIN
  FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND oid NOT IN
      (SELECT objid FROM pg_depend WHERE classid = 'pg_proc'::regclass AND deptype = 'e')
  LOOP EXECUTE format('DROP FUNCTION %s CASCADE', one); END LOOP;
END $$;"""
_RESET_FEEDS_AND_SESSIONS = """
UPDATE public.event_feeds SET epoch = 'restored-' || floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
  || '-' || left(replace(gen_random_uuid()::text, '-', ''), 12);
DO $$ BEGIN
  IF to_regclass('public.user_sessions') IS NOT NULL THEN DELETE FROM public.user_sessions; END IF;
  IF to_regclass('public.user_tokens') IS NOT NULL THEN DELETE FROM public.user_tokens; END IF;{end_others}
END $$;"""
_KEYS_COPY = re.compile(r"^COPY public\.qr_keys \((.*)\) FROM stdin;\n((?:.*\n)*?)\\\.$", re.MULTILINE)
_REVISION = re.compile(r"^COPY .*alembic_version.*\n(\S+)$", re.MULTILINE)


def backup(settings: HubSettings, file: Path) -> None:
    """Copy the hub's database to `file`, in pg_dump's custom format.

    Raises:
        CommandFailed: pg_dump is missing or refuses, or the file is there.
    """
    if file.exists():
        raise CommandFailed(f"{file} is there already.")
    url = parse_url(settings.resolved_database_url)
    with _private_file(file) as part:
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
        try:
            os.link(part, file)
        except OSError as error:
            raise CommandFailed(f"{file} can't be written: {error.strerror}.") from error


def restore(settings: HubSettings, file: Path, keep: Callable[[], None] | None) -> int:
    """Put `file` in the place of the hub's tables; returns how many feeds begin anew.

    `keep` is called if there are tables, to copy them; None: there must be none.

    Raises:
        CommandFailed: the copy is none, damaged, a newer program's, or another hub's; a tool is missing; or one is
            there.
    """
    url = parse_url(settings.resolved_database_url)
    revision = _revision_of(file)
    with contextlib.closing(Database(settings.resolved_database_url)) as database:
        database.check()
        ours = {*all_tables().tables, "alembic_version"} & set(inspect(database.engine).get_table_names())
        if ours:
            if keep is None:
                raise CommandFailed(DATABASE_EXISTS)
            check_secret(settings, _encrypted_keys(file))
            keep()
    with _private_file(settings.data / "restore.sql") as script:
        _run("pg_restore", None, "--no-owner", "--no-privileges", f"--file={script}", str(file))
        tables = ", ".join(f'public."{name}"' for name in sorted(ours))
        before = _DROP_TABLES.format(end_others=_TERMINATE_CONNECTIONS, tables=tables) if ours else ""
        commands = ["--command", before] if before else []
        commands += [
            "--file",
            str(script),
            "--command",
            _RESET_FEEDS_AND_SESSIONS.format(end_others=_TERMINATE_CONNECTIONS),
        ]
        _run(
            "psql", url, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", *commands
        )
    with contextlib.closing(Database(settings.resolved_database_url)) as database:
        if revision != state.newest():
            state.upgrade(database)
        with database.read_session() as session:
            return session.scalar(text("SELECT count(*) FROM event_feeds")) or 0


def _revision_of(file: Path) -> str:
    """Return the revision of the tables in a copy.

    Raises:
        CommandFailed: it is no copy of a hub, or this program does not know the revision.
    """
    output = _run("pg_restore", None, "--data-only", "--table=alembic_version", "--file=-", str(file))
    match = _REVISION.search(output)
    if match is None:
        raise CommandFailed(f"{file} is not the database of a hub.")
    if not state.is_known(match.group(1)):
        raise CommandFailed(
            f"The copy is at revision {match.group(1)}: it needs a newer Doorward than this one."
        )
    return match.group(1)


def _encrypted_keys(file: Path) -> Iterator[EncryptedKey]:
    """Yield the ticket keys of a copy, as COPY writes them."""
    match = _KEYS_COPY.search(
        _run("pg_restore", None, "--data-only", "--table=qr_keys", "--file=-", str(file))
    )
    if match is None:
        raise CommandFailed(f"{file} is not the database of a hub.")
    names = match.group(1).split(", ")
    for line in match.group(2).splitlines():
        row = dict(zip(names, line.split("\t"), strict=True))
        material = bytes.fromhex(row["sealed_material"].lstrip("\\").removeprefix("x"))
        yield row["tenant_id"], row["kid"], material


@contextlib.contextmanager
def _private_file(file: Path) -> Iterator[Path]:
    """Create a temporary file that only the user can read, and remove it after the block."""
    part = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            part.touch(0o600, exist_ok=False)
        except OSError as error:
            raise CommandFailed(f"{file} can't be written: {error.strerror}.") from error
        yield part
    finally:
        part.unlink(missing_ok=True)


def _run(tool: str, url: URL | None, *arguments: str) -> str:
    """Run one of PostgreSQL's tools; its answer. The password goes by the environment, where nobody else sees it."""
    executable = shutil.which(tool)
    if executable is None:
        raise CommandFailed(
            f"{tool} is not installed (Debian: postgresql-client); it must be at least as new as the server."
        )
    environment, connection = dict(os.environ), []
    if url is not None:
        if url.password:
            environment["PGPASSWORD"] = str(url.password)
        parts = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
        parameters = {name: str(value) for name, value in parts.items() if value is not None}
        connection = [
            "--dbname",
            make_conninfo(**parameters, **{name: str(value) for name, value in url.query.items()}),
        ]
    done = subprocess.run(  # noqa: S603 - a tool of PostgreSQL, arguments of ours
        [executable, *connection, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        message = next(
            (line for line in lines if "error" in line.lower()), lines[0] if lines else "no reason given"
        )
        raise CommandFailed(f"{tool} refuses: {message}")
    return done.stdout
