"""Series over REST: numbered editions, recurrences and changes with a scope, each with its plan, and the way back."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges, NewEvent
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.automatic.series_changes import LISTENERS
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.tables import MessageDelivery
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import NewParticipant
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
from hub_sync.hub.domains.series.service import EditionsChanged
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.events.listeners import Received
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import error_code, make_key
from tests.support.builders.event import new_event

NEW = {"name": "Jazz night", "slug": "jazz", "time_zone": "Europe/Berlin"}


def _event(slug: str) -> NewEvent:
    return new_event().model_copy(update={"slug": slug})


@dataclass
class SeriesApi:
    """Calls of the REST API of series with a key that may do everything."""

    client: TestClient
    key: str
    hub: HubContext
    tenant_id: str
    event_id: str

    def call(self, method: str, path: str = "", **more: Any) -> Any:
        headers = {"X-API-Key": self.key} | more.pop("headers", {})
        return self.client.request(method, f"/api/v1/series{path}", headers=headers, **more)

    def data(self, method: str, path: str = "", **more: Any) -> Any:
        answer = self.call(method, path, **more)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]


@pytest.fixture
def api(client: TestClient, hub: HubContext, seeded: Seeded) -> SeriesApi:
    """Return a caller, with the flag on."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_EVENT_CLONE, True)
    rights = ("series:read", "series:manage", "events:read", "events:update", "event-clone:execute")
    _, key = make_key(hub, seeded.tenant_id, *rights, "checkpoints:update", "participants:read")
    return SeriesApi(client, key, hub, seeded.tenant_id, seeded.event_id)


def test_a_series_has_numbered_editions(api: SeriesApi) -> None:
    series = api.data("POST", json=NEW)
    base = f"/{series['id']}"
    assert (series["next_number"], series["name_pattern"], series["is_public"]) == (
        1,
        "{name} {number}",
        False,
    )
    assert error_code(api.call("POST", json=NEW), 409) == "SeriesExists"
    assert error_code(api.call("PUT", base, json={"name": "Jazz"}), 428) == "PreconditionRequired"
    stale = api.call("PUT", base, json={"name": "Jazz"}, headers={"If-Match": '"7"'})
    assert error_code(stale, 412) == "SeriesChanged"
    pattern = api.call("PUT", base, json={"name_pattern": "{who}"}, headers={"If-Match": '"1"'})
    assert error_code(pattern, 422) == "NamePatternInvalid"
    changed = api.data("PUT", base, json={"next_number": 3}, headers={"If-Match": '"1"'})
    assert (changed["name"], changed["next_number"], changed["version"]) == ("Jazz night", 3, 2)

    with api.hub.uow.begin() as work:
        second = events.create(work, api.tenant_id, _event("second")).id
    first = api.data("POST", f"{base}/editions", json={"event_id": api.event_id})
    assert first["number"] == 3
    again = api.call("POST", f"{base}/editions", json={"event_id": api.event_id})
    assert error_code(again, 409) == "EventInSeries"
    taken = api.call("POST", f"{base}/editions", json={"event_id": second, "number": 3})
    assert error_code(taken, 409) == "EditionNumberTaken"
    other = api.data("POST", f"{base}/editions", json={"event_id": second, "number": 9})
    path = f"{base}/editions/{first['id']}"
    assert error_code(api.call("PUT", path, json={"number": 9}, headers={"If-Match": '"1"'}), 409) == (
        "EditionNumberTaken"
    )
    assert api.data("PUT", path, json={"number": 2}, headers={"If-Match": '"1"'})["number"] == 2
    listed = api.data("GET", f"{base}/editions?expand=event")
    assert [(row["number"], row["event"]["participants"]) for row in listed] == [(2, 0), (9, 0)]

    with api.hub.uow.begin() as work:
        events.delete(work, api.tenant_id, second)
        third = events.create(work, api.tenant_id, _event("third")).id
    assert [row["number"] for row in api.data("GET", f"{base}/editions")] == [2]
    assert api.call("GET", f"{base}/editions/{other['id']}").status_code == 404
    new = api.data("POST", f"{base}/editions", json={"event_id": third})
    assert new["number"] == 10, "the number of a deleted event is not given again by itself"
    path = f"{base}/editions/{new['id']}"
    by_hand = api.data("PUT", path, json={"number": 9}, headers={"If-Match": '"1"'})
    assert by_hand["number"] == 9
    assert api.call("DELETE", path).status_code == 204
    assert api.call("DELETE", base).status_code == 204
    assert api.call("GET", base).status_code == 404


