"""A real hub in this process: its application over a database file, reached through its whole HTTP layer."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import anyio
import anyio.to_thread
import httpx
from sqlalchemy import Connection, event
from structlog.testing import capture_logs

from hub_sync.contract.clock import Clock
from hub_sync.hub.app import create_app
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from tests.support.speedups import migrated_databases


class HubDied(Exception):
    """The hub's process has ended before its transaction was committed: played by the tests."""


def migrate(folder: Path) -> None:
    """Create an empty hub's database in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    migrated_databases.create_database(folder / "hub.db")


def settings_for(folder: Path) -> HubSettings:
    """Return the settings of a hub that keeps its data in a folder."""
    return HubSettings(data=folder)


class HubInProcess:
    """The hub of a folder. `restart` has the effect of a SIGKILL: everything in memory is gone."""

    def __init__(self, folder: Path, clock: Clock, new_id: Callable[[], str]) -> None:
        self.folder, self.clock, self._new_id = folder, clock, new_id
        self._runner = asyncio.Runner()
        self._commits_to_come: int | None = None
        self._answering = False
        self.answered = 0
        self._start()

    @property
    def context(self) -> HubContext:
        """The hub's parts, for calls of services."""
        context: HubContext = self.app.state.hub
        return context

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Return the hub's response as it goes over the wire, still compressed."""
        self._answering = True
        self.answered += 1
        try:
            with capture_logs() as logged, patch.object(anyio.to_thread, "run_sync", _call_directly):
                response = self._runner.run(self._send(request))
        finally:
            self._answering = False
        bugs = [entry["exc_info"] for entry in logged if "exc_info" in entry]
        assert all(isinstance(bug, HubDied) for bug in bugs), bugs
        return response

    def die_at_commit(self, number: int) -> None:
        """Fail at a commit, as if the process had been killed before it; 0 is the next one in a request."""
        self._commits_to_come = number

    def restart(self) -> None:
        """Start again over the same database."""
        self.context.uow.database.close()
        self._start()

    def close(self) -> None:
        """Close the database."""
        self.context.uow.database.close()
        self._runner.close()

    def _start(self) -> None:
        self._commits_to_come = None
        self.app = create_app(settings_for(self.folder), self.clock, self._new_id)
        event.listen(self.context.uow.database.engine, "commit", self._committing)

    def _committing(self, _: Connection) -> None:
        if self._commits_to_come is None or not self._answering:
            return
        self._commits_to_come -= 1
        if self._commits_to_come < 0:
            self._commits_to_come = None
            raise HubDied

    async def _send(self, request: httpx.Request) -> httpx.Response:
        line = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        response = await line.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        packed = b"".join([part async for part in response.stream])
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(packed))


async def _call_directly(act: Callable[..., Any], *arguments: Any, **_: Any) -> Any:
    """Call a function here, not on a thread: threads cost most of a request's time in these tests."""
    return act(*arguments)


class HubTransport(httpx.BaseTransport):
    """A station's transport to a hub in this process, without faults."""

    def __init__(self, hub: HubInProcess) -> None:
        self.hub = hub

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the hub."""
        request.read()
        return self.hub.answer(request)
