"""The live stream of a bulk operation's progress."""

import asyncio
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from hub_sync.hub.domains.bulk.routes.live import generate_progress
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.domains.bulk.conftest import ALL, BulkHub


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: the engine's tests look at both databases."""
    return str(request.param)


class Watcher:
    """The call of a stream whose caller keeps access."""

    def __init__(self, hub: HubContext) -> None:
        self.hub = hub

    async def is_still_authorized(self) -> bool:
        """Return True."""
        return True


def test_the_stream_has_the_figures_until_the_end_and_no_names(bulk_hub: BulkHub, client: TestClient) -> None:
    del client
    bulk_hub.register("ada", "bob")
    operation_id = bulk_hub.preview(ALL)
    call: Any = Watcher(bulk_hub.hub)

    async def listen() -> list[dict[str, Any]]:
        first = await asyncio.to_thread(bulk_hub.get, operation_id)
        stream = generate_progress(call, bulk_hub.key, first, 60)
        figures = [json.loads((await anext(stream)).data or "")]
        rest = asyncio.ensure_future(_rest(stream))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(bulk_hub.run, operation_id)
        return figures + await rest

    figures = asyncio.run(asyncio.wait_for(listen(), 20))
    assert (figures[0]["status"], figures[0]["succeeded"]) == ("PREVIEWED", 0)
    assert (figures[-1]["status"], figures[-1]["succeeded"]) == ("COMPLETED", 2)
    assert not {"filter", "arguments"} & set(figures[0])


async def _rest(stream: Any) -> list[dict[str, Any]]:
    return [json.loads(event.data) async for event in stream]
