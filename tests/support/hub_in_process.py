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
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import Settings
from hub_sync.hub.migrations import state


class HubDied(Exception):
    """Played by the tests: the hub's process ended before its transaction was committed."""


def migrate(folder: Path) -> None:
    """Make an empty hub's database in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(settings_of(folder).resolved_database_url)
    state.upgrade(database)
    database.close()


def settings_of(folder: Path) -> Settings:
    """The settings of a hub that keeps all it has in a folder."""
    return Settings(data=folder)


class HubInProcess:
    """The hub of a folder. `restart` is what a SIGKILL comes to: all that was in memory is gone."""

    def __init__(self, folder: Path, clock: Clock, new_id: Callable[[], str]) -> None:
        self.folder, self.clock, self._new_id = folder, clock, new_id
        self._runner = asyncio.Runner()
        self._commits_to_come: int | None = None
        self._answering = False
        self.answered = 0
        self._start()

    @property
    def context(self) -> HubContext:
        """The hub's parts, for what a console would do."""
        context: HubContext = self.app.state.hub
        return context

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The hub's answer as it goes over the line, still packed."""
        self._answering = True
        self.answered += 1
        try:
            with capture_logs() as logged, patch.object(anyio.to_thread, "run_sync", _at_once):
                answer = self._runner.run(self._ask(request))
        finally:
            self._answering = False
        bugs = [entry["exc_info"] for entry in logged if "exc_info" in entry]
        assert all(isinstance(bug, HubDied) for bug in bugs), bugs
        return answer

    def die_at_commit(self, number: int) -> None:
        """Let the commit of that number in the answers from now on fail, as if the process had been killed before it."""
        self._commits_to_come = number

    def restart(self) -> None:
        """Begin again over the same file."""
        self.context.uow.database.close()
        self._start()

    def close(self) -> None:
        """Let go of the file."""
        self.context.uow.database.close()
        self._runner.close()

    def _start(self) -> None:
        self._commits_to_come = None
        self.app = create_app(settings_of(self.folder), self.clock, self._new_id)
        event.listen(self.context.uow.database.engine, "commit", self._committing)

    def _committing(self, _: Connection) -> None:
        if self._commits_to_come is None or not self._answering:
            return
        self._commits_to_come -= 1
        if self._commits_to_come < 0:
            self._commits_to_come = None
            raise HubDied

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        line = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        answer = await line.handle_async_request(request)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        packed = b"".join([part async for part in answer.stream])
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(packed))


async def _at_once(act: Callable[..., Any], *arguments: Any, **_: Any) -> Any:
    """Instead of on a thread: nobody else is served meanwhile, and threads cost most of a request's time here."""
    return act(*arguments)


class Line(httpx.BaseTransport):
    """A station's line to a hub in this process, on which nothing goes wrong."""

    def __init__(self, hub: HubInProcess) -> None:
        self.hub = hub

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the hub."""
        request.read()
        return self.hub.answer(request)
