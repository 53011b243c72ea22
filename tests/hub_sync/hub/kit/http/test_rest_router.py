"""The report's eleven routes and their like: who may do what, to whom things belong, and what a caller can't break.

| the issue's check | test |
| --- | --- |
| 1 another tenant's event 404 | test_what_belongs_to_another_tenant_is_not_there |
| 2, 3, 4, 6 keys, addresses, tiers | ../api_keys |
| 5 `events:*` may post events, not read participants | test_a_wildcard_covers_its_own_domain_only |
| 7 428, 412, two at once exactly one 200 | test_nobody_overwrites_what_they_have_not_seen.py |
| 8 same Idempotency-Key twice one row | test_a_post_that_is_sent_twice_is_done_once.py |
| 9 rows inserted while a cursor walks | test_a_walk_through_a_list_neither_repeats_nor_skips.py |
| 10 every 4xx is a problem with `error.code` | test_every_refusal_is_a_problem, and `refused` in every test here |
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.route_threads import RouteThreads
from tests.hub_sync.hub.conftest import Seeded
from tests.support.rest_client import NEW_EVENT, CallerMaker, Rest, refused

ADA = {"first_name": "Ada", "last_name": "Lovelace", "registration_code": "ADA-1", "status": "PENDING"}


def domain_event_types(hub: HubContext, of: str) -> list[str]:
    with hub.uow.read() as work:
        chosen = (
            select(StoredDomainEvent.type)
            .where(StoredDomainEvent.entity_id == of)
            .order_by(StoredDomainEvent.id)
        )
        return list(work.session.scalars(chosen))


def test_an_event_is_made_read_changed_and_deleted(rest: Rest, hub: HubContext, seeded: Seeded) -> None:
    created = rest.post("/events", json=NEW_EVENT)
    assert created.status_code == 201
    event = created.json()["data"]
    assert (event["starts_at"], event["status"]) == ("2026-07-01T16:00:00Z", "PUBLISHED")
    assert created.headers["location"] == f"/api/v1/events/{event['id']}"
    path = f"/events/{event['id']}"
    read = rest.get(path)
    assert (read.json()["data"], read.headers["etag"]) == (event, created.headers["etag"])
    changed = rest.put(path, json={"capacity": 7}, headers={"If-Match": read.headers["etag"]})
    assert changed.json()["data"] == event | {"capacity": 7, "version": 2, "updated_at": event["updated_at"]}
    deleted = rest.delete(path, headers={"If-Match": changed.headers["etag"]})
    assert (deleted.status_code, deleted.content) == (204, b"")
    refused(rest.get(path), 404, "EventNotFound")
    refused(rest.delete(path), 404, "EventNotFound")
    assert domain_event_types(hub, event["id"]) == ["EventCreated", "EventUpdated", "EventDeleted"]
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "event", event["id"])
    assert [entry.action for entry in entries] == ["create", "update", "delete"]
    assert {entry.actor.split(" ")[0] for entry in entries} == {"key:test"}
    assert rest.post("/events", json=NEW_EVENT).status_code == 201, "the slug is free again"


def test_what_is_so_already_changes_nothing(rest: Rest) -> None:
    event = rest.post("/events", json=NEW_EVENT).json()["data"]
    for same in ({}, {"name": None}, {"name": event["name"], "starts_at": event["starts_at"]}):
        answer = rest.put(f"/events/{event['id']}", json=same, headers={"If-Match": '"1"'})
        assert answer.headers["etag"] == '"1"'


def test_a_participant_is_made_read_changed_and_deleted(rest: Rest, hub: HubContext) -> None:
    created = rest.post(rest.people, json=ADA | {"extra": {"diet": ["vegan", {"n": 10**30}]}})
    assert created.status_code == 201, created.text
    person = created.json()["data"]
    assert person["extra"] == {"diet": ["vegan", {"n": 10**30}]}
    path = f"{rest.people}/{person['id']}"
    assert rest.get(path).json()["data"] == person
    assert rest.get(path, params={"expand": "event"}).json()["data"]["extra"] == person["extra"]
    changes = {"status": "APPROVED", "registration_code": "ada-2", "email": "ada@example.org"}
    changed = rest.put(path, json=changes, headers={"If-Match": created.headers["etag"]})
    assert changed.json()["data"] == person | changes | {"version": 2}
    cleared = rest.put(path, json={"email": None, "category": None}, headers={"If-Match": "*"})
    assert (cleared.json()["data"]["email"], cleared.json()["data"]["category"]) == (None, "")
    assert rest.delete(path).status_code == 204
    refused(rest.get(path), 404, "ParticipantNotFound")
    refused(rest.put(path, json={}, headers={"If-Match": "*"}), 404, "ParticipantNotFound")
    assert domain_event_types(hub, person["id"]) == [
        "ParticipantRegistered",
        "ParticipantUpdated",
        "ParticipantApproved",
        "ParticipantStatusChanged",
        "ParticipantUpdated",
        "ParticipantDeleted",
    ]


def test_an_id_and_a_code_are_one_persons(rest: Rest) -> None:
    assert rest.post(rest.people, json=ADA | {"id": "crm-17"}).json()["data"]["id"] == "crm-17"
    refused(rest.post(rest.people, json={"id": "crm-17"}), 409, "ParticipantExists")
    refused(rest.post(rest.people, json={"registration_code": "ada 1"}), 409, "RegistrationCodeTaken")
    bob = rest.post(rest.people, json={"first_name": "Bob"}).json()["data"]
    path = f"{rest.people}/{bob['id']}"
    any_version = {"If-Match": "*"}
    refused(
        rest.put(path, json={"registration_code": "ADA1"}, headers=any_version), 409, "RegistrationCodeTaken"
    )
    refused(
        rest.put(path, json={"registration_code": "---"}, headers=any_version),
        422,
        "RegistrationCodeUnusable",
    )
    refused(rest.post("/events", json=NEW_EVENT | {"slug": "summit"}), 409, "EventExists")


def test_a_participants_own_id_stands_in_its_address(rest: Rest) -> None:
    people = "/events/" + rest.post("/events", json=NEW_EVENT).json()["data"]["id"] + "/participants"
    for own in ("...", "a;b=d", "urn:crm:17", "Ada's~1"):
        created = rest.post(people, json={"id": own})
        where = created.headers["location"].removeprefix("/api/v1")
        assert rest.get(where).json()["data"]["id"] == own
    for own in (".", "..", "a?b", "a#b", "a%20b", 'a"b', "a&b"):
        refused(rest.post(people, json={"id": own}), 422, "ValidationFailed")


@pytest.mark.both_databases
def test_of_many_who_want_one_code_one_gets_it(rest: Rest) -> None:
    statuses = [answer.status_code for answer in rest.at_once(6, "POST", rest.people, json=ADA)]
    assert sorted(statuses) == [201, 409, 409, 409, 409, 409]
    statuses = [answer.status_code for answer in rest.at_once(6, "POST", "/events", json=NEW_EVENT)]
    assert sorted(statuses) == [201, 409, 409, 409, 409, 409]


def test_what_belongs_to_another_tenant_is_not_there(rest: Rest, stranger: Rest, seeded: Seeded) -> None:
    person = rest.post(rest.people, json=ADA).json()["data"]["id"]
    event = f"/events/{seeded.event_id}"
    changes = {"json": {}, "headers": {"If-Match": "*"}}
    for answer in (
        stranger.get(event),
        stranger.put(event, **changes),
        stranger.delete(event),
        stranger.get(rest.people),
        stranger.post(rest.people, json=ADA),
        stranger.get(f"{rest.people}/{person}"),
        stranger.put(f"{rest.people}/{person}", **changes),
        stranger.delete(f"{rest.people}/{person}"),
        stranger.get(f"{event}/workflows"),
        stranger.get(f"{event}/workflows/x"),
    ):
        refused(answer, 404, "EventNotFound")
    assert stranger.get("/events").json()["data"] == []
    own = stranger.post("/events", json=NEW_EVENT).json()["data"]["id"]
    refused(stranger.get(f"/events/{own}/participants/{person}"), 404, "ParticipantNotFound")
    assert rest.get(f"{rest.people}/{person}").status_code == 200


def test_another_events_people_are_not_there_either(rest: Rest) -> None:
    person = rest.post(rest.people, json=ADA).json()["data"]["id"]
    other = rest.post("/events", json=NEW_EVENT).json()["data"]["id"]
    refused(rest.get(f"/events/{other}/participants/{person}"), 404, "ParticipantNotFound")
    refused(rest.delete(f"/events/{other}/participants/{person}"), 404, "ParticipantNotFound")


def test_what_is_below_a_deleted_event_is_gone_with_it(rest: Rest, seeded: Seeded) -> None:
    person = rest.post(rest.people, json=ADA).json()["data"]["id"]
    assert rest.delete(f"/events/{seeded.event_id}").status_code == 204
    for answer in (
        rest.get(rest.people),
        rest.get(f"{rest.people}/{person}"),
        rest.post(rest.people, json=ADA),
        rest.put(f"{rest.people}/{person}", json={}, headers={"If-Match": "*"}),
        rest.delete(f"{rest.people}/{person}"),
        rest.get(f"/events/{seeded.event_id}/workflows"),
    ):
        refused(answer, 404, "EventNotFound")


def test_a_wildcard_covers_its_own_domain_only(caller: CallerMaker) -> None:
    events_only = caller("events:*")
    assert events_only.post("/events", json=NEW_EVENT).status_code == 201
    problem = refused(events_only.get(events_only.people), 403, "PermissionMissing")
    assert problem["permissions"] == ["participants:read"]
    refused(events_only.post(events_only.people, json=ADA), 403, "PermissionMissing")
    reads_only = caller("events:read")
    assert reads_only.get("/events").status_code == 200
    refused(reads_only.post("/events", json=NEW_EVENT), 403, "PermissionMissing")


def test_a_body_is_not_looked_at_before_its_sender(rest: Rest, caller: CallerMaker) -> None:
    spoiled: dict[str, Any] = {"content": b"{not json", "headers": {"Content-Type": "application/json"}}
    refused(rest.client.post("/api/v1/events", **spoiled), 401, "SignInNeeded")
    refused(caller("events:read").post("/events", **spoiled), 403, "PermissionMissing")
    refused(rest.post("/events", **spoiled), 400, "BadRequest")


def deep(levels: int) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for _ in range(levels - 1):
        nested = {"x": nested}
    return nested


HOSTILE: tuple[bytes, ...] = (
    b'{"first_name": "a\\u0000b"}',
    b'{"first_name": "a\x00b"}',
    b'{"first_name": "\\ud800"}',
    b'{"extra": {"\\udfff": 1}}',
    b'{"extra": {"n": NaN}}',
    b'{"extra": {"n": [1, {"m": Infinity}]}}',
    b'{"extra": {"n": 1e999}}',
    b'{"extra": {"n": ' + b"9" * 5000 + b"}}",
    b'{"extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    json.dumps({"extra": deep(33)}).encode(),
    json.dumps({"extra": {"x": "y" * 65_536}}).encode(),
    b'{"extra": []}',
    b'{"extra": null}',
    b'{"status": "NICE"}',
    b'{"id": "a/b"}',
    b'{"id": ""}',
    b'{"id": "' + b"x" * 65 + b'"}',
    b'{"email": "nobody"}',
    b'{"first_name": 7}',
    b'{"unknown": 1}',
    b"[]",
    b"null",
    b'"text"',
    b"",
    b"\xff\xfe",
)


def test_what_can_not_be_kept_is_refused_and_never_breaks_the_hub(rest: Rest) -> None:
    for body in HOSTILE:
        answer = rest.post(rest.people, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), (body[:60], answer.text)
        refused(answer, answer.status_code, answer.json()["error"]["code"])
    for body in (json.dumps({"extra": deep(32)}).encode(), '{"last_name": "🎫 ﷽ e\u0301"}'.encode()):
        answer = rest.post(rest.people, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 201, answer.text


def test_times_that_can_not_be_kept_are_refused(rest: Rest) -> None:
    for time in (
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-07-01T18:00:00",
        1e300,
        17,
        None,
        "",
    ):
        refused(rest.post("/events", json=NEW_EVENT | {"starts_at": time}), 422, "ValidationFailed")
    reversed_dates = NEW_EVENT | {"ends_at": NEW_EVENT["starts_at"]}
    refused(rest.post("/events", json=reversed_dates), 422, "EventDatesReversed")
    for capacity in (-1, 2**40, "7", 1.5, True):
        refused(rest.post("/events", json=NEW_EVENT | {"capacity": capacity}), 422, "ValidationFailed")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/events/" + "x" * 65, 422, "ValidationFailed"),
        ("GET", "/events/%E2%82%AC", 422, "ValidationFailed"),
        ("GET", "/events/%00", 422, "Unprocessable"),
        ("GET", "/events/%F0%9F", 422, "ValidationFailed"),
        ("GET", "/nothing", 404, "NotFound"),
        ("PATCH", "/events", 405, "MethodNotAllowed"),
        ("DELETE", "/events", 405, "MethodNotAllowed"),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_every_refusal_is_a_problem(rest: Rest, method: str, path: str, status: int, code: str) -> None:
    refused(rest.call(method, path), status, code)


def test_a_body_of_another_kind_or_size_is_refused(rest: Rest) -> None:
    text = {"content": b'{"slug": "x"}', "headers": {"Content-Type": "text/plain"}}
    refused(rest.post("/events", **text), 422, "ValidationFailed")
    large = {"content": b" " * (1024 * 1024 + 1), "headers": {"Content-Type": "application/json"}}
    refused(rest.post("/events", **large), 413, "PayloadTooLarge")


def test_what_takes_long_keeps_no_thread_of_the_quick_reads_on_which_stations_pull(
    rest: Rest, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = rest.post(rest.people, json=ADA | {"status": "APPROVED"}).json()["data"]["id"]
    event, run, asked = f"/events/{seeded.event_id}", RouteThreads.run, list[bool]()

    async def noted(self: RouteThreads, function: Callable[[], Any], *, reads: bool) -> Any:
        asked.append(reads)
        return await run(self, function, reads=reads)

    monkeypatch.setattr(RouteThreads, "run", noted)
    long = (
        f"{event}/access-logs.csv",
        f"{event}/access-logs.xlsx",
        f"{event}/tickets/download?format=png-files",
        f"{rest.people}/{ada}/ticket",
        "/audit-logs.csv",
        "/audit-logs.jsonl",
        f"/devices/{seeded.device_id}/evidence.zip",
    )
    for path in (*long, event):
        assert rest.get(path).status_code == 200, path
    assert asked == [False] * len(long) + [True]
