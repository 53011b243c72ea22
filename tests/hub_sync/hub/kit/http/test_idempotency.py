"""Idempotency-Key: the second gets the first one's answer, whatever came between.

Check 8 of the issue (same Idempotency-Key twice, one row) is here; twenty at once, too.
"""

import hashlib
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.errors import Conflict, NotFound
from hub_sync.hub.kit.http import idempotency
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.idempotency import IdempotentAnswer
from hub_sync.hub.kit.security.access import Credentials
from tests.hub_sync.hub.conftest import Seeded
from tests.support.rest_client import NEW_EVENT, CallerMaker, Rest, refused

KEY = {"Idempotency-Key": "order-66"}
ADA = {"first_name": "Ada"}


def people(hub: HubContext, seeded: Seeded) -> int:
    with hub.uow.read() as work:
        return participants.count(work, seeded.tenant_id, seeded.event_id)


def stored_answers(hub: HubContext) -> int:
    with hub.uow.read() as work:
        return work.session.scalar(select(func.count()).select_from(IdempotentAnswer)) or 0


def test_the_same_key_twice_makes_one_row_and_one_answer(rest: Rest, hub: HubContext, seeded: Seeded) -> None:
    first, again = (rest.post(rest.people, json=ADA, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for header in ("location", "etag", "content-type", "cache-control"):
        assert again.headers[header] == first.headers[header]
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (
        None,
        "true",
    )
    assert int(again.headers["x-ratelimit-remaining"]) == int(first.headers["x-ratelimit-remaining"]) - 1
    assert people(hub, seeded) == 1


def test_what_is_stored_does_not_help_to_guess_a_short_secret_in_the_body(
    rest: Rest, hub: HubContext
) -> None:
    body = b'{"name": "Mara", "role": "steward", "pin": "250917"}'
    path = f"/events/{rest.event_id}/operators"
    headers = KEY | {"content-type": "application/json"}
    assert rest.post(path, content=body, headers=headers).status_code == 201
    with hub.uow.read() as work:
        (row,) = work.session.scalars(select(IdempotentAnswer)).all()
        assert row.fingerprint != hashlib.sha256(b"\n" + body).hexdigest()
        assert b"250917" not in row.body
    assert rest.post(path, content=body, headers=headers).headers["idempotency-replayed"] == "true"


def test_twenty_at_once_make_one_row(rest: Rest, hub: HubContext, seeded: Seeded) -> None:
    answers = rest.at_once(20, "POST", rest.people, json=ADA, headers=KEY)
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[201] >= 1
    assert statuses.keys() <= {201, 409}
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "IdempotencyKeyInFlight")
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert people(hub, seeded) == 1
    assert rest.post(rest.people, json=ADA, headers=KEY).status_code == 201
    assert people(hub, seeded) == 1


def test_another_body_under_the_same_key_is_a_mistake(rest: Rest, hub: HubContext, seeded: Seeded) -> None:
    rest.post(rest.people, json=ADA, headers=KEY)
    refused(rest.post(rest.people, json={"first_name": "Bob"}, headers=KEY), 422, "IdempotencyKeyReused")
    assert people(hub, seeded) == 1
    assert rest.post(rest.people, json=ADA, headers=KEY).status_code == 201


def test_a_key_counts_for_one_caller_and_one_address(
    rest: Rest, caller: CallerMaker, hub: HubContext, seeded: Seeded
) -> None:
    rest.post(rest.people, json=ADA, headers=KEY)
    assert caller("*").post(rest.people, json=ADA, headers=KEY).status_code == 201
    assert people(hub, seeded) == 2
    assert rest.post("/events", json=NEW_EVENT, headers=KEY).status_code == 201


def test_who_has_lost_a_permission_gets_no_answer_of_before(
    rest: Rest, hub: HubContext, seeded: Seeded
) -> None:
    created = rest.post(
        "/api-keys", json={"name": "Desk", "permissions": ["participants:create", "participants:read"]}
    ).json()["data"]
    header = {"X-API-Key": created["key"], **KEY}
    assert rest.post(rest.people, json=ADA, headers=header).status_code == 201
    less = {"permissions": ["participants:*"]}
    rest.put(f"/api-keys/{created['id']}", json=less, headers={"If-Match": "*"})
    assert rest.post(rest.people, json=ADA, headers=header).status_code == 201, "more than before"
    less = {"permissions": ["participants:create"]}
    rest.put(f"/api-keys/{created['id']}", json=less, headers={"If-Match": "*"})
    refused(rest.post(rest.people, json=ADA, headers=header), 403, "PermissionMissing")
    assert people(hub, seeded) == 1


def test_a_key_is_forgotten_after_a_day(
    rest: Rest, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    rest.post(rest.people, json=ADA, headers=KEY)
    clock.advance(timedelta(hours=23, minutes=59))
    rest.post(rest.people, json=ADA, headers=KEY)
    assert people(hub, seeded) == 1
    clock.advance(timedelta(minutes=1))
    assert rest.post(rest.people, json={"first_name": "Bob"}, headers=KEY).status_code == 201
    assert (people(hub, seeded), stored_answers(hub)) == (2, 1)


def test_a_refusal_that_will_not_change_is_storable(rest: Rest, hub: HubContext) -> None:
    nowhere = "/events/nowhere/participants"
    first, again = (rest.post(nowhere, json=ADA, headers=KEY) for _ in range(2))
    for answer in (first, again):
        refused(answer, 404, "EventNotFound")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert stored_answers(hub) == 1


def test_a_refusal_that_may_change_is_not_remembered(rest: Rest, hub: HubContext) -> None:
    taken = NEW_EVENT | {"slug": "summit"}
    refused(rest.post("/events", json=taken, headers=KEY), 409, "EventExists")
    rest.delete(f"/events/{rest.event_id}")
    assert rest.post("/events", json=taken, headers=KEY).status_code == 201
    assert stored_answers(hub) == 1


def test_a_failure_is_not_remembered(
    rest: Rest, hub: HubContext, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(participants, "create", fail)
        assert rest.post(rest.people, json=ADA, headers=KEY).status_code == 500
    assert stored_answers(hub) == 0
    assert rest.post(rest.people, json=ADA, headers=KEY).status_code == 201
    assert people(hub, seeded) == 1


def test_a_change_that_does_not_last_leaves_no_answer_either(
    rest: Rest, hub: HubContext, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both stand in one transaction: what fails at its end takes both along."""

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(type(hub.in_flight_requests), "sweep_is_due", fail)
        assert rest.post(rest.people, json=ADA, headers=KEY).status_code == 500
    assert (people(hub, seeded), stored_answers(hub)) == (0, 0)


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "tab\there"])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_key_is_printable_and_not_too_long(rest: Rest, hub: HubContext, seeded: Seeded, key: str) -> None:
    answer = rest.post(rest.people, json=ADA, headers={"Idempotency-Key": key.encode("latin-1")})
    refused(answer, 400, "IdempotencyKeyInvalid")
    assert people(hub, seeded) == 0


def test_the_longest_key_is_fine(rest: Rest) -> None:
    assert rest.post(rest.people, json=ADA, headers={"Idempotency-Key": "~" * 255}).status_code == 201


def test_what_is_kept_is_sealed(rest: Rest, hub: HubContext) -> None:
    rest.post(rest.people, json={"first_name": "Adamantia"}, headers=KEY)
    with hub.uow.read() as work:
        row = work.session.scalars(select(IdempotentAnswer)).one()
    assert b"Adamantia" not in row.body
    assert "order-66" not in row.name


def test_what_has_expired_is_swept_away(rest: Rest, hub: HubContext, clock: ManualClock) -> None:
    for number in range(3):
        rest.post(rest.people, json=ADA, headers={"Idempotency-Key": f"old-{number}"})
    clock.advance(timedelta(hours=24))
    rest.post(rest.people, json=ADA, headers={"Idempotency-Key": "fresh"})
    assert stored_answers(hub) == 4
    with hub.uow.begin() as work:
        assert idempotency.sweep(work) == 3
    assert stored_answers(hub) == 1


def test_sweeping_is_due_at_first_and_then_now_and_again() -> None:
    in_flight = idempotency.InFlightRequests()
    due = [number for number in range(2 * idempotency.SWEEP_EVERY) if in_flight.sweep_is_due()]
    assert due == [0, idempotency.SWEEP_EVERY]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_while_another_process_is_at_it_the_second_is_refused(rest: Rest, hub: HubContext) -> None:
    scope = {"method": "POST", "path": f"/api/v1{rest.people}", "query_string": b""}
    with hub.uow.read() as work:
        caller = hub.authenticator.authenticate(work, Credentials(api_key=rest.raw, client_ip="127.0.0.1"))
    once = idempotency.IdempotentRequest.read(KEY["Idempotency-Key"], caller, scope, b"", hub.secret_box)
    with hub.uow.begin() as elsewhere:
        assert once.claim(elsewhere, hub.secret_box) is None
        refused(rest.post(rest.people, json=ADA, headers=KEY), 409, "IdempotencyKeyInFlight")
    assert rest.post(rest.people, json=ADA, headers=KEY).status_code == 201


def test_which_refusals_are_remembered() -> None:
    once = idempotency.IdempotentRequest("t", "n", "f")
    assert [
        status for status in (400, 401, 403, 404, 409, 410, 422, 429, 500, 503) if once.is_storable(status)
    ] == [
        400,
        404,
        410,
        422,
    ]
    assert not once.is_storable(Conflict.status)
    assert once.is_storable(NotFound.status)
