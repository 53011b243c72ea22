"""The public page of a series: names and dates and not numbers, the way to a seat, and a feed that calendars follow."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response
from icalendar import Calendar
from starlette.testclient import TestClient

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges, NewEvent
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.registration import service as registration
from hub_sync.hub.domains.registration.manifest import FF_REGISTRATION_PAGE
from hub_sync.hub.domains.series import service
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from hub_sync.hub.domains.series.pages import public_series
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.domains.waitlist.service import WaitlistSettingsChanges
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

NIGHTS = {"Coltrane": 20, "Mingus": 60, "Monk": -40, "Secret": 90}


@dataclass
class Jazz:
    """A public series with four nights, of which one is a draft: their ids by name."""

    hub: HubContext
    client: TestClient
    tenant_id: str
    series_id: str
    path: str
    ids: dict[str, str]

    def get(self, more: str = "", language: str = "en") -> Response:
        """Return an answer."""
        return self.client.get(f"{self.path}{more}", headers={"Accept-Language": language})

    def feed(self) -> dict[str, Any]:
        """Return the entries of the feed by their names."""
        answer = self.get("/feed.ics")
        assert answer.headers["content-type"].startswith("text/calendar")
        calendar: Any = Calendar.from_ical(answer.content)
        assert calendar["name"] == "Jazz nights"
        return {str(entry["summary"]): entry for entry in calendar.walk("VEVENT")}


@pytest.fixture
def jazz(hub: HubContext, client: TestClient, seeded: Seeded) -> Jazz:
    """Create the series."""
    with hub.uow.begin() as work:
        for flag in (FF_EVENT_CLONE, FF_REGISTRATION_PAGE, FF_WAITLIST):
            feature_flags.switch(work, seeded.tenant_id, flag, True)
        new = service.NewSeries(name="Jazz nights", slug="jazz", time_zone="Europe/Berlin", is_public=True)
        row = service.create_series(work, seeded.tenant_id, new)
        ids = {}
        for name, days in NIGHTS.items():
            begin = work.now() + timedelta(days=days)
            status = EventStatus.DRAFT if name == "Secret" else EventStatus.PUBLISHED
            event = events.create(
                work,
                seeded.tenant_id,
                NewEvent(
                    slug=name.lower(),
                    name=name,
                    starts_at=begin,
                    ends_at=begin + timedelta(hours=4),
                    time_zone="America/New_York",
                    capacity=0 if name == "Mingus" else None,
                    status=status,
                ),
            )
            ids[name] = event.id
            service.add_edition(work, seeded.tenant_id, row.id, service.NewEdition(event_id=event.id))
        tenant = tenants.get(work, seeded.tenant_id)
        return Jazz(hub, client, seeded.tenant_id, row.id, f"/calendar/{tenant.slug}/jazz", ids)


def test_visitors_see_names_and_dates_in_the_events_zone_and_no_drafts(jazz: Jazz) -> None:
    html = jazz.get().text
    coming, past = html.split('id="past-title"')
    assert coming.index("Coltrane") < coming.index("Mingus"), "the next one first"
    assert "Monk" in past
    assert "Doorward</title>" not in html, "the organiser's name, as on all pages for visitors"
    assert "Secret" not in html
    assert "America/New_York" in coming
    assert "Demnächst" in jazz.get(language="de").text
    assert 'dir="rtl"' in jazz.get(language="ar").text
    policy = jazz.get().headers["content-security-policy"]
    assert "unsafe-inline" not in policy


def test_the_page_is_there_only_where_it_is_switched_on(jazz: Jazz) -> None:
    assert jazz.client.get("/calendar/nobody/jazz").status_code == 404
    assert jazz.client.get(jazz.path.replace("jazz", "rock")).status_code == 404
    with jazz.hub.uow.begin() as work:
        service.update_series(work, jazz.tenant_id, jazz.series_id, service.SeriesChanges(is_public=False))
    assert [jazz.get(more).status_code for more in ("", "/feed.ics")] == [404, 404]
    with jazz.hub.uow.begin() as work:
        service.update_series(work, jazz.tenant_id, jazz.series_id, service.SeriesChanges(is_public=True))
        feature_flags.switch(work, jazz.tenant_id, FF_EVENT_CLONE, False)
    assert jazz.get().status_code == 404


def test_it_leads_to_registration_where_that_is_on_and_to_the_waitlist_where_seats_are_gone(
    jazz: Jazz,
) -> None:
    assert "/register/" not in jazz.get().text
    with jazz.hub.uow.begin() as work:
        for name in ("Coltrane", "Mingus", "Monk"):
            key = FeedKey(jazz.tenant_id, jazz.ids[name])
            registration.update_settings(work, key, registration.RegistrationSettingsChanges(is_active=True))
    html = jazz.get().text
    assert f'href="/register/{jazz.ids["Coltrane"]}"' in html
    assert "All seats are taken." in html
    assert f"/register/{jazz.ids['Mingus']}" not in html
    assert f"/register/{jazz.ids['Monk']}" not in html, "it is over"
    with jazz.hub.uow.begin() as work:
        key = FeedKey(jazz.tenant_id, jazz.ids["Mingus"])
        waitlist.update_settings(work, key, WaitlistSettingsChanges(is_active=True))
    html = jazz.get().text
    assert f'href="/register/{jazz.ids["Mingus"]}"' in html
    assert "Join the waitlist" in html


def test_a_calendar_follows_an_event_that_is_moved_and_one_that_is_called_off(jazz: Jazz) -> None:
    before = jazz.feed()
    assert set(before) == {"Coltrane", "Mingus"}
    moved = datetime(
        2027, 3, 28, 1, 30, tzinfo=UTC
    )  # half past three in Berlin, where the clocks just skipped an hour
    with jazz.hub.uow.begin() as work:
        changes = EventChanges(starts_at=moved, ends_at=moved + timedelta(hours=3), time_zone="Europe/Berlin")
        events.update(work, jazz.tenant_id, jazz.ids["Coltrane"], changes)
        events.update(work, jazz.tenant_id, jazz.ids["Mingus"], EventChanges(status=EventStatus.CANCELLED))
    after = jazz.feed()
    assert after["Coltrane"]["uid"] == before["Coltrane"]["uid"]
    assert after["Coltrane"]["sequence"] > before["Coltrane"]["sequence"]
    assert after["Coltrane"]["dtstart"].dt == moved
    assert str(after["Mingus"]["status"]) == "CANCELLED"
    assert "Called off" in jazz.get().text


def test_views_are_limited_by_the_address(jazz: Jazz, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_series, "VIEWS_A_MINUTE", 3)
    assert [jazz.get("/feed.ics").status_code for _ in range(4)] == [200, 200, 200, 429]
