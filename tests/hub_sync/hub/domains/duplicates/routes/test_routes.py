"""Duplicates and merges over REST: the whole way of a pair, and what is refused."""

from typing import Any

import pytest
from sqlalchemy import text

from hub_sync.hub.domains.duplicates import candidates
from hub_sync.hub.domains.duplicates.detection import runs
from tests.hub_sync.hub.domains.check_in.conftest import (
    CallerFactory,
    EventApiClient,
    error_code,
    make_caller,
)
from tests.hub_sync.hub.domains.duplicates.conftest import Duplicates

__all__ = ["make_caller"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)

RIGHTS = ("duplicates:review", "participants:read", "participants:update", "participants:delete")


@pytest.fixture
def api(make_caller: CallerFactory, duplicates: Duplicates) -> EventApiClient:
    with duplicates.hub.uow.begin() as work:
        pair = {
            "a_id": "ada",
            "b_id": "ada-2",
            "score": 0.97,
            "explanation": {"fields": {}},
            "data_hash": "x",
        }
        candidates.store(work, duplicates.key, [pair])
    return make_caller(*RIGHTS)


def the_pair(api: EventApiClient) -> dict[str, Any]:
    (pair,) = api.data("GET", "/duplicates?filter[status]=PENDING,CONFIRMED,DISMISSED,MERGED")
    return dict(pair)


def test_a_pair_is_listed_decided_merged_and_taken_apart(api: EventApiClient, duplicates: Duplicates) -> None:
    pair = the_pair(api)
    path = f"/duplicates/{pair['id']}"
    assert api.data("GET", path)["score"] == 0.97
    for act, status in (("dismiss", "DISMISSED"), ("reopen", "PENDING"), ("confirm", "CONFIRMED")):
        assert api.data("POST", f"{path}/{act}")["status"] == status
    body = {
        "survivor_id": "ada",
        "loser_id": "ada-2",
        "choices": {"phone": "loser"},
        "survivor_version": 1,
        "loser_version": 1,
    }
    merged = api.data("POST", "/merges", json=body)
    assert merged["candidate_id"] == pair["id"]
    assert the_pair(api)["status"] == "MERGED"
    assert error_code(api.call("POST", f"{path}/dismiss"), 409) == "DuplicateDecided"
    assert [each["id"] for each in api.data("GET", "/participants")] == ["ada", "bo"]
    assert api.call("GET", "/participants/ada-2").status_code == 404
    again = api.call("POST", "/merges", json=body)
    assert error_code(again, 412) == "ParticipantChanged"
    again = api.call("POST", "/merges", json={"survivor_id": "bo", "loser_id": "ada-2"})
    assert error_code(again, 409) == "ParticipantMergedAlready"
    assert api.data("GET", f"/merges/{merged['id']}")["undone_at"] is None
    undone = api.data("POST", f"/merges/{merged['id']}/undo", json={})
    assert undone["undone_at"]
    assert error_code(api.call("POST", f"/merges/{merged['id']}/undo", json={}), 409) == "MergeUndone"
    assert the_pair(api)["status"] == "PENDING"
    assert len(api.data("GET", "/merges")) == 1


def test_a_webhook_hears_of_a_merge_with_both_ids(api: EventApiClient, duplicates: Duplicates) -> None:
    merged = api.data("POST", "/merges", json={"survivor_id": "ada", "loser_id": "ada-2"})
    with duplicates.hub.uow.read() as work:
        payload = work.session.scalar(
            text("SELECT payload FROM domain_events WHERE type = 'ParticipantMerged'")
        )
    assert "ada-2" in str(payload)
    assert merged["id"] in str(payload)


def test_what_can_not_be_merged_is_said(api: EventApiClient) -> None:
    def refuse(status: int, **body: Any) -> str:
        return error_code(api.call("POST", "/merges", json=body), status)

    assert refuse(422, survivor_id="ada", loser_id="ada") == "MergeWithItself"
    assert refuse(404, survivor_id="ada", loser_id="nobody") == "ParticipantNotFound"
    assert refuse(422, survivor_id="ada", loser_id="bo", choices={"id": "loser"}) == "ValidationFailed"
    assert error_code(api.call("GET", "/merges/none"), 404) == "MergeNotFound"
    assert error_code(api.call("GET", "/duplicates/none"), 404) == "DuplicateNotFound"
    assert error_code(api.call("GET", "/duplicate-runs/none"), 404) == "DuplicateRunNotFound"


@pytest.mark.parametrize("missing", RIGHTS[2:])
def test_who_may_only_review_can_not_merge(
    make_caller: CallerFactory, api: EventApiClient, missing: str
) -> None:
    caller = make_caller(*(right for right in RIGHTS if right != missing))
    refused = caller.call("POST", "/merges", json={"survivor_id": "ada", "loser_id": "ada-2"})
    assert error_code(refused, 403) == "PermissionMissing"
    assert caller.data("POST", f"/duplicates/{the_pair(api)['id']}/confirm")["status"] == "CONFIRMED"


def test_a_search_is_started_and_followed_and_hints_are_given(api: EventApiClient) -> None:
    run = api.data("POST", "/duplicate-runs")
    assert api.data("POST", "/duplicate-runs")["id"] == run["id"], "one at a time"
    assert api.data("GET", f"/duplicate-runs/{run['id']}")["state"] == "QUEUED"
    person = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}
    similar = api.data("POST", "/similar-participants", json=person)["similar"]
    assert [each["participant_id"] for each in similar] == ["ada", "ada-2"]


def test_a_search_that_failed_says_why(api: EventApiClient, duplicates: Duplicates) -> None:
    run = api.data("POST", "/duplicate-runs")
    assert run["reason"] == ""
    with duplicates.hub.uow.begin() as work:
        runs.get(work, *duplicates.key, run["id"]).attempts = runs.MOST_ATTEMPTS
        work.session.flush()
        assert runs.claim(work, "another process") is None
    failed = api.data("GET", f"/duplicate-runs/{run['id']}")
    assert (failed["state"], failed["reason"]) == ("FAILED", "hub_ended")
