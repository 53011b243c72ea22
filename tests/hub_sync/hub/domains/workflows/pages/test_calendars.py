"""The pages of business hours and of one deadline, in a browser without scripts."""

from datetime import timedelta

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.definition.model import Sla
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.operators.conftest import admin
from tests.support.builders.deadlines import open_task

LIST = "/settings/business-hours"
__all__ = ["admin"]


def test_business_hours_are_added_edited_and_deleted(admin: Browser) -> None:
    """A text that can't be read stands beside its day, as it was typed; public holidays are added to those that are there."""
    assert "No business hours yet" in admin.read(LIST)
    form = {"name": "Office", "time_zone": "Europe/Berlin", "monday": "9-12, 11-17", "friday": "9 to 5"}
    refused = admin.send(f"{LIST}/new", f"{LIST}/new", form).text
    assert "11:00-17:00 begins before the hours in front of it have ended." in refused
    assert "“9 to 5” can&#39;t be read." in refused
    assert 'value="9-12, 11-17"' in refused
    form |= {"monday": "9-12, 13-17", "friday": "", "holidays": "2027-01-06 Three Kings"}
    page = admin.send(f"{LIST}/new", f"{LIST}/new", form).headers["location"]
    shown = admin.read(page)
    assert 'value="09:00-12:00, 13:00-17:00"' in shown
    admin.send(page, page.replace("/edit", "/holidays"), {"region": "DE-BY", "year": "2027"})
    edited = admin.read(page)
    assert "2027-01-06 Three Kings" in edited
    assert "2027-05-27 Corpus Christi" in edited
    nowhere = admin.send(page, page.replace("/edit", "/holidays"), {"region": "ZZ", "year": "2027"}).text
    assert "No public holidays are known of “ZZ” in 2027." in nowhere
    assert "Europe/Berlin" in admin.read(LIST)
    admin.send(page.replace("/edit", "/delete"), page.replace("/edit", "/delete"))
    assert "No business hours yet" in admin.read(LIST)


def test_a_deadline_shows_its_sum_and_is_paused_and_resumed(
    admin: Browser, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        person = participants.create(work, *key, participants.NewParticipant(first_name="Ada"))
        started = clocks.start(work, open_task(work, key, person.id).start(Sla(minutes=600)))
        assert started is not None
        page = f"/events/{key.event_id}/sla-clocks/{started.id}"
    clock.advance(timedelta(minutes=90))
    assert "90 / 600" in admin.read(page)
    admin.send(page, f"{page}/pause", {"reason": "We wait for documents."})
    clock.advance(timedelta(minutes=30))
    assert "Nothing counts until it is resumed." in admin.read(page)
    admin.send(page, f"{page}/resume")
    clock.advance(timedelta(minutes=10))
    assert "100 / 600" in admin.read(page)
