"""The composition root: everything the hub is made of is built here, once, and handed on."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from hub_sync.contract.clock import Clock, SystemClock
from hub_sync.contract.ids import NewId
from hub_sync.contract.ids import new_id as make_id
from hub_sync.hub import console, health, metrics
from hub_sync.hub.authentication import DomainsGatekeeper
from hub_sync.hub.docs import pages as docs
from hub_sync.hub.docs.examples import EXAMPLES
from hub_sync.hub.domains import all_tables, parts, registry, template_folders
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.own_account.language import choose_language
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.check_in.occupancy.daily_statistics import Tallies
from hub_sync.hub.domains.events import event_switcher
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.jobs import Job, running
from hub_sync.hub.kit.events.live_streams import Live
from hub_sync.hub.kit.events.notifier import News
from hub_sync.hub.kit.events.periodic import ticking
from hub_sync.hub.kit.events.redis_notifier import RedisWaker
from hub_sync.hub.kit.http import problems, route_mounting, route_tree
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.middleware import access_log, request_body
from hub_sync.hub.kit.middleware.metrics import Figures
from hub_sync.hub.kit.openapi import document
from hub_sync.hub.kit.security.client_address import networks_in
from hub_sync.hub.kit.security.encryption import Seal, read_or_make_secret
from hub_sync.hub.kit.security.rate_limits import IN_MEMORY, RateLimits
from hub_sync.hub.kit.settings import Settings

PUSH_PATH, REPORT_PATH = "/api/v1/sync/push", "/api/v1/sync/report"
MAX_REPORT = 64 * 1024

log = structlog.get_logger(__name__)


def build_context(settings: Settings, clock: Clock, new_id: NewId) -> HubContext:
    """The hub without its web server: what commands and jobs work with. Opens no connection yet.

    Raises:
        DatabaseUnusable, SecretUnusable: with one sentence for a person.
    """
    all_tables()
    database = Database(settings.resolved_database_url, settings.workers)
    seal = Seal(read_or_make_secret(settings.secret.get_secret_value(), settings.secret_file))

    def heads(keys: set[FeedKey]) -> dict[FeedKey, int]:
        with database.reading() as session:
            return change_feed.heads(session, keys)

    live = Live(heads, settings.poll_feeds_s)

    def rung(news: set[News]) -> None:
        uow.bell.ring(news)

    waker = (
        RedisWaker(settings.redis_url, settings.resolved_database_url, live.moved, rung)
        if settings.redis_url
        else None
    )

    def moved(keys: set[FeedKey]) -> None:
        live.moved(keys)
        if waker is not None:
            waker.announce(keys)

    uow = UnitOfWork(database, clock, new_id, moved)
    if waker is not None and not settings.jobs:
        uow.tell_elsewhere = waker.announce_news
    figures = Figures()
    figures.watch_pool(database.engine)
    rate_limits = RateLimits(settings.redis_url or IN_MEMORY)
    return HubContext(
        settings=settings,
        clock=clock,
        new_id=new_id,
        uow=uow,
        live=live,
        seal=seal,
        gatekeeper=DomainsGatekeeper(
            uow,
            api_keys.ApiKeyAuthenticator(uow, rate_limits),
            accounts.SessionActivity(uow, accounts.lifetimes(settings)),
        ),
        rate_limits=rate_limits,
        trusted_proxies=networks_in(settings.trusted_proxies),
        figures=figures,
        waker=waker,
    )


def create_app(settings: Settings, clock: Clock | None = None, new_id: NewId = make_id) -> FastAPI:
    """The hub as an ASGI application over a database that is already migrated."""
    context = build_context(settings, clock or SystemClock(), new_id)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as tasks:
            await tasks.enter_async_context(context.live.polling(_saying("can't read the feeds")))
            if context.waker is not None:
                await tasks.enter_async_context(context.waker.running(_saying("can't wake through Redis")))
            gatekeeper = context.gatekeeper
            await tasks.enter_async_context(ticking(settings.usage_flush_s, gatekeeper.write_down))
            if settings.jobs:
                tasks.enter_context(running(all_jobs(context)))
            yield
        context.live.close()
        await run_in_threadpool(context.gatekeeper.close)
        await run_in_threadpool(context.uow.database.close)

    app = FastAPI(
        title="Doorward hub", version="1", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.state.hub = context
    app.state.tallies = Tallies()
    problems.install(app)
    document.install(app, EXAMPLES, _openapi_tags())
    request_body.install(app, settings.max_body, {PUSH_PATH: settings.max_push_body, REPORT_PATH: MAX_REPORT})
    access_log.install(
        app, context.figures, new_id, context.trusted_proxies, settings.access_log, context.stopping
    )
    route_mounting.serve(app, health.router, metrics.router, *(routes.router for routes in parts("routes")))
    route_tree.install(app)
    docs.install(app)
    folders = [*template_folders(), docs.TEMPLATES]
    console.install(
        app,
        [*parts("pages"), docs],
        folders,
        event_switcher.choices,
        choose_language,
        (*registry().navigation, *docs.NAVIGATION),
    )
    return app


def all_jobs(context: HubContext) -> list[Job]:
    """The background work of every domain that has some."""
    return [job for part in parts("jobs") for job in part.jobs(context)]


def _openapi_tags() -> dict[str, dict[str, str]]:
    """Return what the documentation says beside each tag; `x-displayName` is what readers of OpenAPI show as title."""
    return {
        tag.name: {"description": tag.description, **({"x-displayName": tag.title} if tag.title else {})}
        for tag in registry().openapi_tags
    }


def _saying(what: str) -> Callable[[Exception], None]:
    return lambda error: log.warning(what, error=str(error))
