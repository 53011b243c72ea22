"""The console's pages of clones: a plan is read, the copy is made, and taken back."""

import re

import pytest

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.operators.conftest import admin
from tests.hub_sync.hub.domains.series.conftest import Cloning

__all__ = ["admin"]
FORM = {
    "name": "Expo 2027",
    "slug": "expo-2027",
    "start_on": "2027-03-28",
    "start_at": "02:30",
    "time_zone": "Europe/Berlin",
    "parts": ["checkpoints", "queues", "messages"],
    "holidays": "DE",
}


@pytest.fixture(autouse=True)
def flag(cloning: Cloning) -> None:
    """Switch cloning on."""
    with cloning.hub.uow.begin() as work:
        feature_flags.switch(work, cloning.key.tenant_id, FF_EVENT_CLONE, True)


def hash_in(html: str) -> str:
    """Return the hash that a plan's button sends."""
    match = re.search(r'name="plan_hash" value="([0-9a-f]{64})"', html)
    assert match
    return match[1]


def test_an_event_is_cloned_and_taken_back_in_the_console(admin: Browser, cloning: Cloning) -> None:
    base = f"/events/{cloning.key.event_id}"
    assert "No copies yet" in admin.read(f"{base}/clones")
    assert "Clone this event" in admin.read(f"{base}/clone")
    html = admin.post(f"{base}/clone/plan", FORM).text
    assert "Starts: the clocks skip this time on that day." in html
    assert "Operators of stations" in html
    sent = FORM | {"plan_hash": hash_in(html)}
    back = admin.post(f"{base}/clone/run", sent | {"withdrawn": "1"})
    assert 'value="expo-2027"' in back.text
    with cloning.hub.uow.begin() as work:
        events.update(work, *cloning.key, EventChanges(capacity=77))
    stale = admin.post(f"{base}/clone/run", sent)
    assert (stale.status_code, "Read the new plan" in stale.text, 'value="expo-2027"' in stale.text) == (
        412,
        True,
        True,
    )
    sent["plan_hash"] = hash_in(admin.post(f"{base}/clone/plan", FORM).text)
    copy = admin.post(f"{base}/clone/run", sent)
    assert copy.status_code == 303
    page = admin.read(copy.headers["location"])
    assert "You are in the copy now" in page
    assert "Take the copy back" in page
    undone = admin.post(f"{copy.headers['location']}/undo", {})
    assert undone.headers["location"] == f"{base}/clones"
    assert "Taken back" in admin.read(f"{base}/clones")


def test_what_was_typed_stays_in_the_form_with_its_fault(admin: Browser, cloning: Cloning) -> None:
    base = f"/events/{cloning.key.event_id}"
    with cloning.hub.uow.read() as work:
        taken = events.read(work, *cloning.key).slug
    for fields in ({"slug": taken}, {"slug": ""}, {"holidays": "ZZ"}, {"start_on": "1800-01-01"}):
        answer = admin.post(f"{base}/clone/plan", FORM | fields)
        assert answer.status_code in (409, 422), fields
        assert 'value="Expo 2027"' in answer.text
