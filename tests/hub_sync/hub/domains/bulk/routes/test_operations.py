"""Bulk operations over REST."""

from typing import Any

import pytest

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from tests.hub_sync.hub.domains.bulk.conftest import ALL, BulkHub
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, error_code

HERE = "/bulk-operations"
RIGHTS = ("bulk-operations:execute", "participants:read", "participants:update")


@pytest.fixture
def caller(bulk_hub: BulkHub, make_caller: CallerFactory) -> EventApiClient:
    """Return a caller with the rights to change participants in bulk."""
    del bulk_hub
    return make_caller(*RIGHTS)


def approve(**selection: Any) -> dict[str, Any]:
    return {"action": "participant.status", "arguments": {"status": "APPROVED"}, "selection": selection}


def test_an_operation_from_the_draft_to_the_undo(bulk_hub: BulkHub, caller: EventApiClient) -> None:
    bulk_hub.register("ada", "bob")
    bulk_hub.register("cleo", status=ParticipantStatus.APPROVED)
    draft = caller.data("POST", HERE, json=approve(query="q=ada"))
    assert draft["status"] == "DRAFT"
    path = f"{HERE}/{draft['id']}"
    previewed = caller.data("POST", f"{path}/preview")
    assert (previewed["status"], previewed["total"]) == ("PREVIEWED", 1)
    again = caller.data("POST", HERE, json=approve(ids=["ada", "cleo", "nobody"]))
    path = f"{HERE}/{again['id']}"
    previewed = caller.data("POST", f"{path}/preview")
    assert (previewed["total"], previewed["skipped"], previewed["failed"]) == (3, 1, 1)
    queued = caller.data("POST", f"{path}/run", json={"selection_hash": previewed["selection_hash"]})
    assert queued["status"] == "QUEUED"
    bulk_hub.work_off()
    ended = caller.data("GET", f"{path}?expand=reasons")
    assert (ended["status"], ended["succeeded"]) == ("COMPLETED_WITH_ERRORS", 1)
    assert {(reason["status"], reason["reason"]) for reason in ended["reasons"]} == {
        ("DONE", None),
        ("SKIPPED", "BulkAlreadySo"),
        ("REFUSED", "BulkTargetGone"),
    }
    (item,) = caller.data("GET", f"{path}/items?filter[status]=DONE")
    assert (item["target_id"], item["before"], item["after"]) == (
        "ada",
        {"status": "PENDING"},
        {"status": "APPROVED"},
    )
    assert caller.data("POST", f"{path}/undo")["status"] == "UNDOING"
    bulk_hub.work_off()
    assert caller.data("GET", path)["status"] == "UNDONE"
    assert [row["id"] for row in caller.data("GET", HERE)] == [again["id"], draft["id"]]


def test_a_post_sent_twice_creates_and_runs_one_operation(bulk_hub: BulkHub, caller: EventApiClient) -> None:
    bulk_hub.register("ada")
    twice = [
        caller.data("POST", HERE, json=approve(all=True), headers={"Idempotency-Key": "one"}) for _ in "ab"
    ]
    assert twice[0] == twice[1]
    path = f"{HERE}/{twice[0]['id']}"
    previews = [caller.data("POST", f"{path}/preview", headers={"Idempotency-Key": "two"}) for _ in "ab"]
    assert previews[0] == previews[1]
    body = {"selection_hash": previews[0]["selection_hash"]}
    runs = [caller.data("POST", f"{path}/run", json=body, headers={"Idempotency-Key": "three"}) for _ in "ab"]
    assert runs[0] == runs[1]
    assert error_code(caller.call("POST", f"{path}/run", json=body), 409) == "BulkOperationState"


def test_it_needs_the_permission_of_the_single_act_too(
    bulk_hub: BulkHub, caller: EventApiClient, make_caller: CallerFactory
) -> None:
    bulk_hub.register("ada")
    weak = make_caller("bulk-operations:execute", "participants:read")
    assert error_code(weak.call("POST", HERE, json=approve(all=True)), 403) == "PermissionMissing"
    delete = {"action": "participant.delete", "selection": {"all": True}}
    assert error_code(caller.call("POST", HERE, json=delete), 403) == "PermissionMissing"
    operation = caller.data("POST", HERE, json=approve(all=True))
    answer = weak.call("POST", f"{HERE}/{operation['id']}/preview")
    assert error_code(answer, 403) == "PermissionMissing"


@pytest.mark.parametrize(
    ("selection", "status"),
    [
        ({}, 422),
        ({"all": False}, 422),
        ({"ids": []}, 422),
        ({"ids": ["ada"], "all": True}, 422),
        ({"query": "filter[statsu]=PENDING"}, 400),
        ({"query": "q="}, 400),
        ({"query": "presence=nowhere"}, 400),
        ({"items_of": "no-such-operation"}, 404),
    ],
)
def test_a_selection_that_means_nothing_never_means_everybody(
    bulk_hub: BulkHub, caller: EventApiClient, selection: dict[str, Any], status: int
) -> None:
    bulk_hub.register("ada")
    answer = caller.call("POST", HERE, json=approve(**selection))
    if status == 400 and answer.status_code == 201:  # judged where the list is read
        answer = caller.call("POST", f"{HERE}/{answer.json()['data']['id']}/preview")
    assert answer.status_code == status, answer.text


def test_another_tenant_and_another_event_know_nothing_of_it(
    bulk_hub: BulkHub, caller: EventApiClient, foreign: EventApiClient
) -> None:
    bulk_hub.register("ada")
    operation_id = bulk_hub.preview(ALL)
    assert foreign.call("GET", f"{HERE}/{operation_id}").status_code == 404
    with bulk_hub.hub.uow.begin() as work:
        feature_flags.switch(work, bulk_hub.key.tenant_id, FF_BULK_OPERATIONS, enabled=False)
    assert caller.call("GET", f"{HERE}/{operation_id}").status_code == 404


def test_the_tickets_of_an_operation_are_downloaded_by_whoever_may_issue_them(
    bulk_hub: BulkHub, caller: EventApiClient, make_caller: CallerFactory
) -> None:
    bulk_hub.register("ada", "bob", status=ParticipantStatus.APPROVED)
    operation_id = bulk_hub.preview(ALL, "participant.tickets", {})
    path = f"{HERE}/{operation_id}/tickets?format=png-files"
    issuer = make_caller("bulk-operations:execute", "participants:read", "tickets:issue")
    assert error_code(issuer.call("GET", path), 409) == "BulkNoFile"
    bulk_hub.run(operation_id)
    bulk_hub.set_status("bob", ParticipantStatus.CANCELLED)
    assert error_code(caller.call("GET", path), 403) == "PermissionMissing"
    answer = issuer.call("GET", path)
    assert answer.content.count(b"PK\x03\x04") == 1
