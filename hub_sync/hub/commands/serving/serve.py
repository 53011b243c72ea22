"""`doorward-hub serve`: make what is missing, then serve."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

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
    upgrade_database,
)
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.commands.lazy_imports import lazy_imports
from hub_sync.hub.commands.serving import folder_lock
from hub_sync.hub.connection_limits import file_limit, raise_file_limit
from hub_sync.hub.cpu_affinity import pin_thread
from hub_sync.hub.kit.settings import AccessLogMode, CpuAffinity, HubSettings

with lazy_imports():
    from fastapi import applications

    from hub_sync.hub import app as hub_app
    from hub_sync.hub import server, worker_processes
    from hub_sync.hub.commands import existing_hub
    from hub_sync.hub.domains.tenants import service as tenants
    from hub_sync.hub.kit import log_config, metrics
    from hub_sync.hub.kit.db import database as databases
    from hub_sync.hub.kit.http import context as contexts
    from hub_sync.hub.kit.middleware import public_path

_FIRST_STEPS = """\
This hub has no tenant yet. Next, in another terminal:
  doorward-hub tenant create{data} --slug acme --name "Acme"
  doorward-hub admin create{data} --email you@example.org
or, to look around:
  doorward-hub demo-event{data}"""


@report_errors
def serve(
    data: Data = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one. Default 8700."),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on. Default 127.0.0.1: this machine only; 0.0.0.0 is everybody."
        ),
    ] = None,
    database_url: DatabaseUrl = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=64,
            help="Processes that answer; more than one needs PostgreSQL and Redis. Default: WEB_CONCURRENCY, else 1.",
        ),
    ] = None,
    redis_url: Annotated[
        str | None,
        typer.Option(help="redis://HOST:PORT/N, where several processes count calls and wake each other."),
    ] = None,
    access_log: Annotated[
        AccessLogMode | None,
        typer.Option(
            help="Requests that leave a line on stderr: all; changes, refusals and slow ones; or none."
        ),
    ] = None,
    *,
    jobs: Annotated[
        bool | None,
        typer.Option(
            "--jobs/--no-jobs",
            help="Do the background work (webhooks) too; --no-jobs leaves it to doorward-hub worker. Default: --jobs.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve the hub. On an empty folder its database is upgraded first.

    SIGTERM, SIGINT and SIGHUP end it in good order: what is under way is answered first. A second one ends it at once.
    """
    settings = load_settings(
        data,
        database_url,
        host=host,
        port=port,
        workers=workers,
        redis_url=redis_url,
        access_log=access_log,
        jobs=jobs,
    )
    _check_worker_settings(settings)
    create_folder(settings.data)
    raise_file_limit()
    try:
        with _folder_lock(settings):
            existing_hub.refuse_partial_hub(settings)
            with closing(databases.Database(settings.resolved_database_url)) as database:
                upgraded = upgrade_database(
                    database
                )  # before the secret: a secret alone is the rest of a lost hub
            app = hub_app.create_app(settings, SystemClock())
            tell = _ListeningMessage(app.state.hub, as_json=as_json, upgraded=upgraded, data=data)
            with closing(server.listen(settings.host, settings.port)) as listening:
                _serve(app, listening, tell)
    except (
        server.AddressUnusable,
        worker_processes.WorkersFailed,
        public_path.PublicPathTaken,
        folder_lock.FolderInUse,
    ) as error:
        raise CommandFailed(str(error)) from error


def _folder_lock(settings: HubSettings) -> AbstractContextManager[object]:
    """Return the lock of the folder of an embedded database; PostgreSQL may be served by several processes."""
    is_sqlite = databases.parse_url(settings.resolved_database_url).get_backend_name() == "sqlite"
    return folder_lock.hold(settings.data) if is_sqlite else nullcontext()


def _serve(app: applications.FastAPI, listening: socket.socket, tell: _ListeningMessage) -> None:
    """Serve until asked to stop.

    Raises:
        WorkersFailed: several workers in a row ended before they answered.
        SystemExit: workers had to be ended.
    """
    url, settings = server.socket_url(listening), tell.context.settings
    log_config.configure(as_json=tell.as_json)
    for stopping in server.stopping_signals():
        signal.signal(stopping, _exit)
    if settings.workers == 1:
        if settings.cpu_affinity is CpuAffinity.ONE:
            pin_thread(None)
        hub_server = server.HubServer(app, lambda: tell(url, [os.getpid()]))
        for stopping in server.stopping_signals():
            signal.signal(stopping, hub_server.handle_exit)
        hub_server.serve_until_asked_to_stop(listening)
        return
    with tempfile.TemporaryDirectory(prefix="doorward-metrics-") as folder:
        os.environ[metrics.FOLDER_VARIABLE] = folder
        code = worker_processes.WorkerSupervisor(
            settings, tell.as_json, listening, folder, lambda pids: tell(url, pids)
        ).run()
    if code:
        raise SystemExit(code)


@dataclass(frozen=True)
class _ListeningMessage:
    """Says on stdout where the hub listens, and what to do next."""

    context: contexts.HubContext
    as_json: bool
    upgraded: bool
    data: Path | None

    def __call__(self, url: str, pids: list[int]) -> None:
        limits = server.connection_limits(self.context)
        answer = {
            "listening": url,
            "data": str(self.context.settings.data),
            "database": self.context.uow.database.url.get_backend_name(),
            "pids": pids,
            "files": file_limit(),
            "connections": limits.total,
            "connections_per_address": limits.of_address,
        }
        print_result(f"Doorward hub listening on {url}", answer, as_json=self.as_json)
        sys.stdout.flush()
        if not self.as_json:
            typer.echo(
                f"Each process may open {file_limit()} files: up to {limits.total} connections, "
                f"{limits.of_address} from one address.",
                err=True,
            )
            _print_advice(
                self.context, upgraded=self.upgraded, data=f" --data {self.data}" if self.data else ""
            )


def _check_worker_settings(settings: HubSettings) -> None:
    """Raise where several processes would each have their own truth."""
    if settings.workers == 1:
        return
    if not settings.database_url or settings.database_url.startswith("sqlite"):
        raise CommandFailed(
            f"{settings.workers} workers need PostgreSQL, since SQLite is kept by one process: give --database-url "
            "postgresql://USER@HOST/NAME, or serve with one worker."
        )
    if not settings.redis_url:
        raise CommandFailed(
            f"{settings.workers} workers need Redis, or each would count calls by itself: give --redis-url "
            "redis://HOST:6379/0, or serve with one worker."
        )


def _print_advice(context: contexts.HubContext, *, upgraded: bool, data: str) -> None:
    if upgraded:
        typer.echo("Created or updated the database.", err=True)
    if context.uow.database.is_sqlite and not context.settings.jobs:
        typer.echo(
            "Warning: no background work is done: on SQLite no worker can do it beside this hub.", err=True
        )
    with context.uow.read() as work:
        if not tenants.all_tenants(work):
            typer.echo(_FIRST_STEPS.format(data=data), err=True)
        elif tenants.development_keys(work):
            typer.echo(
                "Warning: a ticket key is derived from SESSION_SECRET: for development only.", err=True
            )


def _exit(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)
