"""Business hours and deadlines over REST."""

from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, error_code, make_caller

AT = "/api/v1/business-calendars"
WEEK = {"monday": [{"opens": "13:00", "closes": "17:00"}, {"opens": "09:00", "closes": "12:00"}]}
__all__ = ["make_caller"]


def test_business_hours_are_written_with_their_version(make_caller: CallerFactory) -> None:
    caller = make_caller("workflows:read", "workflows:manage")
    new = {"name": "Office", "hours": WEEK, "holidays": [{"day": "2026-12-25", "name": "Christmas"}]}
    created = caller.client.post(AT, headers=caller.headers, json=new)
    assert created.status_code == 201
    at = created.headers["location"]
    assert created.json()["data"]["hours"]["monday"][0]["opens"] == "09:00", "in order"
    twice = caller.client.post(AT, headers=caller.headers, json={**new, "name": "OFFICE"})
    assert error_code(twice, 409) == "BusinessCalendarExists"
    tag = caller.headers | {"If-Match": created.headers["etag"]}
    renamed = caller.client.put(at, headers=tag, json={"name": "Office Munich"}).json()["data"]
    assert (renamed["number"], renamed["version"]) == (1, 2), "a name is no new hours"
    stale = caller.client.put(at, headers=tag, json={"hours": WEEK})
    assert error_code(stale, 412) == "BusinessCalendarChanged"
    for hours, code in (
        ({}, "CalendarNeverOpens"),
        ({"monday": [{"opens": "22:00", "closes": "06:00"}]}, "BusinessHoursInvalid"),
    ):
        refused = caller.client.post(AT, headers=caller.headers, json={"name": "New", "hours": hours})
        assert error_code(refused, 422) == code
    year = {"region": "DE-BY", "year": 2027}
    holidays = caller.client.post(f"{at}/public-holidays", headers=caller.headers, json=year).json()["data"]
    assert len(holidays["holidays"]) == 13
    assert holidays["number"] == 2
    assert caller.client.delete(at, headers=caller.headers).status_code == 204
    assert caller.client.get(at, headers=caller.headers).status_code == 404
    assert caller.client.get(AT, headers=caller.headers).json()["data"] == []
