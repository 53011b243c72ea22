"""How a REST route is run: the caller is admitted before anything else of the request is looked at.

Most reading routes take the call, ids from the address and at most a question that is read off the request. Those are
run here directly: FastAPI's own way of gathering arguments costs as much again as the whole answer (measured with the
list and the single event). Whatever else a route takes is gathered by FastAPI, as ever.

There are two ways in for a read: on a thread, and where the route is `inline`, on the event loop itself (`kit.inline`
says why). Both run the same endpoint behind the same admission; what the loop must not do begins again on a thread.
"""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, get_args

from fastapi import Request
from fastapi.params import Depends
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from hub_sync.hub.kit.db.inline import NotInline
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.rest_call import RestCall
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.security.client_address import SAFE_METHODS
from hub_sync.hub.kit.text_types import ID_PATTERN, Id

_CALL = "doorward.call"
_OF_ONE, _OF_MANY = ThreadPoolExecutor(4, "reads"), ThreadPoolExecutor(4, "lists")
"""Threads for reading. Few: what is read is mostly waited for by Python's own lock, so that more of them only stand in
each other's way (one event, 32 clients, SQLite: 16 threads answer 1,660 a second, 4 answer 1,930). Lists have their own,
because a slow one must not keep single resources waiting."""
_IS_ID = re.compile(ID_PATTERN).fullmatch
_Handler = Callable[[Request], Coroutine[Any, Any, Response]]
InlineWay = Callable[[Scope], Coroutine[Any, Any, Response | None]]
Source = Callable[[Request], Awaitable[Any]]


def call_of(request: Request) -> RestCall:
    """The call that a request of a REST route is."""
    call: RestCall = request.scope[_CALL]
    return call


class RestRoute(APIRoute):
    """A route of a `RestRouter`."""

    def get_route_handler(self) -> _Handler:
        """FastAPI's handler behind the door, or a shorter way to the same."""
        usual = super().get_route_handler()
        endpoint = self.endpoint
        if not getattr(endpoint, "door", False):
            return usual
        methods = self.methods or set()
        if not methods <= SAFE_METHODS:
            return partial(_answer_change, usual, "POST" in methods)
        sources = quick_sources(endpoint, self.path)
        if sources is None:
            return partial(_answer_usually, usual)
        threads = _OF_ONE if self.path.endswith("}") else _OF_MANY
        return partial(_answer, usual, endpoint, sources, threads)


async def _answer_usually(usual: _Handler, request: Request) -> Response:
    _begin(request)
    return await usual(request)


async def _answer(
    usual: _Handler,
    endpoint: Callable[..., Response],
    sources: dict[str, Source],
    threads: ThreadPoolExecutor,
    request: Request,
) -> Response:
    _begin(request)
    arguments: dict[str, Any] = request.path_params
    if not all(map(_IS_ID, arguments.values())):
        return await usual(request)  # which says what is wrong with it
    arguments = arguments | {name: await source(request) for name, source in sources.items()}
    act = partial(endpoint, **arguments)
    return await asyncio.get_running_loop().run_in_executor(threads, copy_context().run, act)


async def _answer_change(usual: _Handler, asks_once: bool, request: Request) -> Response:
    call = _begin(request)
    call.body = await request.body()
    access: Access = request.scope["endpoint"].access
    if not call.hub.reads_inline or not call.admit_change_inline(access):
        await run_in_threadpool(call.admit_change, access)
    if asks_once:
        call.ask_once()
    return await usual(request)


def inline_way(route: RestRoute) -> InlineWay | None:
    """How to answer a request of the route on the event loop, or None to say that a thread must; None: it never can be."""
    endpoint: Any = route.endpoint
    sources = quick_sources(endpoint, route.path) if getattr(endpoint, "inline", False) else None
    if sources is None:
        return None

    async def answer(scope: Scope) -> Response | None:
        hub: HubContext = scope["app"].state.hub
        given: dict[str, Any] = scope["path_params"]
        if not hub.reads_inline or not all(map(_IS_ID, given.values())):
            return None
        request = Request(scope)
        call = _begin(request)
        arguments = given | {name: await source(request) for name, source in sources.items()}
        call.is_inline = True
        try:
            response: Response = endpoint(**arguments)
        except NotInline:
            call.is_inline = False
            return None
        return response

    return answer


def _begin(request: Request) -> RestCall:
    """The call that the request is; one that came from the event loop to a thread was begun there, and goes on."""
    scope = request.scope
    call: RestCall | None = scope.get(_CALL)
    if call is None:
        call = scope[_CALL] = RestCall(scope["app"].state.hub, request)
        scope.setdefault("state", {})["answer_headers"] = call.headers
    else:
        call.request = request
    return call


def quick_sources(endpoint: Callable[..., Any], path: str) -> dict[str, Source] | None:
    """Where an endpoint's arguments beside its path ids come from; None: only FastAPI can tell."""
    sources: dict[str, Source] = {}
    for name, parameter in inspect.signature(endpoint).parameters.items():
        if parameter.annotation == Id and f"{{{name}}}" in path:
            continue
        source = next(
            (one.dependency for one in get_args(parameter.annotation)[1:] if isinstance(one, Depends)), None
        )
        if source is None or not _reads_request_alone(source):
            return None
        sources[name] = source
    return sources


def _reads_request_alone(source: Any) -> bool:
    if not inspect.iscoroutinefunction(source):
        return False
    taken = list(inspect.signature(source).parameters.values())
    return len(taken) == 1 and taken[0].annotation is Request
