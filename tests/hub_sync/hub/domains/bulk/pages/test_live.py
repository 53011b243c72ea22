"""The stream of the pages about one operation."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.bulk.pages.live import generate_looks
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.bulk.conftest import ALL, BulkHub
from tests.hub_sync.hub.domains.bulk.routes.test_live import Watcher


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: the engine's tests look at both databases."""
    return str(request.param)


class Leaver(Watcher):
    """The call of a stream whose user has signed out."""

    async def is_still_authorized(self) -> bool:
        """Return False."""
        return False


def test_the_page_looks_at_each_step_and_listens_no_longer_than_the_operation_runs(
    bulk_hub: BulkHub, client: TestClient
) -> None:
    del client
    bulk_hub.register("ada", "bob")
    operation_id = bulk_hub.preview(ALL)
    bulk_hub.start(operation_id)
    call: Any = Watcher(bulk_hub.hub)

    async def listen() -> list[str | None]:
        first = await asyncio.to_thread(bulk_hub.get, operation_id)
        stream = generate_looks(call, bulk_hub.key, first, 60, 0.0)
        events = [(await anext(stream)).event]
        following = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        await asyncio.to_thread(bulk_hub.register, "eve")  # something else at the event
        await asyncio.to_thread(bulk_hub.work_off)
        events.append((await following).event)
        return events + [event.event async for event in stream]

    events = asyncio.run(asyncio.wait_for(listen(), 20))
    assert set(events[:-1]) == {"look"}
    assert events[-1] == "end"
    assert len(events) <= 4, "what others do at the event is no reason to look"


def test_a_user_who_lost_access_loads_the_page_anew(bulk_hub: BulkHub, client: TestClient) -> None:
    del client
    bulk_hub.register("ada")
    operation_id = bulk_hub.preview(ALL)
    bulk_hub.start(operation_id)
    call: Any = Leaver(bulk_hub.hub)

    async def listen() -> list[str | None]:
        first = await asyncio.to_thread(bulk_hub.get, operation_id)
        return [event.event async for event in generate_looks(call, bulk_hub.key, first, 0.0)]

    assert asyncio.run(asyncio.wait_for(listen(), 20)) == ["look", "over"]


def test_only_a_page_that_moves_has_a_stream_and_reloads_without_script(
    app: FastAPI, bulk_hub: BulkHub
) -> None:
    bulk_hub.register("ada", status=ParticipantStatus.PENDING)
    operation_id = bulk_hub.preview(ALL)
    path = f"/events/{bulk_hub.key.event_id}/bulk-operations/{operation_id}"
    admin = signed_in_as(app, bulk_hub.key.tenant_id)
    marks = (f'data-stream="{path}/live-page"', '<noscript><meta http-equiv="refresh"')
    assert not any(mark in admin.read(path) for mark in marks)
    bulk_hub.start(operation_id)
    assert all(mark in admin.read(path) for mark in marks)
    bulk_hub.work_off()
    assert not any(mark in admin.read(path) for mark in marks)
    stream = f"{path}/live-page"
    assert Browser(app).get(stream).status_code == 401
    assert signed_in_as(app, bulk_hub.key.tenant_id, Role.VIEWER).get(stream).status_code == 403
