"""The access log: every request gets an id, is timed, counted and perhaps logged.

One line is written for every change, every error and every slow request (`--access-log changes`), for all, or for
none. A line has the route's template, never the URL: URLs hold tokens and are unbounded in number. The caller is logged
by id: the authenticator calls `set_caller`.
"""

import re
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Event
from time import perf_counter

import structlog
from fastapi import FastAPI
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub_sync.contract.ids import NewId
from hub_sync.hub.kit.metrics import HubMetrics
from hub_sync.hub.kit.networks import Network, is_within
from hub_sync.hub.kit.security.client_address import SAFE_METHODS, client_ip
from hub_sync.hub.kit.settings import AccessLogMode

log = structlog.get_logger(__name__)

SLOW_S = 1.0
NO_ROUTE = "(none)"
_HUNG_UP = 499
_METHODS = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_TRACE = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(slots=True)
class _Note:
    """Facts about a request that are learnt while it runs; shared with the threads that it runs on."""

    who: str = ""


_note: ContextVar[_Note | None] = ContextVar("doorward_request", default=None)


def set_caller(who: str) -> None:
    """Set the caller for the log: `key:ID`, `user:ID` or `device:ID`; never a name, an address or a secret."""
    note = _note.get()
    if note is not None:
        note.who = who


def install(
    app: FastAPI,
    metrics: HubMetrics,
    new_id: NewId,
    trusted: Sequence[Network],
    access_log: AccessLogMode,
    stopping: Event | None = None,
) -> None:
    """Add the middleware before all others but the public path: call it late. Once `stopping` is set, connections are closed."""
    app.add_middleware(
        AccessLogMiddleware,
        metrics=metrics,
        new_id=new_id,
        trusted=trusted,
        access_log=access_log,
        stopping=stopping,
    )


class AccessLogMiddleware:
    """The ASGI middleware."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: HubMetrics,
        new_id: NewId,
        trusted: Sequence[Network] = (),
        access_log: AccessLogMode = AccessLogMode.CHANGES,
        stopping: Event | None = None,
    ) -> None:
        self._app, self._new_id, self._trusted = app, new_id, trusted
        self._figures, self._access_log = metrics, access_log
        self._stopping = stopping or Event()
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, then count and log it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        request_id, trace_id = self._ids(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        id_header = (b"x-request-id", request_id.encode())
        status, ended = 0, 0.0

        async def send_noted(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"] = [*message.get("headers", ()), id_header]
                if self._stopping.is_set():
                    headers.append((b"connection", b"close"))
                if _is_stream(headers):
                    ended = perf_counter()
            await send(message)

        note = _Note()
        token = _note.set(note)
        bound = structlog.contextvars.bind_contextvars(
            request_id=request_id, **({"trace_id": trace_id} if trace_id else {})
        )
        in_flight = self._figures.in_flight
        in_flight.inc()
        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            status = status or 500
            raise
        finally:
            in_flight.dec()
            self._written_down(scope, status or _HUNG_UP, (ended or perf_counter()) - began, note)
            structlog.contextvars.reset_contextvars(**bound)
            _note.reset(token)

    def _ids(self, scope: Scope) -> tuple[str, str]:
        """Return the request's id and its trace: a trusted proxy's if they are well-formed, otherwise a new id."""
        if self._trusted:
            headers_of_proxy = {
                name: value for name, value in scope["headers"] if name in (b"x-request-id", b"traceparent")
            }
            if headers_of_proxy and is_within((scope.get("client") or ("",))[0], self._trusted):
                trace = _TRACE.fullmatch(headers_of_proxy.get(b"traceparent", b""))
                trace_id = trace.group(1).decode() if trace else ""
                request_id = headers_of_proxy.get(b"x-request-id", b"")
                if _REQUEST_ID.fullmatch(request_id):
                    return request_id.decode(), trace_id
                return trace_id or self._new_id(), trace_id
        return self._new_id(), ""

    def _written_down(self, scope: Scope, status: int, seconds: float, note: _Note) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = template_of(scope)
        known = self._known.get((route, method, status))
        if known is None:
            known = self._known[route, method, status] = (
                self._figures.requests.labels(route, method, str(status)),
                self._figures.seconds.labels(route, method),
            )
        known[0].inc()
        known[1].observe(seconds)
        if self._is_worth_a_line(method, status, seconds):
            peer = scope["client"][0] if scope.get("client") else ""
            say: Callable[..., None] = log.error if status >= 500 and status != 503 else log.info  # noqa: PLR2004
            say(
                "request",
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                who=note.who or None,
                ip=client_ip(peer, _forwarded(scope), self._trusted),
            )

    def _is_worth_a_line(self, method: str, status: int, seconds: float) -> bool:
        if self._access_log is AccessLogMode.CHANGES:
            return method not in SAFE_METHODS or status >= 400 or seconds > SLOW_S  # noqa: PLR2004
        return self._access_log is AccessLogMode.ALL


def template_of(scope: Scope) -> str:
    """Return the path of the request's route as it was declared (`/events/{event_id}`)."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    path = getattr(context or scope.get("route"), "path", None)
    if path is not None:
        return str(path)
    if "app_root_path" in scope:  # inside something mounted, which has no templates
        return f"{scope['root_path']}/{{path}}"
    # A route of Starlette's own that takes no parameters: its address is its template.
    return scope["path"] if "endpoint" in scope and not scope.get("path_params") else NO_ROUTE


def _is_stream(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in headers)


def _forwarded(scope: Scope) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
