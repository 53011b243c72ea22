"""The pages of events in a browser without scripts."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import (
    EVENT_FORM,
    HERE,
    Browser,
    form_to,
    heading_of,
    signed_in_as,
)


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


def event_of(hub: HubContext, seeded: Seeded, slug: str) -> events.Event:
    with hub.uow.read() as work:
        return events.get_by_slug(work, seeded.tenant_id, slug)


def test_an_event_is_created_in_its_own_time_zone(admin: Browser, hub: HubContext, seeded: Seeded) -> None:
    response = admin.send("/events/new", "/events/new", EVENT_FORM)
    event = event_of(hub, seeded, "autumn-fair")
    assert response.headers["location"] == f"/events/{event.id}/edit"
    assert event.starts_at.isoformat() == "2026-10-02T13:00:00+00:00"
    assert (event.capacity, event.status, event.time_zone) == (1200, EventStatus.DRAFT, "America/New_York")
    text = admin.read(f"/events/{event.id}/edit")
    assert "“Autumn Fair” was created." in text
    assert 'value="2026-10-02T09:00"' in text


@pytest.mark.parametrize(
    ("wrong", "status", "message"),
    [
        ({"name": " "}, 422, "Fill this in."),
        (
            {"slug": "Autumn Fair"},
            422,
            "Lower-case letters, digits and hyphens only, such as summer-fair-2026.",
        ),
        ({"slug": "summit"}, 409, "There is an event “summit” already."),
        ({"ends_at": "2026-10-01T09:00"}, 422, "The event must end after it starts."),
        ({"doors_close_at": "2026-10-02T08:00"}, 422, "The doors must close after they open."),
        ({"doors_open_at": "early"}, 422, "Give a day and a time."),
        ({"day_begins_at": "dawn"}, 422, "Not a time of day, such as 08:30."),
        ({"starts_at": "soon"}, 422, "Give a day and a time."),
        ({"starts_at": "2026-03-08T02:30"}, 422, "clocks of America/New_York go from 02:00 to 03:00"),
        ({"time_zone": "Mars/Olympus"}, 422, "Not a time zone of the IANA list"),
        ({"time_zone": "Factory"}, 422, "Not a time zone of the IANA list"),
        ({"time_zone": "localtime"}, 422, "Not a time zone of the IANA list"),
        ({"capacity": "-3"}, 422, "At least 0."),
        ({"capacity": "many"}, 422, "Give a whole number."),
        ({"status": "PERHAPS"}, 422, "Choose one of the list."),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_wrong_stands_beside_its_field(
    admin: Browser, hub: HubContext, seeded: Seeded, wrong: dict[str, Any], status: int, message: str
) -> None:
    response = admin.post("/events/new", EVENT_FORM | wrong)
    assert response.status_code == status
    field = next(iter(wrong))
    assert f'id="{field}-error"' in response.text or field == "status"
    assert message in response.text
    assert 'value="Autumn Fair"' in response.text or field == "name", "what was typed is kept"
    with hub.uow.read() as work, pytest.raises(events.EventNotFound):
        events.get_by_slug(work, seeded.tenant_id, "autumn-fair")


@pytest.mark.parametrize(
    ("status", "starts", "ends", "word"),
    [
        ("PUBLISHED", -2, -1, "Over"),
        ("PUBLISHED", -1, 1, "On now"),
        ("PUBLISHED", 1, 2, "Published"),
        ("CANCELLED", -2, -1, "Called off"),
        ("DRAFT", -1, 1, "Draft"),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_list_says_what_the_clock_makes_of_an_event(
    admin: Browser, hub: HubContext, seeded: Seeded, status: str, starts: int, ends: int, word: str
) -> None:
    now = hub.clock.now()
    with hub.uow.begin() as work:
        changes = events.EventChanges(
            status=EventStatus(status),
            starts_at=now + timedelta(days=starts),
            ends_at=now + timedelta(days=ends),
        )
        events.update(work, seeded.tenant_id, seeded.event_id, changes)
    assert re.findall(r'<span class="badge [^"]*">([^<]*)<', admin.read("/events")) == [word]


def test_saving_a_form_changes_no_time_that_nobody_touched(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    admin.send("/events/new", "/events/new", EVENT_FORM)
    event = event_of(hub, seeded, "autumn-fair")
    # 01:30 comes twice in New York on 1 November 2026; the second time is 06:30 UTC.
    times = {
        "starts_at": datetime(2026, 11, 1, 6, 30, 17, tzinfo=UTC),
        "doors_open_at": datetime(2026, 11, 1, 5, 30, 1, tzinfo=UTC),
        "doors_close_at": datetime(2026, 11, 1, 23, 59, 59, tzinfo=UTC),
        "ends_at": datetime(2026, 11, 2, 1, 2, 3, 400000, tzinfo=UTC),
    }
    with hub.uow.begin() as work:
        events.update(work, seeded.tenant_id, event.id, events.EventChanges.model_validate(times))
    edit = f"/events/{event.id}/edit"
    assert admin.send(edit, edit, {"name": "Renamed"}).status_code == 303
    changed = event_of(hub, seeded, "autumn-fair")
    assert changed.name == "Renamed"
    assert {name: getattr(changed, name) for name in times} == times
    assert "01:30 comes twice on that day; the second one is meant (UTC-05:00)." in admin.read(edit)
    # With another time zone, the times on the wall are meant.
    assert admin.send(edit, edit, {"time_zone": "Europe/Berlin"}).status_code == 303
    moved = event_of(hub, seeded, "autumn-fair")
    assert moved.starts_at == datetime(2026, 11, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "is_asked"),
    [
        ({"ends_at": "2026-06-10T10:00"}, True),
        ({"starts_at": "2026-06-11T09:00"}, True),
        ({"doors_open_at": "2026-06-10T20:00"}, True),
        ({"starts_at": "2026-06-10T13:00"}, False),  # without doors, gates admit all day before the start
        ({"ends_at": "2026-06-12T18:00"}, False),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_an_event_that_is_on_is_not_moved_away_by_a_slip(
    admin: Browser, hub: HubContext, seeded: Seeded, times: dict[str, str], is_asked: bool
) -> None:
    path = f"/events/{seeded.event_id}/edit"
    answer = admin.send(path, path, times)
    assert answer.status_code == (409 if is_asked else 303)
    if is_asked:
        assert "It takes place now. With these times gates refuse every ticket" in answer.text
        fields = form_to(answer.text, path).fields
        assert admin.client.post(path, data=fields, headers=HERE).status_code == 303
        (name, value), *_more = times.items()
        assert f'name="{name}" type="datetime-local" value="{value}"' in admin.read(path)


def test_which_of_two_equal_times_is_meant_is_asked(admin: Browser, hub: HubContext, seeded: Seeded) -> None:
    """On 1 November 2026, New York's clocks go back from 02:00 to 01:00."""
    path = "/events/new"
    times = {"starts_at": "2026-11-01T01:15", "ends_at": "2026-11-01T01:45"}
    answer = admin.send(path, path, EVENT_FORM | times)
    for field, time, key in (
        ("Starts", "01:15", "starts_at 2026-11-01T01:15:00-05:00"),
        ("Ends", "01:45", "ends_at 2026-11-01T01:45:00-05:00"),
    ):
        assert answer.status_code == 409
        assert heading_of(answer.text) == f"{field}: which {time}?"
        assert f"The first {time} (UTC-04:00)" in answer.text
        assert f'value="{key}"' in answer.text
        fields = form_to(answer.text, path).fields
        sent = re.findall(r'<input type="hidden" name="confirmed" value="([^"]+)"', answer.text)
        answer = admin.client.post(path, data=fields | {"confirmed": [*sent, key]}, headers=HERE)
    assert answer.status_code == 303
    event = event_of(hub, seeded, "autumn-fair")
    assert (event.starts_at, event.ends_at) == (
        datetime(2026, 11, 1, 6, 15, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 45, tzinfo=UTC),
    )
    edit = f"/events/{event.id}/edit"
    assert admin.send(edit, edit, {"name": "Renamed"}).status_code == 303, "nothing is asked again"


