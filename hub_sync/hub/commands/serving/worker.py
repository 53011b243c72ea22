"""`doorward-hub worker`: the background work alone."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import nullcontext
from typing import Annotated

import structlog
import typer

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.commands.common import (
    AsJson,
    Data,
    DatabaseUrl,
    load_settings,
    print_result,
    report_errors,
    upgrade_database,
)
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.commands.lazy_imports import lazy_imports
from hub_sync.hub.commands.serving import folder_lock
from hub_sync.hub.connection_limits import raise_file_limit
from hub_sync.hub.cpu_affinity import pin_thread

with lazy_imports():
    from hub_sync.hub import app as hub_app
    from hub_sync.hub import hub_context, server
    from hub_sync.hub.commands import existing_hub
    from hub_sync.hub.kit import log_config
    from hub_sync.hub.kit import settings as hub_settings
    from hub_sync.hub.kit.events import jobs, redis_backend
    from hub_sync.hub.kit.http import context as contexts

log = structlog.get_logger(__name__)


@report_errors
def worker(
    data: Data = None,
    database_url: DatabaseUrl = None,
    redis_url: Annotated[
        str | None,
        typer.Option(help="redis://HOST:PORT/N, where hubs without jobs tell what there is to do, at once."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Do the background work (webhooks): for hubs that leave it out (`serve --no-jobs`), or together with them.

    On PostgreSQL any number beside any number of hubs. A SQLite hub is one process, and does it itself.
    SIGTERM, SIGINT and SIGHUP end it in good order: what is under way gets some seconds. A second one ends it at once.
    """
    settings = load_settings(data, database_url, redis_url=redis_url)
    existing_hub.require_hub(settings)
    existing_hub.refuse_partial_hub(settings)
    raise_file_limit()
    context = hub_context.build_context(settings, SystemClock(), new_id)
    alone = folder_lock.hold(settings.data) if context.uow.database.is_sqlite else nullcontext()
    try:
        with alone:
            upgrade_database(context.uow.database)
            _run(context, as_json=as_json)
    except folder_lock.FolderInUse as error:
        raise CommandFailed(str(error)) from error
    finally:
        context.authenticator.close()
        context.uow.database.close()


def _run(context: contexts.HubContext, *, as_json: bool) -> None:
    """Run until a signal asks to stop."""
    log_config.configure(as_json=as_json)
    stopping = _StopSignal()
    if context.settings.cpu_affinity is hub_settings.CpuAffinity.ONE:
        pin_thread(None)
    server.tune_interpreter()
    hearing = (
        [redis_backend.RedisBackendJob(context.redis_backend, _log_redis_error)]
        if context.redis_backend is not None
        else []
    )
    with jobs.running_jobs([*hearing, *hub_app.all_jobs(context)]):
        answer = {
            "data": str(context.settings.data),
            "database": context.uow.database.url.get_backend_name(),
            "pids": [os.getpid()],
        }
        print_result(f"Doorward worker at work (process {os.getpid()})", answer, as_json=as_json)
        sys.stdout.flush()
        stopping.wait()


def _log_redis_error(error: Exception) -> None:
    log.warning("redis_subscription_failed", error=str(error))


class _StopSignal:
    """Waits for a signal that asks to stop; from then on another one ends the process."""

    def __init__(self) -> None:
        """Install the signal handlers. Only the main thread receives signals, so that a pipe is enough."""
        self._woken, self._wake = os.pipe()
        for stopping in server.stopping_signals():
            signal.signal(stopping, self._ask)

    def wait(self) -> None:
        """Return once it was asked."""
        os.read(self._woken, 1)

    def _ask(self, *_: object) -> None:
        os.write(self._wake, b".")
        for stopping in server.stopping_signals():
            signal.signal(stopping, _end_at_once)


def _end_at_once(*_: object) -> None:
    os._exit(server.EXIT_INTERRUPTED)