LAST_FRIDAYS = {
    "frequency": "MONTHLY_BY_WEEKDAY",
    "start_on": "2027-02-01",
    "until": "2027-06-30",
    "weekdays": ["FR"],
    "week_of_month": -1,
}


def test_a_recurrence_is_planned_made_and_taken_back(api: SeriesApi) -> None:
    base = f"/{api.data('POST', json=NEW)['id']}"
    options = {
        "source_event_id": api.event_id,
        "recurrence": LAST_FRIDAYS | {"left_out": ["2027-06-25"]},
        "start_at": "22:00",
        "holidays": "DE",
        "leaves_out_holidays": True,
    }
    plan = api.data("POST", f"{base}/edition-plans", json=options)
    assert [(each["day"], each["code"]) for each in plan["skipped_days"]] == [
        ("2027-03-26", "left_out_holiday"),
        ("2027-06-25", "left_out"),
    ], "Good Friday"
    assert [(each["number"], each["name"], each["slug"], each["starts_at"]) for each in plan["editions"]] == [
        (1, "Jazz night 1", "jazz-1", "2027-02-26T21:00:00Z"),
        (2, "Jazz night 2", "jazz-2", "2027-04-30T20:00:00Z"),
        (3, "Jazz night 3", "jazz-3", "2027-05-28T20:00:00Z"),
    ], "22:00 stays 22:00"
    night = {"frequency": "DAILY", "start_on": "2027-03-27", "count": 3}
    clocks = api.data(
        "POST", f"{base}/edition-plans", json=options | {"recurrence": night, "start_at": "02:30"}
    )
    assert [[note["code"] for note in each["warnings"]] for each in clocks["editions"]] == [
        [],
        ["date_skipped"],
    ], "and Easter Monday is left out"
    stale = api.call("POST", f"{base}/edition-runs", json=options | {"plan_hash": "0" * 64})
    assert error_code(stale, 412) == "SeriesPlanChanged"
    run = api.data("POST", f"{base}/edition-runs", json=options | {"plan_hash": plan["plan_hash"]})
    editions = api.data("GET", f"{base}/editions?expand=event")
    assert [(each["number"], each["occurs_on"], each["event"]["name"]) for each in editions] == [
        (1, "2027-02-26", "Jazz night 1"),
        (2, "2027-04-30", "Jazz night 2"),
        (3, "2027-05-28", "Jazz night 3"),
    ]
    again = api.call("POST", f"{base}/edition-plans", json=options)
    assert error_code(again, 422) == "RecurrenceEmpty", "each day has its edition"
    more = options | {"recurrence": LAST_FRIDAYS | {"until": "2027-07-31"}, "first_number": 2}
    problems = api.data("POST", f"{base}/edition-plans", json=more)
    assert [note["code"] for note in problems["problems"]] == ["number_taken", "number_taken"]
    blocked = api.call("POST", f"{base}/edition-runs", json=more | {"plan_hash": plan["plan_hash"]})
    assert error_code(blocked, 422) == "SeriesPlanBlocked"

    undo = f"{base}/operations/{run['id']}/undo"
    change = {"edition_id": editions[0]["id"], "scope": "ALL", "settings": {"start_at": "21:00"}}
    change["plan_hash"] = api.data("POST", f"{base}/change-plans", json=change)["plan_hash"]
    changed = api.data("POST", f"{base}/changes", json=change)
    assert "Jazz night 1 (Event" in api.call("POST", undo).text
    api.data("POST", f"{base}/operations/{changed['id']}/undo")
    with api.hub.uow.begin() as work:
        person = participants.create(
            work, api.tenant_id, editions[1]["event_id"], NewParticipant(first_name="Ada")
        )
        person_id = person.id
    answer = api.call("POST", undo)
    assert error_code(answer, 409) == "SeriesUndoBlocked"
    assert "Jazz night 2 (Participants)" in answer.text
    assert len(api.data("GET", f"{base}/editions")) == 3, "all or nothing"
    with api.hub.uow.begin() as work:
        participants.delete(work, api.tenant_id, editions[1]["event_id"], person_id)
    assert error_code(api.call("POST", undo), 409) == "SeriesUndoBlocked", "a deleted person was added, too"
    with api.hub.uow.begin() as work:
        events.delete(work, api.tenant_id, editions[1]["event_id"])
    assert api.data("POST", undo)["undone_at"]
    assert error_code(api.call("POST", undo), 409) == "SeriesOperationUndone"
    assert api.data("GET", f"{base}/editions") == []
    assert api.data("GET", base)["next_number"] == 1
    assert {row["kind"] for row in api.data("GET", f"{base}/operations")} == {"RECURRENCE", "CHANGE"}


