"""Nobody without `participants:read` reads a participant's name, address or code, by whatever route.

The routes come from the application, and the expansions from the OpenAPI, so that a new one can't be missed. There is one
participant, whose texts nothing else has.
"""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import delete

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts.tables import RolePermission
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.support.builders.sample_hub import SampleHub, create_sample_hub
from tests.support.builders.samples import (
    CANARY,
    CANARY_TEXTS,
    Caller,
    create_key_caller,
    sign_in_caller,
)
from tests.support.hub_routes import RouteMethod
from tests.support.thorough import THOROUGH, daily_share

READ = "participants:read"
OF_ASSIGNEES = {
    "GET /tasks",
    "GET /events/{event_id}/workflow-tasks/{task_id}/ticket.pdf",
    "GET /events/{event_id}/workflow-executions/{execution_id}",
    "GET /events/{event_id}/workflow-tasks/{task_id}",
    *(
        f"POST /events/{{event_id}}/workflow-tasks/{{task_id}}/{act}"
        for act in ("apply", "decide", "take-back")
    ),
}
"""Whoever is assigned to a task sees the one about whom they decide (ADR 104), and their ticket if it prints (ADR 111), and nobody else (workflows/pages/test_pages.py)."""
EVERYTHING_ELSE = tuple(str(permission) for permission in registry().permissions if permission != READ)


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: permissions do not depend on the database."""
    return str(request.param)


def answers(hub: SampleHub, caller: Caller, parts: int) -> Iterator[tuple[str, str]]:
    """Send every request that a caller can send, or a day's part. Yield the request, and all that its answer has in it."""
    scan = {
        "checkpoint_id": hub.ids["checkpoint_id"],
        "registration_code": (CANARY.registration_code or "").replace("-", ""),
    }
    for route in daily_share(hub.routes, parts):
        if route.access is None or (route.is_page and not caller.is_user):
            continue
        for query in queries(hub, route):
            answer = hub.send(route, caller, query, scan if route.path.endswith("/scans") else None)
            assert answer.status_code < 500 or answer.status_code == 503, (str(route), answer.text[:300])
            yield f"{route}{query}", answer.text + str(answer.headers)


def queries(hub: SampleHub, route: RouteMethod) -> Iterator[str]:
    """Yield the queries with which a route answers something else."""
    operation = hub.openapi["paths"].get(route.described_path, {}).get(route.method.lower(), {})
    yield ""
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "expand":
            yield from (f"?expand={name}" for name in parameter["schema"]["items"]["enum"])
        if parameter["name"] == "format":
            yield from ("?format=pdf", "?format=svg")


@pytest.fixture
def canary(app: FastAPI, hub: HubContext, seeded: Seeded) -> SampleHub:
    """Create the hub with its one participant."""
    return create_sample_hub(app, hub, seeded)


def readers(canary: SampleHub, caller: Caller, parts: int = 1) -> dict[str, list[str]]:
    """Return what the caller reads of the participant, by request."""
    read = {
        request: [text for text in CANARY_TEXTS if text.lower() in answer.lower()]
        for request, answer in answers(canary, caller, parts)
    }
    return {request: texts for request, texts in read.items() if texts}


def test_a_key_with_every_other_permission_reads_nobodys_name(
    canary: SampleHub, hub: HubContext, seeded: Seeded
) -> None:
    assert readers(canary, create_key_caller(hub, seeded.tenant_id, *EVERYTHING_ELSE)) == {}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR] if THOROUGH else [Role.ADMIN])
def test_a_person_who_may_not_read_participants_reads_nobodys_name(
    canary: SampleHub, hub: HubContext, seeded: Seeded, role: Role
) -> None:
    with hub.uow.begin() as work:
        work.session.execute(delete(RolePermission).where(RolePermission.permission == READ))
    read = readers(canary, sign_in_caller(hub, seeded.tenant_id, role), parts=3)
    assert set(read) <= OF_ASSIGNEES


def test_a_key_that_may_read_participants_reads_them_in_these_places(
    canary: SampleHub, hub: HubContext, seeded: Seeded
) -> None:
    """The tests above prove nothing of a request whose answer never has the participant in it."""
    event = "/api/v1/events/{event_id}"
    tasks = f"{event}/workflow-tasks"
    expansions = ("", *(f"?expand={name}" for name in ("participant", "workflow", "assignees", "deadline")))
    assert set(readers(canary, create_key_caller(hub, seeded.tenant_id, "*"))) == {
        f"GET {event}/access-logs.csv",
        f"GET {event}/access-logs/{{access_log_id}}?expand=participant",
        f"GET {event}/access-logs?expand=participant",
        f"GET {event}/conflicts/{{conflict_id}}?expand=participant",
        f"GET {event}/conflicts?expand=participant",
        f"GET {event}/participants",
        f"GET {event}/participants.csv",
        f"GET {event}/participants/{{participant_id}}",
        f"GET {event}/participants/{{participant_id}}/ticket",
        f"GET {event}/participants/{{participant_id}}/ticket?format=pdf",
        f"GET {event}/participants/{{participant_id}}/ticket?format=svg",
        f"GET {event}/participants/{{participant_id}}?expand=event",
        f"GET {event}/participants?expand=event",
        *(f"GET {path}{each}" for path in (tasks, f"{tasks}/{{task_id}}") for each in expansions),
        f"GET {event}/workflow-executions?expand=participant",
        f"GET {event}/workflow-executions/{{execution_id}}",
        f"GET {event}/workflow-executions/{{execution_id}}/history",
        f"POST {event}/scans",
        f"POST {event}/workflow-executions/{{execution_id}}/cancel",
        f"POST {tasks}/{{task_id}}/apply",
        f"PUT {event}/participants/{{participant_id}}",
        "GET /api/v1/audit-logs",
        "GET /api/v1/audit-logs.csv",
        "GET /api/v1/audit-logs.jsonl",
        "GET /api/v1/audit-logs/{entry_id}",
        "GET /api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}",
    }


@pytest.mark.parametrize("path", ["access-logs", "conflicts"])
def test_an_expansion_by_name_says_which_permission_it_needs(
    canary: SampleHub, hub: HubContext, seeded: Seeded, path: str
) -> None:
    caller = create_key_caller(hub, seeded.tenant_id, "access-logs:read")
    url = f"/api/v1/events/{seeded.event_id}/{path}"
    refused = canary.client.get(f"{url}?expand=participant", headers=caller.headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "PermissionMissing")
    assert READ in refused.json()["detail"]
    assert canary.client.get(url, headers=caller.headers).status_code == 200
