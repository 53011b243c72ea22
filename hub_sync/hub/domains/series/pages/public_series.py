"""The page of a series that everybody may read, without an account and without a script, and its feed for calendars."""

from fastapi.responses import Response

from hub_sync.hub.console import Page, PageCall, PageRouter
from hub_sync.hub.domains.events.calendar_entries import MEDIA_TYPE, calendar_entry, write_calendar
from hub_sync.hub.domains.series.public_page.reading import PublicSeries, Seats, read_public_series
from hub_sync.hub.kit.text_types import Slug

PATH = "/calendar/{tenant_slug}/{series_slug}"
VIEWS_A_MINUTE = 120
"""From one address: an office or a school may share it."""

router = PageRouter()


@router.get(PATH, public=True)
def show_series(page: PageCall, tenant_slug: Slug, series_slug: Slug) -> Response:
    """Show the editions to come and those before."""
    _limit(page)
    with page.reading() as work:
        content = read_public_series(work, tenant_slug, series_slug)
        return page.render(
            "series/public.html",
            content=content,
            series=content.series,
            seats=Seats,
            organiser=content.organiser,
        )


@router.get(f"{PATH}/feed.ics", public=True)
def download_feed(page: PageCall, tenant_slug: Slug, series_slug: Slug) -> Response:
    """Return the editions to come as a feed that calendars follow; one that is called off stays in it as such, so that they take it out."""
    _limit(page)
    with page.reading() as work:
        return _feed(read_public_series(work, tenant_slug, series_slug))


def _feed(content: PublicSeries) -> Response:
    entries = [calendar_entry(each.event, content.organiser) for each in content.coming]
    headers = {"Cache-Control": "public, max-age=900", "X-Content-Type-Options": "nosniff"}
    calendar = write_calendar(entries, content.series.name)
    return Response(calendar, headers=headers, media_type=f"{MEDIA_TYPE}; charset=utf-8")


def _limit(page: Page) -> None:
    limits = page.hub.rate_limits
    limits.acquire(f"series-page:{page.network}", VIEWS_A_MINUTE).raise_if_exceeded()