def test_a_change_asks_where_people_are_registered_and_writes_once(api: SeriesApi) -> None:
    base = f"/{api.data('POST', json=NEW)['id']}"
    options = {"source_event_id": api.event_id, "recurrence": LAST_FRIDAYS, "start_at": "22:00"}
    plan = api.data("POST", f"{base}/edition-plans", json=options)
    api.data("POST", f"{base}/edition-runs", json=options | {"plan_hash": plan["plan_hash"]})
    first, second, third, *_ = api.data("GET", f"{base}/editions")
    with api.hub.uow.begin() as work:
        feature_flags.switch(work, api.tenant_id, FF_COMMUNICATION_HUB, True)
        events.update(work, api.tenant_id, third["event_id"], EventChanges(capacity=3))
        for edition in (first, second, third):
            new = NewParticipant(first_name="Ada", email="Ada@example.org")
            participants.create(work, api.tenant_id, edition["event_id"], new)
    change = {
        "edition_id": second["id"],
        "scope": "THIS_AND_LATER",
        "settings": {"start_at": "21:00", "capacity": 40, "status": "PUBLISHED"},
    }
    template = change | {"settings": {"status": "TEMPLATE"}}
    assert (
        error_code(api.call("POST", f"{base}/change-plans", json=template), 409) == "EventTemplateStatusFixed"
    )
    plan = api.data("POST", f"{base}/change-plans", json=change)
    assert (plan["changing"], plan["participants"], plan["concerned"]) == (4, 2, 2)
    by_hand = {
        each["number"]: [c["field"] for c in each["changes"] if c["by_hand"]] for each in plan["editions"]
    }
    assert by_hand == {2: [], 3: ["capacity"], 4: [], 5: []}
    run = change | {"plan_hash": plan["plan_hash"], "notifies": True}
    assert error_code(api.call("POST", f"{base}/changes", json=run), 409) == "ScopeUnconfirmed"
    done = api.data("POST", f"{base}/changes", json=run | {"confirmed": True})
    assert error_code(api.call("POST", f"{base}/changes", json=run | {"confirmed": True}), 412) == (
        "SeriesPlanChanged"
    )
    shown = [row["event"] for row in api.data("GET", f"{base}/editions?expand=event")]
    assert [event["starts_at"][11:16] for event in shown] == ["21:00", "20:00", "19:00", "19:00", "19:00"]
    assert [event["capacity"] for event in shown] == [500, 40, 3, 40, 40]
    with api.hub.uow.begin() as work:
        query = select(StoredDomainEvent).where(StoredDomainEvent.type == "EditionsChanged")
        stored = work.session.scalars(query).one()
        event = EditionsChanged.from_payload(stored.entity_id, stored.event_id, stored.payload)
        received = Received(event, stored.id, api.tenant_id, stored.occurred_at, None)
        for _ in range(2):
            LISTENERS[0].handle(work, received)
    with api.hub.uow.read() as work:
        rows = work.session.scalars(select(MessageDelivery)).all()
        assert [(row.recipient, row.subject) for row in rows] == [
            ("ada@example.org", "Changed: Jazz night 2")
        ]
    api.data("POST", f"{base}/operations/{done['id']}/undo")
    shown = [row["event"] for row in api.data("GET", f"{base}/editions?expand=event")]
    assert [event["starts_at"][11:16] for event in shown] == ["21:00", "21:00", "20:00", "20:00", "20:00"]
    assert [event["status"] for event in shown] == ["DRAFT"] * 5
