"""Series over REST: numbered editions, recurrences and changes with a scope, each with its plan, and the way back."""

from dataclasses import dataclass
from typing import Any

import pytest
from starlette.testclient import TestClient

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import NewEvent
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.series.manifest import FF_EVENT_CLONE
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
