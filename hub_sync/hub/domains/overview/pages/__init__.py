"""Pages of the overview, with which the console begins."""

from http import HTTPStatus

from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter
from hub_sync.hub.console.template_context import FRAGMENT_HEADER
from hub_sync.hub.domains.check_in.manifest import (
    ACCESS_LOGS_READ,
    CONFLICT_READERS,
    OCCUPANCY_READ,
    SHORT_REASONS,
)
from hub_sync.hub.domains.check_in.service import DailyStatisticsCache
from hub_sync.hub.domains.devices.manifest import DEVICES_READ
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.overview import alerts, live_updates, participant_list, person_page
from hub_sync.hub.domains.overview.access_log import pages as access_log_pages
from hub_sync.hub.domains.overview.dashboard import build_dashboard
from hub_sync.hub.domains.overview.manifest import WATCHES
from hub_sync.hub.domains.overview.occupancy import pages as occupancy_pages
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.domains.series import service as series
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE, SERIES_READ
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.kit.http.routing import include_routes
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
        shows_log=page.caller.has_permission(ACCESS_LOGS_READ),
        shows_occupancy=page.caller.has_permission(OCCUPANCY_READ),
        shows_stations=page.caller.has_permission(DEVICES_READ),
        shows_conflicts=page.caller.has_any_permission(CONFLICT_READERS),
    )
    sees_series = page.caller.has_flag(FF_EVENT_CLONE) and page.caller.has_permission(SERIES_READ)
    place = series.find_place(page.work, page.tenant_id, event_id) if sees_series else None
    return page.render("overview/dashboard.html", board=board, reasons=SHORT_REASONS, series=place)


@router.get("/events/{event_id}/counters", permissions=())
def show_counters(page: PageCall, event_id: Id) -> Response:
    """Show the numbers of the navigation alone, for the script of a page that is open.

    The script gets nothing (204) for an event that was deleted meanwhile: a browser would report an error of a page that is all right.
    """
    try:
        events.check_exists(page.work, page.tenant_id, event_id)
    except events.EventNotFound:
        if FRAGMENT_HEADER not in page.request.headers:
            raise
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return page.render("console/counters.html")


live_updates.add_page_stream(router, "/events/{event_id}/counters/live", ())
live_updates.add_page_stream(router, "/events/{event_id}/live-page", WATCHES)
include_routes(router, access_log_pages.router)
include_routes(router, occupancy_pages.router)
include_routes(router, participant_list.router)
include_routes(router, person_page.router)
