"""Proofs of answers to stations (`rules.answer_proof`): added to every answer of a request that a station has signed.

Authentication sets the key in the request's state. An answer without a key, a failure outside of the routes, stays unproven.
"""

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub_sync.hub.kit.http.answer_keys import PLAIN_BODY, AnswerKey, find_answer_key
from hub_sync.rules.answer_proof import NONCE_HEADER, PROOF_HEADER, STATUS_HEADER, compute_proof

_STREAM = "text/event-stream"
_LONGEST_NONCE = 128


def install(app: FastAPI) -> None:
    """Add the middleware."""
    app.add_middleware(AnswerProofs)


class AnswerProofs:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        nonce = Headers(scope=scope).get(NONCE_HEADER, "") if scope["type"] == "http" else ""
        if not nonce or len(nonce) > _LONGEST_NONCE:
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        start: Message | None = None
        """The beginning of an answer that is proven as a whole; it waits for the body."""
        pieces: list[bytes] = []

        async def send_proven(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if _is_stream(message):
                    _add_proof(message, find_answer_key(state), nonce, b"")
                    await send(message)
                else:
                    start = message
                return
            if start is None:
                await send(message)
                return
            pieces.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = b"".join(pieces)
            _add_proof(start, find_answer_key(state), nonce, state.get(PLAIN_BODY, body))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, send_proven)


def _is_stream(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith(_STREAM)


def _add_proof(start: Message, key: AnswerKey | None, nonce: str, body: bytes) -> None:
    if key is not None:
        headers = MutableHeaders(raw=start["headers"])
        headers[STATUS_HEADER] = key.device_status
        headers[PROOF_HEADER] = compute_proof(key.key, nonce, key.device_status, start["status"], body)
