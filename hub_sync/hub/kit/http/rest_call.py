"""One call of the REST surface: its transaction, its preconditions and its answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http import etags
from hub_sync.hub.kit.http.authorization import AuthorizedCall
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.idempotency import IdempotentRequest, StoredResponse
from hub_sync.hub.kit.http.urls import encode_for_header
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.security.client_address import SAFE_METHODS

JSON = "application/json"
_FRESH = {"Cache-Control": "private, no-cache", "Vary": "Cookie, X-API-Key"}


class ResponseReplayed(Exception):
    """This very call was answered before; `answer` is that answer again."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


class RestCall(AuthorizedCall):
    """One admitted call, and how to answer it."""

    def __init__(self, hub: HubContext, request: Request) -> None:
        super().__init__(hub, request)
        self.body = b""
        self._once: IdempotentRequest | None = None
        self._noted: Response | None = None

    def read_idempotency_key(self) -> None:
        """Read the Idempotency-Key, if the caller sent one; what `begin` does is then done once.

        Raises:
            IdempotencyKeyInvalid: 400.
        """
        key = self.request.headers.get("idempotency-key")
        if key is not None:
            self._once = IdempotentRequest.read(key, self.caller, self.request.scope, self.body)

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """The one transaction of a changing route; the audit names the caller.

        Raises:
            Replayed: the call was answered before; the router gives that answer again.
            IdempotencyKeyInFlight: 409. IdempotencyKeyReused: 422.
        """
        once, self._once = self._once, None
        if once is None:
            with self.hub.uow.begin(actor=self.caller.actor) as work:
                yield work
            return
        with self.hub.in_flight_requests.hold(once):
            try:
                with self.hub.uow.begin(actor=self.caller.actor) as work:
                    self._stop_if(once.claim(work, self.hub.secret_box))
                    yield work
                    once.remember(work, self.hub.secret_box, self._answered())
                    if self.hub.in_flight_requests.sweep_is_due():
                        once.sweep(work)
            except HubError as refusal:
                if once.is_remembered(refusal.status):
                    with self.hub.uow.begin(actor=self.caller.actor) as work:
                        once.remember_refusal(work, self.hub.secret_box, refusal, self.request)
                raise

    def replay_if_stored(self) -> None:
        """For a route that acts on the outside before it begins: not again, where the call was answered before.

        Raises:
            As `begin`.
        """
        if self._once is not None:
            with self.hub.uow.begin(actor=self.caller.actor) as work:
                self._stop_if(self._once.claim(work, self.hub.secret_box))

    def expected_version(self) -> int | None:
        """The version that If-Match names; None is any.

        Raises:
            PreconditionRequired: 428. PreconditionFailed: 412. BadRequest: 400.
        """
        return etags.expected_version(self.request.headers.get("if-match"))

    def optional_expected_version(self) -> int | None:
        """As `expected_version`, where If-Match may be left out.

        Raises:
            PreconditionFailed: 412. BadRequest: 400.
        """
        return self.expected_version() if "if-match" in self.request.headers else None

    def ok(self, data: BaseModel | dict[str, Any] | list[Any], *, version: int | None = None) -> Response:
        """200 `{data}`, or 304 where the caller has it already; `version` is the row's, if one row stands for all."""
        return self.ok_bytes(b'{"data":' + dump_json(data) + b"}", version=version)

    def ok_bytes(self, body: bytes, *, version: int | None = None) -> Response:
        """As `answer`, with a body that is written already."""
        tag = etags.content_etag(body) if version is None else etags.version_etag(version)
        headers = {**self.headers, **_FRESH, "ETag": tag}
        if_none_match = self.request.headers.get("if-none-match")
        if (
            if_none_match is not None
            and self.request.method in SAFE_METHODS
            and etags.matches(if_none_match, tag)
        ):
            return Response(status_code=304, headers=headers)
        return self._note(Response(body, headers=headers, media_type=JSON))

    def created(
        self,
        data: BaseModel | dict[str, Any],
        location: str,
        *,
        version: int | None = None,
        replay_data: BaseModel | dict[str, Any] | None = None,
    ) -> Response:
        """201 `{data}` with the new thing's address.

        `again` is the data of a repeated call, where `data` holds a secret: which is stored nowhere.
        """
        headers = {**self.headers, "Location": encode_for_header(location), "Cache-Control": "no-store"}
        if version is not None:
            headers["ETag"] = etags.version_etag(version)

        def answer(content: BaseModel | dict[str, Any]) -> Response:
            return Response(b'{"data":' + dump_json(content) + b"}", 201, headers, JSON)

        self._note(answer(data if replay_data is None else replay_data))
        return answer(data)

    def no_content(self) -> Response:
        """204."""
        return self._note(Response(status_code=204, headers=self.headers))

    def _note(self, answer: Response) -> Response:
        self._noted = answer
        return answer

    def _answered(self) -> StoredResponse:
        if self._noted is None:
            raise RuntimeError("a route that can be asked once must answer inside `begin`")
        return StoredResponse.of(self._noted)

    def _stop_if(self, before: StoredResponse | None) -> None:
        if before is not None:
            raise ResponseReplayed(before.replay(self.headers))
