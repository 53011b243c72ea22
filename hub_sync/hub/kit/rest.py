"""The REST surface's routes: what they ask of a caller stands on them, and nobody gets past unasked.

    router = RestRouter(prefix="/events", tags=["events"])

    @router.get("/{event_id}", needs="events:read", shape=EventOut)
    def get_event(call: Call, event_id: Id) -> Response:
        event = events.get(call.work, call.tenant_id, event_id)
        return call.answer(EventOut.model_validate(event), version=event.version)

    @router.post("", needs="events:create", shape=EventOut, status=201, refuses=(EventExists,))
    def create_event(call: Call, new: NewEvent) -> Response:
        with call.begin() as work:
            event = events.create(work, call.tenant_id, new)
            return call.created(EventOut.model_validate(event), f"/api/v1/events/{event.id}", version=event.version)

Endpoints are plain `def`: they run on a thread. A reading route is admitted there, in the same snapshot that it reads
from (`call.work`); a changing one is admitted before its body is looked at, so that a stranger learns nothing of it.
"""

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from hub_sync.contract.flags import FeatureFlag
from hub_sync.hub.kit import etags
from hub_sync.hub.kit.access import Access, Caller, require
from hub_sync.hub.kit.callers import SAFE_METHODS, credentials_of
from hub_sync.hub.kit.context import HubContext
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.rate_limits import TooManyRequests
from hub_sync.hub.kit.refusals import documented
from hub_sync.hub.kit.shapes import Many, One, Parts, to_json
from hub_sync.hub.kit.unit_of_work import Work

if TYPE_CHECKING:
    from hub_sync.hub.kit.listing import Listing

API = "/api/v1"
JSON = "application/json"
_Endpoint = Callable[..., Response]


class RestCall:
    """One call of the REST surface: who calls, what they may read, and how to answer."""

    def __init__(self, hub: HubContext, request: Request) -> None:
        self.hub, self.request = hub, request
        self.body = b""
        self.headers: dict[str, str] = {}
        self._caller: Caller | None = None
        self._work: Work | None = None

    @property
    def caller(self) -> Caller:
        """Who calls; known once they are admitted."""
        if self._caller is None:
            raise RuntimeError("this call was not admitted yet")
        return self._caller

    @property
    def tenant_id(self) -> str:
        """The caller's tenant."""
        return self.caller.tenant_id

    @property
    def work(self) -> Work:
        """The snapshot that a reading route reads from."""
        if self._work is None:
            raise RuntimeError("a changing route reads inside `begin`")
        return self._work

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """The one transaction of a changing route; the audit names the caller."""
        with self.hub.uow.begin(actor=self.caller.actor) as work:
            yield work

    def admit(self, work: Work, access: Access) -> None:
        """Find the caller, count the call, and let it through.

        Raises:
            HubError: 401, 403, 404 (switched off), 429.
        """
        shown = credentials_of(self.request, self.hub.trusted_proxies)
        caller = self.hub.gatekeeper.identify(work, shown)
        taken = self.hub.rate_limits.take(f"{caller.kind.value}:{caller.id}", caller.calls_a_minute)
        self.headers.update(taken.headers())
        if not taken.granted:
            raise TooManyRequests(
                f"More than {taken.limit} calls in a minute. Try again in {taken.reset_s} s.",
                retry_after_s=taken.reset_s,
            )
        require(caller, access)
        self._caller = caller
        self.hub.gatekeeper.used(caller)

    @contextmanager
    def reading(self, access: Access) -> Iterator[None]:
        """Admit, and keep the snapshot open for the endpoint."""
        with self.hub.uow.read() as work:
            self.admit(work, access)
            self._work = work
            yield

    def admit_change(self, access: Access) -> None:
        """Admit in a short snapshot of its own, before the endpoint's transaction begins."""
        with self.hub.uow.read() as work:
            self.admit(work, access)

    def expected_version(self) -> int | None:
        """The version that If-Match names; None is any.

        Raises:
            PreconditionRequired: 428. PreconditionFailed: 412. BadRequest: 400.
        """
        return etags.expected_version(self.request.headers.get("if-match"))

    def version_if_given(self) -> int | None:
        """As `expected_version`, where If-Match may be left out.

        Raises:
            PreconditionFailed: 412. BadRequest: 400.
        """
        return self.expected_version() if "if-match" in self.request.headers else None

    def answer(self, data: BaseModel | dict[str, Any], *, version: int | None = None) -> Response:
        """200 `{data}`, or 304 where the caller has it already; `version` is the row's, if one row stands for all."""
        return self.answer_bytes(b'{"data":' + to_json(data) + b"}", version=version)

    def answer_bytes(self, body: bytes, *, version: int | None = None) -> Response:
        """As `answer`, with a body that is written already."""
        tag = etags.of_body(body) if version is None else etags.of_version(version)
        headers = self.headers | {
            "ETag": tag,
            "Cache-Control": "private, no-cache",
            "Vary": "Cookie, X-API-Key",
        }
        seen = self.request.headers.get("if-none-match")
        if seen is not None and self.request.method in SAFE_METHODS and etags.matches(seen, tag):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=JSON)

    def created(
        self, data: BaseModel | dict[str, Any], location: str, *, version: int | None = None
    ) -> Response:
        """201 `{data}` with the new thing's address."""
        headers = self.headers | {"Location": location, "Cache-Control": "no-store"}
        if version is not None:
            headers["ETag"] = etags.of_version(version)
        return Response(b'{"data":' + to_json(data) + b"}", 201, headers, JSON)

    def no_content(self) -> Response:
        """204."""
        return Response(status_code=204, headers=self.headers)


