"""Pages of the overview, with which the console begins."""

from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from hub_sync.hub.console import PageCall, PageRouter
from hub_sync.hub.domains.check_in.service import DailyStatisticsCache
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.overview import alerts, live_updates, participant_list, person_page
from hub_sync.hub.domains.overview.dashboard import build_dashboard
from hub_sync.hub.domains.overview.errors import StreamForPagesOnly
from hub_sync.hub.domains.overview.manifest import WATCHES
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.sse import RECHECK_S, EventStreamCall, StreamCall
from hub_sync.hub.kit.security.access import Access, CallerKind
from hub_sync.hub.kit.text_types import Id

router = PageRouter()


@router.get("/", permissions=())
def begin(page: PageCall) -> Response:
    """Redirect to the event that is on now, else to the list of events."""
    if page.caller.has_any_permission(WATCHES):
        event_id = events.current_event_id(page.work, page.tenant_id)
        if event_id is not None:
            return page.redirect(f"/events/{event_id}")
    return page.redirect(
        "/events" if page.caller.has_any_permission(("events:read", *WATCHES)) else "/account"
    )


@router.get("/events/{event_id}", permissions=WATCHES)
def show_overview(page: PageCall, event_id: Id) -> Response:
    """Show the event's dashboard."""
    statistics_cache: DailyStatisticsCache = page.request.app.state.daily_statistics
    sees_hooks = page.caller.has_flag(FF_WEBHOOKS) and page.caller.has_any_permission(("webhooks:manage",))
    more = alerts.webhook_alerts(page.work, page.tenant_id) if sees_hooks else ()
    board = build_dashboard(
        page.work,
        statistics_cache,
        page.tenant_id,
        event_id,
        more,
        shows_people=page.caller.has_permission(PARTICIPANTS_READ),
    )
    return page.render("overview/dashboard.html", board=board)


async def watch_overview(call: StreamCall, event_id: Id) -> Response:
    """Stream an event whenever the dashboard's script should reload.

    Raises:
        Forbidden: a key; this is for pages. EventNotFound.
    """
    if call.caller.kind is not CallerKind.USER:
        raise StreamForPagesOnly
    await run_in_threadpool(_find, call, event_id)
    return call.respond(
        live_updates.generate_updates(call, FeedKey(call.caller.tenant_id, event_id), RECHECK_S)
    )


watch_overview.access = Access(WATCHES)  # type: ignore[attr-defined]
watch_overview.is_page = True  # type: ignore[attr-defined]
watch_overview.is_public = False  # type: ignore[attr-defined]
watch_overview.streams = True  # type: ignore[attr-defined]
router.add_api_route("/events/{event_id}/live-page", watch_overview, methods=["GET"], response_model=None)


def _find(call: EventStreamCall, event_id: str) -> None:
    with call.hub.uow.read() as work:
        events.get(work, call.caller.tenant_id, event_id)


router.include_router(participant_list.router)
router.include_router(person_page.router)
