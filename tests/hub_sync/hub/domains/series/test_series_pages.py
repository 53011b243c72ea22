"""The console's pages of series: editions are made by a recurrence, changed with a scope, and taken back."""

import re

import pytest

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import NewParticipant
from hub_sync.hub.domains.series import service as series
from hub_sync.hub.domains.series.editions import recurrence_runs
from hub_sync.hub.domains.series.editions.runner import SeriesRunner
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.operators.conftest import admin

__all__ = ["admin"]
SERIES = {
    "name": "Jazz night",
    "slug": "jazz",
    "time_zone": "Europe/Berlin",
    "name_pattern": "{name} {number}",
    "description": "Every last Friday",
}


@pytest.fixture(autouse=True)
def flag(hub: HubContext, seeded: Seeded) -> None:
    """Switch series on."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_EVENT_CLONE, True)


def hash_in(html: str) -> str:
    """Return the hash that a plan's button sends."""
    match = re.search(r'name="plan_hash" value="([0-9a-f]{64})"', html)
    assert match
    return match[1]


def test_a_series_in_the_console(
    admin: Browser, hub: HubContext, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No series yet" in admin.read("/series")
    refused = admin.post("/series/new", SERIES | {"name_pattern": "{who}"})
    assert (refused.status_code, 'value="{who}"' in refused.text) == (422, True)
    base = admin.post("/series/new", SERIES).headers["location"]
    assert "No editions yet" in admin.read(base)
    with hub.uow.begin() as work:
        public = series.SeriesChanges(is_public=True)
        series.update_series(work, seeded.tenant_id, base.rpartition("/")[2], public)
    (visitors,) = re.findall(r'href="(/calendar/[^"]+)"', admin.read(base))
    assert "Every last Friday" in admin.read(visitors)
    admin.post(f"{base}/editions", {"event_id": seeded.event_id, "number": "4"})
    assert "Edition 4 of" in admin.read(f"/events/{seeded.event_id}")

    form = {
        "source_event_id": seeded.event_id,
        "frequency": "MONTHLY_BY_DATE",
        "interval": "1",
        "start_on": "2027-01-31",
        "count": "3",
        "start_at": "22:00",
        "holidays": "DE",
    }
    both = admin.post(f"{base}/recurrence/plan", form | {"until": "2027-05-01"})
    assert (both.status_code, "and not both" in both.text, 'value="22:00"' in both.text) == (422, True, True)
    gone = admin.post(f"{base}/recurrence/plan", form | {"source_event_id": "gone"})
    assert (gone.status_code, 'value="22:00"' in gone.text) == (404, True)
    plan = admin.post(f"{base}/recurrence/plan", form).text
    assert "These months have no such day: 2027-02, 2027-04." in plan
    assert "Make 3 editions" in plan
    admin.post(f"{base}/recurrence/run", form | {"plan_hash": hash_in(plan)})
    page = admin.read(base)
    assert [f"Jazz night {number}" in page for number in (5, 6, 7)] == [True] * 3
    assert "4 editions" in page

    monkeypatch.setattr(recurrence_runs, "_MOST_EDITIONS", 1)
    more = form | {"frequency": "DAILY", "start_on": "2027-06-01"}
    hidden = more | {"plan_hash": hash_in(admin.post(f"{base}/recurrence/plan", more).text)}
    operation = admin.post(f"{base}/recurrence/run", hidden).headers["location"]
    runner = SeriesRunner(hub.uow)
    assert "0 of 3 editions are there" in admin.read(operation)
    assert "Editions are being made." in admin.read(base)
    runner.run_part(runner.find_active()[0])
    assert ("1 of 3 editions are there" in (page := admin.read(operation)), page.count("Waiting")) == (
        True,
        2,
    )
    with hub.uow.begin() as work:
        events.update(work, seeded.tenant_id, seeded.event_id, events.EventChanges(name="Another"))
    runner.run_part(runner.find_active()[0])
    assert "was changed meanwhile" in admin.read(base)
    assert "Go on" in admin.read(operation)
    assert admin.post(f"{operation}/resume", {}).headers["location"] == operation
    busy = admin.post(f"{base}/editions", {"event_id": seeded.event_id, "number": "40"})
    assert (busy.status_code, "at the moment (1 of 3)" in busy.text) == (409, True)
    admin.post(f"{operation}/undo", {})
    assert "Taken back" in admin.read(operation)
    monkeypatch.undo()

    series_id = base.rpartition("/")[2]
    with hub.uow.begin() as work:
        _, fifth, sixth, _seventh = series.list_editions(work, seeded.tenant_id, series_id)
        participants.create(work, seeded.tenant_id, sixth.event_id, NewParticipant(first_name="Ada"))
    assert "Change editions" in admin.read(f"{base}/change?edition={fifth.id}")
    change = {"edition_id": fifth.id, "scope": "THIS_AND_LATER", "capacity": "77", "start_at": "21:00"}
    assert admin.post(f"{base}/change/plan", change | {"capacity": "", "start_at": ""}).status_code == 422
    plan = admin.post(f"{base}/change/plan", change).text
    assert "1 person is registered" in plan
    run = change | {"plan_hash": hash_in(plan)}
    assert admin.post(f"{base}/change/run", run).status_code == 409
    assert admin.post(f"{base}/change/run", run | {"confirmed": "1"}).status_code == 303
    assert "1 of 77 registered" in admin.read(base)
    with hub.uow.read() as work:
        operations = work.session.scalars(series.operations_of(seeded.tenant_id, series_id)).all()
        changed = next(each.id for each in operations if each.kind == "CHANGE")
    assert "former settings" in admin.read(f"{base}/operations/{changed}")
    assert admin.post(f"{base}/operations/{changed}/undo", {}).status_code == 303
    again = admin.post(f"{base}/operations/{changed}/undo", {})
    assert (again.status_code, "taken back already" in again.text) == (409, True)
    assert "1 of 77 registered" not in admin.read(base)

    edition = f"{base}/editions/{fifth.id}"
    taken = admin.post(edition, {"number": "4"})
    assert (taken.status_code, "is edition 4 of this series already" in taken.text) == (409, True)
    assert admin.post(edition, {"number": "9"}).status_code == 303
    assert admin.post(f"{edition}/remove", {}).status_code == 303
    admin.post(f"{base}/edit", SERIES | {"next_number": "12", "is_public": "1"})
    assert "Public page" in admin.read(base)
    assert admin.post(f"{base}/delete", {}).headers["location"] == "/series"