async def _call(request: Request) -> RestCall:
    call = RestCall(request.app.state.hub, request)
    request.state.answer_headers = call.headers
    if request.method not in SAFE_METHODS:
        call.body = await request.body()
        await run_in_threadpool(call.admit_change, request.scope["endpoint"].access)
    return call


Call = Annotated[RestCall, Depends(_call)]


class RestRouter(APIRouter):
    """Routes below `/api/v1`, every one of which says what it needs."""

    def __init__(self, *, prefix: str, tags: list[str], flag: FeatureFlag = FeatureFlag.REST_API) -> None:
        super().__init__(prefix=f"{API}{prefix}", tags=list(tags))
        self._flag = flag

    def get(self, path: str, **told: Any) -> Callable[[_Endpoint], _Endpoint]:  # type: ignore[override]
        """A reading route; for the arguments see `_route`."""
        return self._route("GET", path, **told)

    def post(self, path: str, **told: Any) -> Callable[[_Endpoint], _Endpoint]:  # type: ignore[override]
        """A route that makes or does something."""
        return self._route("POST", path, **told)

    def put(self, path: str, **told: Any) -> Callable[[_Endpoint], _Endpoint]:  # type: ignore[override]
        """A route that changes something."""
        return self._route("PUT", path, **told)

    def delete(self, path: str, **told: Any) -> Callable[[_Endpoint], _Endpoint]:  # type: ignore[override]
        """A route that takes something away; answers 204 unless told otherwise."""
        return self._route("DELETE", path, **{"status": 204, **told})

    def _route(
        self,
        method: str,
        path: str,
        *,
        needs: str | Sequence[str],
        shape: Any = None,
        listing: "Listing | None" = None,
        status: int = 200,
        refuses: Sequence[type[HubError]] = (),
        **more: Any,
    ) -> Callable[[_Endpoint], _Endpoint]:
        """`needs`: a permission, or several of which one is enough; `shape`: what `data` holds; `refuses`: own errors.

        `listing`: its query parameters are described, and a list of its shape is what `data` holds. With a `shape` too,
        it is one resource of the list, of which fields can be chosen. `parameters`: others, described by hand.
        """
        any_of = (needs,) if isinstance(needs, str) else tuple(needs)
        access = Access(any_of, self._flag)
        responses = documented(method, _answered(shape, listing), status, refuses, any_of)
        responses |= more.pop("responses", {})
        parameters = [*more.pop("parameters", ())]
        parameters += listing.parameters(of_list=shape is None) if listing else ()

        def register(endpoint: _Endpoint) -> _Endpoint:
            admitted = _admitted(endpoint, access, reads=method == "GET")
            self.add_api_route(
                path,
                admitted,
                methods=[method],
                status_code=status,
                response_class=Response,
                response_model=None,
                responses=responses,
                openapi_extra={
                    "security": [{"apiKey": []}, {"session": []}],
                    "x-needs": list(any_of),
                    "parameters": parameters,
                },
                **more,
            )
            return endpoint

        return register


def _answered(shape: Any, listing: "Listing | None") -> Any:
    """The model of the whole answer."""
    if listing is None:
        return None if shape is None else One[shape]
    if shape is None:
        return Many[listing.shape | Parts]  # type: ignore[name-defined]
    return One[shape | Parts]


def _admitted(endpoint: _Endpoint, access: Access, *, reads: bool) -> _Endpoint:
    """The endpoint behind its door."""
    name = next(
        name for name, given in inspect.signature(endpoint).parameters.items() if given.annotation == Call
    )

    if reads:

        @functools.wraps(endpoint)
        def admitted(**arguments: Any) -> Response:
            call: RestCall = arguments[name]
            with call.reading(access):
                return endpoint(**arguments)

    else:

        @functools.wraps(endpoint)
        def admitted(**arguments: Any) -> Response:
            return endpoint(**arguments)

    admitted.access = access  # type: ignore[attr-defined]
    return admitted
