"""The composition root: the application is built here, once, over the parts of `hub_context`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from hub_sync.contract.clock import Clock, SystemClock
from hub_sync.contract.fleet import MAX_UPLOAD_LOG
from hub_sync.contract.ids import NewId
from hub_sync.contract.ids import new_id as make_id
from hub_sync.hub import console, health, metrics
from hub_sync.hub.docs import pages as docs
from hub_sync.hub.docs.examples import all_examples
from hub_sync.hub.domains import parts, registry, template_folders
from hub_sync.hub.domains.accounts.own_account.language import choose_language
from hub_sync.hub.domains.check_in.occupancy.daily_statistics import DailyStatisticsCache
from hub_sync.hub.domains.events import event_switcher
from hub_sync.hub.domains.sync import service as sync
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.db import planner_statistics
from hub_sync.hub.kit.events.jobs import Job, running_jobs
from hub_sync.hub.kit.events.listeners import ListenerJob
from hub_sync.hub.kit.events.periodic import run_periodically
from hub_sync.hub.kit.http import problems, routing
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.middleware import answer_proofs, public_path, request_body, request_log
from hub_sync.hub.kit.middleware.body_decoding import BodyLimits
from hub_sync.hub.kit.openapi import document
from hub_sync.hub.kit.settings import HubSettings

_KIB = 1024
PUSH_PATH = "/api/v1/sync/push"
MAX_PUSH_VALUES = 120_000
"""Some forty values in each of a thousand rows, and three times as many commas in reasons that people wrote."""
_BODY_LIMITS = {
    "/api/v1/sync/report": BodyLimits(64 * _KIB),
    "/api/v1/sync/log": BodyLimits(MAX_UPLOAD_LOG, is_json=False),
    "/api/v1/sync/enrol": BodyLimits(8 * _KIB, values=100),
}

log = structlog.get_logger(__name__)


def create_app(settings: HubSettings, clock: Clock | None = None, new_id: NewId = make_id) -> FastAPI:
    """Build the hub as an ASGI application over a database that is migrated already."""
    context = build_context(settings, clock or SystemClock(), new_id)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as tasks:
            tasks.enter_context(context.write_batches.running())
            await tasks.enter_async_context(
                context.live_streams.polling(_log_warning("can't read the feeds"))
            )
            if context.redis_backend is not None:
                await tasks.enter_async_context(
                    context.redis_backend.running(_log_warning("can't notify through Redis"))
                )
            authenticator = context.authenticator
            await tasks.enter_async_context(
                run_periodically(settings.usage_flush_s, authenticator.flush_usage)
            )
            if settings.jobs:
                tasks.enter_context(running_jobs(all_jobs(context)))
                await tasks.enter_async_context(
                    run_periodically(
                        planner_statistics.INTERVAL_S,
                        partial(planner_statistics.refresh, context.uow.database),
                    )
                )
            yield
        context.live_streams.close()
        context.route_threads.close()
        await run_in_threadpool(context.authenticator.close)
        await run_in_threadpool(context.uow.database.close)

    app = FastAPI(
        title="Doorward hub",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # Starlette redirects to an absolute URL: behind a proxy with TLS that is http, and the key is sent in clear.
        redirect_slashes=False,
        # The hub has metrics and a log of its own; FastAPI's would export addresses, in which tokens stand.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.hub = context
    app.state.daily_statistics = DailyStatisticsCache()
    app.state.station_feeds = sync.StationFeeds(context.shared_reads, context.uow, context.secret_box)
    problems.install(app)
    document.install(app, all_examples(), _openapi_tags())
    answer_proofs.install(app)
    push_limits = BodyLimits(settings.max_push_body, MAX_PUSH_VALUES)
    request_body.install(app, BodyLimits(settings.max_body), _BODY_LIMITS | {PUSH_PATH: push_limits})
    request_log.install(
        app, context.metrics, new_id, context.trusted_proxies, settings.access_log, context.stopping
    )
    public_path.install(app, settings.public_path)
    routing.mount_routers(app, health.router, metrics.router, *(routes.router for routes in parts("routes")))
    routing.install_route_tree(app)
    docs.install(app)
    folders = [*template_folders(), docs.TEMPLATES]
    console.install(
        app,
        [*parts("pages"), docs],
        folders,
        event_switcher.event_choices,
        choose_language,
        (*registry().navigation, *docs.NAVIGATION),
        {name: count for module in parts("counters") for name, count in module.COUNTERS.items()},
    )
    public_path.check_path(app, settings.public_path)
    return app


def all_jobs(context: HubContext) -> list[Job]:
    """Return the background jobs of every domain, and the one that calls their listeners."""
    listeners = [listener for part in parts("listeners") for listener in part.LISTENERS]
    listening = [ListenerJob(context.uow, context.notifier, listeners)] if listeners else []
    return [
        *listening,
        *(job for part in parts("jobs") for job in part.jobs(context)),
    ]


def _openapi_tags() -> dict[str, dict[str, str]]:
    """Return what the documentation says beside each tag; `x-displayName` is what readers of OpenAPI show as title."""
    return {
        tag.name: {"description": tag.description, **({"x-displayName": tag.title} if tag.title else {})}
        for tag in registry().openapi_tags
    }


def _log_warning(message: str) -> Callable[[Exception], None]:
    return lambda error: log.warning(message, error=str(error))
