"""Run a REST route: FastAPI gathers the arguments, one thread authorizes the caller and runs the endpoint.

A stranger learns nothing of a request's faults: where FastAPI refuses the arguments, the caller is authorized before the
refusal is answered. The body is read by `body_after_authorization`.
"""

import functools
import inspect
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from hub_sync.hub.kit.http.body_after_authorization import read_body
from hub_sync.hub.kit.http.rest_call import ResponseReplayed, RestCall
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.security.client_address import SAFE_METHODS
from hub_sync.hub.kit.table_files.uploads import receive_upload

_CALL = "doorward.call"
_Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Endpoint = Callable[..., Response]


class RestRoute(APIRoute):
    """A route of a `RestRouter`."""

    def get_route_handler(self) -> _Handler:
        """Return FastAPI's handler, with the call prepared before it."""
        handler = super().get_route_handler()
        access = getattr(self.endpoint, "access", None)
        if access is None:
            return handler
        return partial(_handle, handler, access, getattr(self.endpoint, "call_class", RestCall))


async def _handle(
    handler: _Handler, access: Access, call_class: type[RestCall], request: Request
) -> Response:
    scope = request.scope
    call = scope[_CALL] = call_class(scope["app"].state.hub, request)
    scope.setdefault("state", {})["answer_headers"] = call.headers
    if getattr(scope["endpoint"], "takes_file", 0):
        await _authorize(call, access)
        call.upload = await receive_upload(request)
        call.body = call.upload.sha256.encode()
        try:
            return await handler(request)
        finally:
            call.upload.file.close()
    if scope["method"] not in SAFE_METHODS:
        call.body = await read_body(request, partial(_authorize, call, access))
    try:
        return await handler(request)
    except (RequestValidationError, HTTPException):
        await _authorize(call, access)
        raise


async def _authorize(call: RestCall, access: Access) -> None:
    if not call.is_authorized:
        await call.hub.route_threads.run(partial(call.authorize_change, access), reads=False)


def authorized(
    endpoint: Endpoint, access: Access, *, takes_long: bool = False, takes_file: int = 0
) -> Callable[..., Any]:
    """Return the endpoint as its route calls it: on one thread, after the caller was authorized.

    Args:
        endpoint: a plain function; one parameter is a `RestCall`, or of a subclass, which decides who may call.
        access: what the route asks of its caller.
        takes_long: True for a reading route that keeps no thread of the quick ones.
        takes_file: the most bytes of the file that it takes as its body (`call.upload`); 0: it takes none.
    """
    signature = inspect.signature(endpoint)
    parameters = signature.parameters
    name, call_class = next(
        (name, parameter.annotation)
        for name, parameter in parameters.items()
        if isinstance(parameter.annotation, type) and issubclass(parameter.annotation, RestCall)
    )

    def read(call: RestCall, arguments: dict[str, Any]) -> Response:
        with call.authorize_read(access):
            return endpoint(**arguments)

    def change(call: RestCall, arguments: dict[str, Any]) -> Response:
        if not call.is_authorized:
            call.authorize_change(access)
        if call.request.scope["method"] == "POST":
            call.read_idempotency_key()
        try:
            return endpoint(**arguments)
        except ResponseReplayed as replayed:
            return replayed.answer

    @functools.wraps(endpoint)
    async def run_on_thread(**arguments: Any) -> Response:
        call: RestCall = arguments[name].scope[_CALL]
        arguments[name] = call
        reads = call.request.scope["method"] in SAFE_METHODS
        run = partial(read if reads else change, call, arguments)
        return await call.hub.route_threads.run(run, reads=reads and not takes_long)

    # FastAPI hands over the request; to ask it for the call, as a dependency, costs a twentieth of a small read.
    of_request = {**parameters, name: parameters[name].replace(annotation=Request)}
    run_on_thread.__signature__ = signature.replace(parameters=list(of_request.values()))  # type: ignore[attr-defined]
    run_on_thread.access = access  # type: ignore[attr-defined]
    run_on_thread.call_class = call_class  # type: ignore[attr-defined]
    run_on_thread.takes_file = takes_file  # type: ignore[attr-defined]
    return run_on_thread
