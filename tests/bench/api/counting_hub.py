"""The hub with a counter: each response says in the header `Statement-Count` how many SQL statements its request took.

    python counting_hub.py serve --data FOLDER …      # arguments of doorward-hub

Only this process counts; the hub whose time is measured runs without it. BEGIN, COMMIT and ROLLBACK are not counted.
An `executemany` is one statement.
"""

import os
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from fastapi import FastAPI  # noqa: E402
from sqlalchemy import Engine, event  # noqa: E402
from starlette.types import Message, Receive, Scope, Send  # noqa: E402

from hub_sync.hub.commands.cli import app as hub_program  # noqa: E402

HEADER = "Statement-Count"
PRINTS = bool(os.environ.get("DOORWARD_BENCH_PRINT_STATEMENTS"))
"""Whether every statement is also printed to standard error."""


class StatementLog:
    """The statements of one request. A request is served by several threads; all see the same log by its context."""

    def __init__(self) -> None:
        self.statements: list[str] = []


_LOG: ContextVar[StatementLog | None] = ContextVar("statement_log", default=None)


def count(statement: str) -> None:
    """Add a statement to the log of the request that is being served, if there is one."""
    log = _LOG.get()
    if log is not None and not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
        log.statements.append(statement)
        if PRINTS:
            print(len(log.statements), " ".join(statement.split())[:600], file=sys.stderr, flush=True)


def install() -> None:
    """Count the statements of every engine, and add the header to every response."""

    @event.listens_for(Engine, "before_cursor_execute")
    def before_cursor_execute(_: Any, __: Any, statement: str, *___: Any) -> None:
        count(statement)

    serve = FastAPI.__call__

    async def serve_and_count(self: FastAPI, scope: Scope, receive: Receive, send: Send) -> None:
        log = StatementLog()
        _LOG.set(log)

        async def send_with_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                header = (HEADER.lower().encode(), str(len(log.statements)).encode())
                message["headers"] = [*message["headers"], header]
            await send(message)

        if PRINTS and scope["type"] == "http":
            print(f"=== {scope['method']} {scope['path']}", file=sys.stderr, flush=True)
        await serve(self, scope, receive, send_with_count)

    FastAPI.__call__ = serve_and_count  # type: ignore[method-assign]


if __name__ == "__main__":
    install()
    hub_program()
