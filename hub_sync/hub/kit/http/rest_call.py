"""One call of the REST API: its transaction, its preconditions and its responses."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.kit.db.optimistic_locking import IfVersion
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http import etags
from hub_sync.hub.kit.http.authorization import AuthorizedCall
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.idempotency import IdempotentRequest, StoredResponse
from hub_sync.hub.kit.http.urls import encode_for_header
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.security.client_address import SAFE_METHODS
from hub_sync.hub.kit.table_files.uploads import Upload

JSON = "application/json"
_FRESH = {"Cache-Control": "private, no-cache", "Vary": "Cookie, X-API-Key"}


class ResponseReplayed(Exception):
    """This request was answered before; `answer` is the stored response."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


class RestCall(AuthorizedCall):
    """One authorized call, and its responses."""

    def __init__(self, hub: HubContext, request: Request) -> None:
        super().__init__(hub, request)
        self.body = b""
        self.upload: Upload | None = None
        """The file that was sent, on a route that takes one."""
        self._idempotent: IdempotentRequest | None = None
        self._response: Response | None = None

    def read_idempotency_key(self) -> None:
        """Read the Idempotency-Key if the caller sent one; `begin` then runs once for this key.

        Raises:
            IdempotencyKeyInvalid: 400, the key is empty, too long or not ASCII.
        """
        key = self.request.headers.get("idempotency-key")
        if key is not None:
            self._idempotent = IdempotentRequest.read(
                key, self.caller, self.request.scope, self.body, self.hub.secret_box
            )

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """Begin the one transaction of a changing route; the audit log names the caller.

        Raises:
            ResponseReplayed: the request was answered before; the router sends the stored response.
            IdempotencyKeyInFlight: 409, the first request with this key is in progress.
            IdempotencyKeyReused: 422, the key was used with another body.
        """
        idempotent, self._idempotent = self._idempotent, None
        if idempotent is None:
            with self.hub.uow.begin(actor=self.actor) as work:
                yield work
            return
        with self.hub.in_flight_requests.hold(idempotent):
            try:
                with self.hub.uow.begin(actor=self.actor) as work:
                    self._raise_if_stored(idempotent.claim(work, self.hub.secret_box))
                    yield work
                    idempotent.store(work, self.hub.secret_box, self._stored_response())
                    if self.hub.in_flight_requests.sweep_is_due():
                        idempotent.sweep(work)
            except HubError as error:
                if idempotent.is_storable(error.status):
                    with self.hub.uow.begin(actor=self.actor) as work:
                        idempotent.store_error(work, self.hub.secret_box, error, self.request)
                raise

    def replay_if_stored(self) -> None:
        """Raise if the request was answered before; for a route with side effects before `begin`.

        Raises:
            ResponseReplayed, IdempotencyKeyInFlight, IdempotencyKeyReused: as `begin`.
        """
        if self._idempotent is not None:
            with self.hub.uow.begin(actor=self.actor) as work:
                self._raise_if_stored(self._idempotent.claim(work, self.hub.secret_box))

    def expected_version(self) -> IfVersion:
        """Return the versions that If-Match names; None accepts any version.

        Raises:
            PreconditionRequired: 428, no If-Match.
            PreconditionFailed: 412, a tag that no version has.
            BadRequest: 400, not an ETag.
        """
        return etags.expected_versions(self.request.headers.getlist("if-match"))

    def optional_expected_version(self) -> IfVersion:
        """Return the versions that If-Match names; None if there is no If-Match, or it accepts any version.

        Raises:
            PreconditionFailed: 412, a tag that no version has.
            BadRequest: 400, not an ETag.
        """
        return self.expected_version() if "if-match" in self.request.headers else None

    def ok(self, data: BaseModel | dict[str, Any] | list[Any], *, version: int | None = None) -> Response:
        """Return 200 with `{data}`, or 304 if the caller's If-None-Match names the current ETag.

        Args:
            data: the resource.
            version: the version of its row, for a strong ETag; None: the ETag is a digest of the body.
        """
        return self.ok_bytes(b'{"data":' + dump_json(data) + b"}", version=version)

    def ok_bytes(self, body: bytes, *, version: int | None = None) -> Response:
        """Return a response as `ok` does, from a serialized body."""
        tag = etags.content_etag(body) if version is None else etags.version_etag(version)
        headers = {**self.headers, **_FRESH, "ETag": tag}
        if_none_match = ",".join(self.request.headers.getlist("if-none-match"))
        is_current = bool(if_none_match) and etags.matches(if_none_match, tag)
        if is_current and self.request.method in SAFE_METHODS:
            return Response(status_code=304, headers=headers)
        return self._remember(Response(body, headers=headers, media_type=JSON))

    def created(
        self,
        data: BaseModel | dict[str, Any],
        location: str,
        *,
        version: int | None = None,
        replay_data: BaseModel | dict[str, Any] | None = None,
        meta: BaseModel | None = None,
    ) -> Response:
        """Return 201 with `{data}`, or `{data, meta}`.

        Args:
            data: the new resource.
            location: its path.
            version: the version of its row, for the ETag.
            meta: what there is to say about it.
            replay_data: what a repeated request gets instead, if `data` has a secret that must not be stored.
        """
        headers = {**self.headers, "Location": encode_for_header(location), "Cache-Control": "no-store"}
        if version is not None:
            headers["ETag"] = etags.version_etag(version)

        def response(content: BaseModel | dict[str, Any]) -> Response:
            more = b"" if meta is None else b',"meta":' + dump_json(meta)
            return Response(b'{"data":' + dump_json(content) + more + b"}", 201, headers, JSON)

        if replay_data is None:
            return self._remember(response(data))
        self._remember(response(replay_data))
        return response(data)

    def no_content(self) -> Response:
        """Return 204."""
        return self._remember(Response(status_code=204, headers=self.headers))

    def _remember(self, answer: Response) -> Response:
        self._response = answer
        return answer

    def _stored_response(self) -> StoredResponse:
        if self._response is None:
            raise RuntimeError("a POST route must create its response inside `begin`")
        return StoredResponse.of(self._response)

    def _raise_if_stored(self, stored: StoredResponse | None) -> None:
        if stored is not None:
            raise ResponseReplayed(stored.replay(self.headers))
