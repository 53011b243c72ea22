"""Workflows over REST: from a draft with faults to decisions, and a version that is published while somebody waits."""

from typing import Any

import pytest
from sqlalchemy import update

from hub_sync.hub.domains.workflows.tables import WorkflowVersion
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.check_in.conftest import (
    CallerFactory,
    EventApiClient,
    error_code,
    make_caller,
)

__all__ = ["make_caller"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
RIGHTS = (
    "workflows:read",
    "workflows:decide",
    "workflows:manage",
    "participants:read",
    "participants:create",
)
STEPS: list[dict[str, Any]] = [
    {
        "key": "review",
        "name": "Review",
        "type": "REVIEW",
        "next": "approval",
        "assignees": {"roles": ["ADMIN"]},
    },
    {"key": "approval", "name": "Approval", "type": "APPROVAL", "assignees": {"roles": ["ADMIN"]}},
]


@pytest.fixture
def api(make_caller: CallerFactory) -> EventApiClient:
    return make_caller(*RIGHTS)


def _definition(*steps: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"steps": list(steps), "take_back_seconds": 60, **values}


def _change(api: EventApiClient, workflow: dict[str, Any], **changes: Any) -> dict[str, Any]:
    headers = {"If-Match": f'"{workflow["version"]}"'}
    return dict(api.data("PUT", f"/workflows/{workflow['id']}", json=changes, headers=headers))


def _publish(api: EventApiClient, workflow: dict[str, Any]) -> dict[str, Any]:
    body = {"version": workflow["version"]}
    return dict(api.data("POST", f"/workflows/{workflow['id']}/publish", json=body))


def _start(api: EventApiClient, workflow: dict[str, Any], name: str) -> dict[str, Any]:
    person = api.data("POST", "/participants", json={"first_name": name})
    path = f"/workflows/{workflow['id']}/executions"
    return dict(api.data("POST", path, json={"participant_id": person["id"]}))


def test_a_draft_with_faults_is_stored_and_published_once_it_has_none(api: EventApiClient) -> None:
    workflow = api.data("POST", "/workflows", json={"name": "Press"})
    path = f"/workflows/{workflow['id']}"
    broken = [{**STEPS[0], "assignees": {}}, {**STEPS[1], "assignees": {"roles": ["NOBODY"]}}]
    changed = _change(api, workflow, definition=_definition(*broken))
    assert changed["draft"]["steps"][0]["name"] == "Review", "nothing that somebody typed is lost"
    faults = api.data("GET", f"{path}/faults")["faults"]
    assert [(each["code"], each["step_key"]) for each in faults] == [
        ("NO_ASSIGNEE", "review"),
        ("ASSIGNEE_UNKNOWN", "approval"),
    ]
    refused = api.call("POST", f"{path}/publish", json={"version": changed["version"]})
    assert error_code(refused, 422) == "WorkflowFaulty"
    assert refused.json()["faults"] == faults
    stale = api.call("POST", f"{path}/publish", json={"version": 1})
    assert error_code(stale, 412) == "WorkflowChanged"
    mended = _change(api, changed, definition=_definition(*STEPS))
    assert _publish(api, mended)["published_version"] == 1
    assert error_code(api.call("POST", "/workflows", json={"name": "PRESS"}), 409) == "WorkflowExists"
    assert api.call("DELETE", path).status_code == 204


def test_who_waits_finishes_by_the_version_that_they_began_with(api: EventApiClient) -> None:
    workflow = api.data("POST", "/workflows", json={"name": "Press", "definition": _definition(*STEPS)})
    published = _publish(api, workflow)
    first = _start(api, workflow, "Ada")
    _publish(api, _change(api, published, definition=_definition({**STEPS[0], "next": None})))
    second = _start(api, workflow, "Bo")
    for execution, ends in ((first, False), (second, True)):
        (waiting,) = execution["waiting_for"]
        assert (waiting["step_key"], waiting["roles"], waiting["kind"]) == ("review", ["ADMIN"], "DECISION")
        task = f"/workflow-tasks/{waiting['task_id']}"
        decided = api.data("POST", f"{task}/decide", json={"decision": "APPROVE"})
        state = api.data("GET", f"/workflow-executions/{execution['id']}")
        assert [each["kind"] for each in state["waiting_for"]] == ["TAKE_BACK"]
        assert state["waiting_for"][0]["until"] == decided["effective_at"]
        assert api.data("POST", f"{task}/take-back")["status"] == "OPEN"
        api.data("POST", f"{task}/decide", json={"decision": "APPROVE"})
        api.data("POST", f"{task}/apply")
        assert error_code(api.call("POST", f"{task}/take-back"), 409) == "DecisionTakenEffect"
        state = api.data("GET", f"/workflow-executions/{execution['id']}")
        assert (state["status"] == "COMPLETED") is ends
    assert state["waiting_for"] == []
    versions = api.data("GET", f"/workflows/{workflow['id']}/versions")
    assert [each["number"] for each in versions] == [2, 1]
    assert len(api.data("GET", f"/workflows/{workflow['id']}/versions/1")["definition"]["steps"]) == 2
    assert error_code(api.call("DELETE", f"/workflows/{workflow['id']}"), 409) == "WorkflowInUse"


def test_an_execution_whose_version_cannot_be_read_waits_for_whoever_cancels_it(
    api: EventApiClient, hub: HubContext
) -> None:
    workflow = api.data("POST", "/workflows", json={"name": "Press", "shape": "SINGLE_APPROVAL"})
    _publish(api, workflow)
    running = _start(api, workflow, "Ada")
    with hub.uow.begin() as work:
        work.session.execute(update(WorkflowVersion).values(definition={"steps": "nonsense"}))
    path = f"/workflow-executions/{running['id']}"
    (waiting,) = api.data("GET", path)["waiting_for"]
    assert (waiting["kind"], waiting["problem"]) == ("UNREADABLE", "WorkflowUnreadable")
    ended = api.data("POST", f"{path}/cancel", json={"reason": "begun anew"})
    assert (ended["status"], ended["waiting_for"], ended["tasks"][0]["status"]) == (
        "CANCELLED",
        [],
        "CANCELLED",
    )


def test_one_decision_about_many_tasks_has_a_result_for_each(
    api: EventApiClient, make_caller: CallerFactory
) -> None:
    workflow = api.data("POST", "/workflows", json={"name": "Press", "shape": "SINGLE_APPROVAL"})
    _publish(api, workflow)
    executions = [_start(api, workflow, name) for name in ("Ada", "Bo")]
    tasks = [each["waiting_for"][0]["task_id"] for each in executions]
    api.data("POST", f"/workflow-executions/{executions[0]['id']}/cancel", json={"reason": "not for Ada"})
    body = {"decision": "REJECT", "reason": "Bo is known", "task_ids": [*tasks, "no-such-task"]}
    headers = {"Idempotency-Key": "once"}
    answer = api.data("POST", "/workflow-tasks/decide", json=body, headers=headers)
    assert [(each["is_done"], each["code"], each["status"]) for each in answer["results"]] == [
        (False, "WorkflowTaskEnded", 409),
        (True, "", 200),
        (False, "WorkflowTaskNotFound", 404),
    ]
    assert api.data("POST", "/workflow-tasks/decide", json=body, headers=headers) == answer
    path = f"/workflow-executions/{executions[0]['id']}/history"
    assert [each["kind"] for each in api.data("GET", path)][-2:] == ["CANCELLED", "LATE_ANSWER"]
    reader = make_caller("workflows:read")
    texts = reader.call("GET", path).text + reader.call("GET", "/workflow-tasks").text
    assert "Bo is known" not in texts
    (task,) = api.data(
        "GET", "/workflow-tasks?filter[status]=DECIDED&expand=participant,workflow,deadline,assignees"
    )
    assert (task["participant"]["first_name"], task["deadline"]["state"]) == ("Bo", "MET")
    assert reader.call("GET", "/workflow-tasks?expand=participant").status_code == 403
    assert error_code(api.client.get("/api/v1/workflow-inbox", headers=api.headers), 403) == "InboxOfNobody"


def test_a_simulation_names_people_only_to_those_who_may_read_them(
    api: EventApiClient, make_caller: CallerFactory
) -> None:
    press = {"rules": [{"field": "category", "values": ["Press"]}]}
    branches = [
        {"key": key, "name": key, "first": key, **({"when": press} if key == "approval" else {})}
        for key in ("review", "approval")
    ]
    steps = [
        {"key": "votes", "name": "Votes", "type": "FORK", "join": "voted", "branches": branches},
        {**STEPS[0], "next": "voted"},
        {**STEPS[1], "next": "voted"},
        {"key": "voted", "name": "Voted", "type": "JOIN", "rule": "N_OF_M", "n": 2},
    ]
    workflow = api.data("POST", "/workflows", json={"name": "Press", "definition": _definition(*steps)})
    person = api.data("POST", "/participants", json={"first_name": "Ada", "category": "Guest"})
    manager = make_caller("workflows:manage")
    for caller, codes in ((api, [person["registration_code"]]), (manager, [])):
        result = caller.data("POST", f"/workflows/{workflow['id']}/simulate", json={})
        assert (result["participants"], result["rejected"]) == (1, 1)
        assert [each["failed_for"] for each in result["steps"]][-1] == codes
