"""The router of the REST API: each route declares its permissions, and no call reaches an endpoint unauthorized.

    router = RestRouter(prefix="/events", tags=["events"])

    @router.get("/{event_id}", permissions="events:read", schema=EventResponse)
    def get_event(call: Call, event_id: Id) -> Response:
        event = events.get(call.work, call.tenant_id, event_id)
        return call.ok(EventResponse.model_validate(event), version=event.version)

    @router.post("", permissions="events:create", schema=EventResponse, status=201, errors=(EventExists,))
    def create_event(call: Call, new: NewEvent) -> Response:
        with call.begin() as work:
            event = events.create(work, call.tenant_id, new)
            data = EventResponse.model_validate(event)
            return call.created(data, f"/api/v1/events/{event.id}", version=event.version)

Endpoints are plain `def` and run on one thread. A reading route is authorized there, in the same snapshot that it reads
from (`call.work`); a changing one is authorized in a snapshot of its own, before its transaction begins. A POST answers
inside `begin`: with an Idempotency-Key the answer is stored in the same transaction.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from fastapi import APIRouter
from fastapi.responses import Response

from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http.rest_call import RestCall
from hub_sync.hub.kit.http.rest_route import RestRoute, authorized
from hub_sync.hub.kit.openapi import headers
from hub_sync.hub.kit.openapi.errors import describe_responses
from hub_sync.hub.kit.schemas import DataResponse, ListResponse, PartialResource
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.security.feature_flag import FF_REST_API

__all__ = ["API", "Call", "RestCall", "RestRouter"]

API = "/api/v1"
_Endpoint = Callable[..., Response]


class DescribedList(Protocol):
    """A list as its routes describe it; `kit.lists.result_pages.Listing` is one."""

    schema: Any

    def parameters(self, *, of_list: bool) -> list[dict[str, Any]]:
        """Return the OpenAPI parameters of the list, or of one of its resources."""


Call = RestCall
"""The parameter of an endpoint that takes the call; `RestRoute` fills it."""


class RestRouter(APIRouter):
    """Routes below `/api/v1`, each with its permissions."""

    def __init__(self, *, prefix: str, tags: list[str], flag: str = FF_REST_API) -> None:
        super().__init__(prefix=f"{API}{prefix}", tags=list(tags), route_class=RestRoute)
        self._flag = flag

    def get(self, path: str, **options: Any) -> Callable[[_Endpoint], _Endpoint]:  # type: ignore[override]
        """Register a reading route; for the arguments see `_route`."""
        return self._route("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[_Endpoint], _Endpoint]:  # type: ignore[override]
        """Register a route that creates something or starts an action."""
        return self._route("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[_Endpoint], _Endpoint]:  # type: ignore[override]
        """Register a route that changes something."""
        return self._route("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[_Endpoint], _Endpoint]:  # type: ignore[override]
        """Register a route that deletes something; it answers 204 by default."""
        return self._route("DELETE", path, **{"status": 204, **options})

    def _route(
        self,
        method: str,
        path: str,
        *,
        permissions: str | Sequence[str],
        also: str | Sequence[str] = "",
        schema: Any = None,
        listing: DescribedList | None = None,
        status: int = 200,
        errors: Sequence[type[HubError]] = (),
        parameters: Sequence[dict[str, Any]] = (),
        responses: dict[int | str, dict[str, Any]] | None = None,
        takes_long: bool = False,
        takes_file: int = 0,
        body: dict[str, Any] | None = None,
        **more: Any,
    ) -> Callable[[_Endpoint], _Endpoint]:
        """Register a route.

        Args:
            method: GET, POST, PUT or DELETE.
            path: below the router's prefix.
            permissions: a permission, or several of which one is enough.
            also: a permission that is needed beside those, or several that are, to read what the response shows.
            schema: the type of `data` in the response, or a `DataResponse` with more; None: no content, or `listing` decides.
            listing: describe its query parameters. Without a `schema` the response is the list; with one it is a
                resource of the list, whose fields can be selected.
            status: of a success.
            errors: the errors that the endpoint raises, for the documentation.
            parameters: further OpenAPI parameters.
            responses: further OpenAPI responses.
            takes_long: True for a reading route that makes a long answer, or records that it was read and so waits for the database's
                writer: it runs on the threads of changing routes. Those of reading ones are few, and stations pull on them.
            takes_file: the most bytes of the file that the route takes as its body; 0: it takes none.
            body: what OpenAPI says of the body of such a route.
            more: as FastAPI's `add_api_route`.
        """
        any_of = (permissions,) if isinstance(permissions, str) else tuple(permissions)
        all_of = tuple(filter(None, (also,) if isinstance(also, str) else also))
        described = describe_responses(method, _response_model(schema, listing), status, errors, any_of) | (
            responses or {}
        )
        if all_of:
            described[403]["description"] += f" Needs {', '.join(all_of)}, too."
        list_parameters = listing.parameters(of_list=schema is None) if listing else []
        request_headers = headers.request_headers(method, has_etag=schema is not None)
        return self._register(
            method,
            path,
            Access(any_of, self._flag, all_of),
            takes_long=takes_long,
            takes_file=takes_file,
            status_code=status,
            responses=described,
            openapi_extra={
                "security": [{"apiKey": []}, {"bearer": []}, {"session": []}],
                "x-permissions": list(any_of),
                "parameters": [*parameters, *list_parameters, *request_headers],
                **(body or {}),
            },
            **more,
        )

    def _register(
        self,
        method: str,
        path: str,
        access: Access,
        *,
        takes_long: bool = False,
        takes_file: int = 0,
        **described: Any,
    ) -> Callable[[_Endpoint], _Endpoint]:
        """Register a route that is authorized; `described` goes to FastAPI's `add_api_route`."""

        def register(endpoint: _Endpoint) -> _Endpoint:
            self.add_api_route(
                path,
                authorized(endpoint, access, takes_long=takes_long, takes_file=takes_file),
                methods=[method],
                response_class=Response,
                response_model=None,
                operation_id=endpoint.__name__,
                **described,
            )
            return endpoint

        return register


def _response_model(schema: Any, listing: DescribedList | None) -> Any:
    """Return the model of the whole response body."""
    if listing is None:
        if isinstance(schema, type) and issubclass(schema, DataResponse):
            return schema  # it has more than `data`
        return None if schema is None else DataResponse[schema]
    if schema is None:
        return ListResponse[listing.schema | PartialResource]  # type: ignore[name-defined]
    return DataResponse[schema | PartialResource]
