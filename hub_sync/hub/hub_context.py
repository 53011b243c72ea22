"""The hub without its web server, for commands, jobs and the application: its parts are built here, once, and handed on.

It is apart from `app`, so that a command of the database need not import pages, routes and their documentation.
"""

from hub_sync.contract.clock import Clock
from hub_sync.contract.ids import NewId
from hub_sync.hub.authentication import DomainAuthenticator
from hub_sync.hub.domains import all_tables, parts
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.events.template_guard import TemplateGuard
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.db.group_commit import GroupCommit
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.db.write_batches import WriteBatches
from hub_sync.hub.kit.events import change_feed, reactions
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.live_streams import LiveStreams
from hub_sync.hub.kit.events.notifier import Notification, Notifier, RowKey
from hub_sync.hub.kit.events.redis_backend import RedisBackend
from hub_sync.hub.kit.events.shared_reads import SharedReads
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.route_threads import RouteThreads
from hub_sync.hub.kit.metrics import HubMetrics
from hub_sync.hub.kit.networks import parse_network_setting
from hub_sync.hub.kit.security.encryption import SecretBox, load_or_create_secret
from hub_sync.hub.kit.security.rate_limits import IN_MEMORY, RateLimits
from hub_sync.hub.kit.settings import HubSettings


def build_context(settings: HubSettings, clock: Clock, new_id: NewId) -> HubContext:
    """Build the hub without its web server; opens no connection yet.

    Raises:
        DatabaseUnusable, SecretUnusable: with one sentence for a person.
    """
    all_tables()
    database = Database(settings.resolved_database_url, settings.workers)
    secret_box = SecretBox(load_or_create_secret(settings.secret.get_secret_value(), settings.secret_file))

    def heads(keys: set[FeedKey]) -> dict[FeedKey, int]:
        with database.read_session() as session:
            return change_feed.read_heads(session, keys)

    live_streams = LiveStreams(heads, settings.poll_feeds_s)
    notifier = Notifier()
    notifier.add_subscriber(FeedKey, live_streams.notify)
    notifier.add_subscriber(RowKey, live_streams.notify)
    redis_backend = None
    if settings.redis_url:
        # Background work of other processes is announced where this process does none.
        kinds = (FeedKey, RowKey) if settings.jobs else (FeedKey, RowKey, Notification)
        redis_backend = RedisBackend(
            settings.redis_url, settings.resolved_database_url, notifier.deliver, kinds
        )
        notifier.backend = redis_backend
    uow = UnitOfWork(
        database,
        clock,
        new_id,
        notifier.publish_pending,
        secret_box.derive_key,
        reactions.before_commit(module.REACTIONS for module in parts("reactions")),
    )
    hub_metrics = HubMetrics()
    hub_metrics.watch_pools(database.engine, database.reading_engine, database.lookup_engine)
    rate_limits = RateLimits(settings.redis_url or IN_MEMORY)
    return HubContext(
        settings=settings,
        clock=clock,
        new_id=new_id,
        uow=uow,
        write_batches=WriteBatches(uow, settings.station_batch_s),
        group_commit=GroupCommit(uow),
        notifier=notifier,
        live_streams=live_streams,
        secret_box=secret_box,
        authenticator=DomainAuthenticator(
            uow,
            secret_box,
            api_keys.ApiKeyAuthenticator(uow, rate_limits),
            accounts.SessionActivity(uow, accounts.lifetimes(settings)),
        ),
        rate_limits=rate_limits,
        shared_reads=SharedReads(live_streams),
        guard_event=TemplateGuard(),
        trusted_proxies=parse_network_setting(settings.trusted_proxies),
        metrics=hub_metrics,
        redis_backend=redis_backend,
        route_threads=RouteThreads(is_sqlite=database.is_sqlite),
    )