def test_a_number_is_typed_with_the_digits_of_any_keyboard(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    admin.send("/events/new", "/events/new", EVENT_FORM | {"capacity": "\u200f١٬٢٠٠".replace("٬", "")})
    assert event_of(hub, seeded, "autumn-fair").capacity == 1200


def test_doors_are_set_and_taken_away_in_the_events_own_time(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    doors = {"doors_open_at": "2026-10-01T22:00", "doors_close_at": "", "day_begins_at": "05:00"}
    admin.send("/events/new", "/events/new", EVENT_FORM | doors)
    event = event_of(hub, seeded, "autumn-fair")
    assert event.doors_open_at is not None
    assert event.doors_open_at.isoformat() == "2026-10-02T02:00:00+00:00"
    assert (event.doors_close_at, event.day_begins_at) == (None, "05:00")
    path = f"/events/{event.id}/edit"
    assert 'value="2026-10-01T22:00"' in admin.read(path)
    admin.send(path, path, {"doors_open_at": ""})
    assert event_of(hub, seeded, "autumn-fair").doors_open_at is None


def test_a_change_of_an_event_is_in_its_history(admin: Browser, hub: HubContext, seeded: Seeded) -> None:
    path = f"/events/{seeded.event_id}/edit"
    response = admin.send(path, path, {"name": "Summit 2", "capacity": ""})
    assert response.headers["location"] == path
    changed = event_of(hub, seeded, "summit")
    assert (changed.name, changed.capacity) == ("Summit 2", None)
    text = admin.read(path)
    assert "The changes are saved." in text
    assert "<del><bdi>Summit</bdi></del>" in text
    assert "<ins><bdi>Summit 2</bdi></ins>" in text
    assert "<bdi>Ada</bdi>" in text


def test_a_conflicting_change_names_the_other_user_and_can_be_saved_anyway(
    admin: Browser, app: FastAPI, hub: HubContext, seeded: Seeded
) -> None:
    path = f"/events/{seeded.event_id}/edit"
    old = admin.read(path)
    assert 'name="version" value="1"' in old
    grace = signed_in_as(app, seeded.tenant_id, name="Grace")
    assert grace.send(path, path, {"name": "Summit of Grace"}).status_code == 303
    mine = {"name": "Summit of Ada", "starts_at": "2026-06-10T08:00", "ends_at": "2026-06-11T18:00"}
    mine |= {"time_zone": "Europe/Berlin", "capacity": "500", "status": "PUBLISHED"}
    response = admin.post(path, mine | {"version": "1"})
    assert response.status_code == 412
    for part in (
        "Another user changed the same fields",
        "<bdi>Grace</bdi>, <time",
        "Summit of Grace",
        'value="Summit of Ada"',
    ):
        assert part in response.text
    assert event_of(hub, seeded, "summit").name == "Summit of Grace"
    assert 'name="version" value="2"' in response.text
    assert admin.post(path, mine | {"version": "2"}).status_code == 303
    assert event_of(hub, seeded, "summit").name == "Summit of Ada"


def test_an_event_is_deleted_once_its_name_was_typed(admin: Browser, hub: HubContext, seeded: Seeded) -> None:
    path = f"/events/{seeded.event_id}/delete"
    response = admin.send(path, path, {"typed": "sumit"})
    assert response.status_code == 422
    assert "Type “summit”" in response.text
    assert event_of(hub, seeded, "summit")
    assert admin.send(path, path, {"typed": "summit"}).headers["location"] == "/events"
    assert "“Summit” was deleted." in admin.read("/events")
    assert admin.get(f"/events/{seeded.event_id}").status_code == 404


def test_the_list_is_searched_sorted_and_turned(admin: Browser, hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        for number in range(60):
            new = events.NewEvent.model_validate(
                {
                    "slug": f"day-{number:02}",
                    "name": f"Open day {number:02}",
                    "starts_at": f"2026-07-01T{number % 24:02}:00:00Z",
                    "ends_at": "2026-07-05T00:00:00Z",
                    "time_zone": "UTC",
                    "status": "DRAFT" if number % 2 else "PUBLISHED",
                }
            )
            events.create(work, seeded.tenant_id, new)
    first = admin.read("/events?sort=name")
    assert "1–50 of 61" in first
    assert "Open day 00" in first
    assert "Summit" not in first.split("<tbody>")[1]
    assert 'aria-sort="ascending"' in first
    second = admin.read("/events?sort=name&page=2")
    assert "Summit" in second.split("<tbody>")[1]
    assert "Summit" in admin.read("/events?sort=name&page=99").split("<tbody>")[1]  # some have gone meanwhile
    assert "Open day 07" in admin.read("/events?q=day+07&filter[status]=")
    drafts = admin.read("/events?filter[status]=DRAFT")
    assert "1–30 of 30" in drafts
    assert "No matching events" in admin.read("/events?q=nothing")
    assert admin.get("/events?sort=colour").status_code == 400


def test_an_operator_sees_events_and_changes_none(app: FastAPI, seeded: Seeded) -> None:
    operator = signed_in_as(app, seeded.tenant_id, Role.OPERATOR)
    text = operator.read("/events")
    assert heading_of(text) == "Events"
    assert "New event" not in text
    assert operator.get("/events/new").status_code == 403
    assert operator.get(f"/events/{seeded.event_id}/edit").status_code == 403


@pytest.mark.parametrize("page", ["edit", "delete"])
def test_the_navigation_marks_events_where_one_is_changed(
    admin: Browser, hub: HubContext, seeded: Seeded, page: str
) -> None:
    admin.send("/events/new", "/events/new", EVENT_FORM)
    text = admin.read(f"/events/{event_of(hub, seeded, 'autumn-fair').id}/{page}")
    assert re.findall(r'href="([^"]*)"[^>]*aria-current="page"', text) == ["/events"]


def test_the_hour_that_everybody_leaves_is_set_refused_and_taken_away(
    admin: Browser, hub: HubContext, seeded: Seeded
) -> None:
    path = f"/events/{seeded.event_id}/edit"
    assert admin.send(path, path, {"everyone_leaves_at": "05:30"}).status_code == 303
    assert event_of(hub, seeded, "summit").everyone_leaves_at == "05:30"
    assert 'value="05:30"' in admin.read(path)
    assert "Not a time of day" in admin.send(path, path, {"everyone_leaves_at": "dawn"}).text
    assert event_of(hub, seeded, "summit").everyone_leaves_at == "05:30"
    admin.send(path, path, {"everyone_leaves_at": ""})
    assert event_of(hub, seeded, "summit").everyone_leaves_at is None
