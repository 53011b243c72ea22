"""The path of the public URL: a hub at `https://example.org/doorward`, behind a proxy that keeps that prefix or strips it.

Inside, all paths begin at the hub's own root, in routes, limits and the log. This middleware removes the prefix from a
request that has it, and adds it to what a response tells the client: `Location`, `Link`, and the paths of cookies. Links
in pages get it when they are rendered (`console.public_links`).
"""

import re
from collections.abc import Callable

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub_sync.hub.kit.http.urls import add_prefix

_COOKIE_PATH = re.compile(rb"(?i)(;\s*path=)(/[^;]*)")
_LINK = re.compile(rb"<(/[^>]*)>")


class PublicPathTaken(Exception):
    """The path of the public URL begins as one of the hub's own; the message is one sentence for a person."""


def check_path(app: FastAPI, prefix: str) -> None:
    """Check that no path of the hub itself looks as if it had the prefix; call this when all routes are mounted.

    Raises:
        PublicPathTaken: a proxy may strip the prefix, and `/events` would be the prefix or the hub's own list of events.
    """
    first = f"{prefix}/".split("/")[1]
    if not first:
        return
    own = {context.path.split("/")[1] for context in iter_route_contexts(app.routes) if context.path}
    if first in own:
        raise PublicPathTaken(
            f"DOORWARD_PUBLIC_URL can't have the path {prefix}: /{first} is the hub's own. Choose another, such as /doorward."
        )


def install(app: FastAPI, prefix: str) -> None:
    """Add the middleware if the public URL has a path; it goes before all others, so call this last."""
    if prefix:
        app.add_middleware(PublicPath, prefix=prefix)


class PublicPath:
    """The ASGI middleware."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        """Take the prefix: `/doorward`, without a slash at its end."""
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request without the prefix, and its response with it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_prefixed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [(name, self._public(name, value)) for name, value in message["headers"]]
            await send(message)

        await self._app(self._inner(scope), receive, send_prefixed)

    def _inner(self, scope: Scope) -> Scope:
        path: str = scope["path"]
        if path != self._prefix and not path.startswith(f"{self._prefix}/"):
            return scope
        raw = scope.get("raw_path") or b""
        encoded = self._prefix.encode()
        inner = {**scope, "path": path[len(self._prefix) :] or "/"}
        return inner | ({"raw_path": raw[len(encoded) :] or b"/"} if raw.startswith(encoded) else {})

    def _public(self, name: bytes, value: bytes) -> bytes:
        rewrite = _REWRITES.get(name.lower())
        return rewrite(value, self._prefix) if rewrite else value


def _location(value: bytes, prefix: str) -> bytes:
    return add_prefix(value.decode("latin-1"), prefix).encode("latin-1")


def _link(value: bytes, prefix: str) -> bytes:
    return _LINK.sub(lambda match: b"<" + _location(match[1], prefix) + b">", value)


def _cookie(value: bytes, prefix: str) -> bytes:
    return _COOKIE_PATH.sub(
        lambda match: match[1] + (_location(match[2], prefix).rstrip(b"/") or b"/"), value
    )


_REWRITES: dict[bytes, Callable[[bytes, str], bytes]] = {
    b"location": _location,
    b"x-location": _location,
    b"content-location": _location,
    b"link": _link,
    b"set-cookie": _cookie,
}
