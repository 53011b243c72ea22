"""Schemathesis against the served OpenAPI: whatever fits it (or doesn't) is answered as it says, and never by a 500."""

import os
import socket
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.network import ssrf_guard
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.support.builders.samples import create_key_caller, create_samples
from tests.support.thorough import THOROUGH, TURN, daily_share, sized

PARTS = sized(2, 6)
"""Into so many tests the operations are dealt out, so that they run side by side."""
EXAMPLES = int(os.environ.get("DOORWARD_SCHEMATHESIS_EXAMPLES", sized(2, 8)))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]

schemathesis.serializer.alias("application/gzip", "application/octet-stream")


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only."""
    return str(request.param)


@pytest.fixture
def described(app: FastAPI, hub: HubContext) -> Any:
    """Return the hub's own description, called in this process."""
    hub.live_streams.close()  # streams end at once
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture(autouse=True)
def nobody_else_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every host name and address: webhooks get any URL here and are pinged."""

    def unknown(*_: Any, **__: Any) -> Any:
        raise OSError("nobody is asked for names here")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    refused = Failure(FailureCode.ADDRESS_NOT_PUBLIC, {"address": "any address of a test"})
    monkeypatch.setattr(ssrf_guard, "rejection_reason", lambda *_: refused)


@pytest.fixture
def ids(hub: HubContext, seeded: Seeded) -> dict[str, str]:
    """Return values for the parameters of paths."""
    return create_samples(hub, seeded)


@pytest.fixture
def key(hub: HubContext, seeded: Seeded) -> str:
    """Create an API key that may do everything."""
    return create_key_caller(hub, seeded.tenant_id, "*").headers["X-API-Key"]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_answers_as_it_is_described(
    described: Any, ids: dict[str, str], key: str, part: int
) -> None:
    """A third of the operations gets what fits it, or what doesn't: the commit decides which, and the thorough run has both for all."""
    operations = daily_share([result.ok() for result in described.get_all_operations()], 3)
    assert len(operations) > PARTS
    statuses = Counter[int]()
    for position, operation in enumerate(operations[part::PARTS]):
        modes = list(GenerationMode)
        for mode in modes if THOROUGH else modes[(position + TURN) % 2 :: 2]:
            statuses += attack(operation, mode, ids, key)
    assert {200, 404, 422} <= set(statuses), f"what was thrown at the hub was too much alike: {statuses}"


def attack(operation: Any, mode: GenerationMode, ids: dict[str, str], key: str) -> Counter[int]:
    """Call one operation with what fits its description, or doesn't; half of the calls meet something that is there."""
    statuses = Counter[int]()

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), meets=booleans())
    def answers_as_described(case: Any, meets: bool) -> None:
        if meets and case.path_parameters:
            known = {name: ids[name] for name in case.path_parameters if name in ids}
            case.path_parameters = {**case.path_parameters, **known}
        answer = case.call_and_validate(headers={"X-API-Key": key}, checks=CHECKS)
        statuses[answer.status_code] += 1

    with suppress(Unsatisfiable):  # where nothing can be wrong
        answers_as_described()
    return statuses
