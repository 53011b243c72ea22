"""The router of routes that stations call: a `RestRouter` whose caller is an enrolled device.

    router = StationRouter(prefix="/sync", tags=["sync"])

    @router.get("/pull", model=PullPage)
    def pull_page(call: DeviceCall, cursor: str = "") -> Response:
        return compressed_response(call.request, pull(call.work, call.device, cursor))

    @router.post("/report", model=TimeResponse)
    def report(call: ReportingCall, status_report: StationReport) -> Response:
        with call.begin() as work:
            store_report(work, call.device, status_report)
        return call.model(TimeResponse(...))

The class of the call says who may make it: a device in service, or one that is locked or was lately revoked as well.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.domains.devices.call_limits import (
    StationKeepsHubBusy,
    count_call,
    count_work,
    record_work,
    require_time,
)
from hub_sync.hub.domains.devices.calls.authentication import authenticate, identify, record_call
from hub_sync.hub.domains.devices.errors import (
    BootIdMissing,
    DeviceExpired,
    DeviceLocked,
    DeviceRevoked,
    DeviceUnknown,
    ProfileForbidsCall,
    StationAddressNotAllowed,
)
from hub_sync.hub.domains.devices.profiles import ALLOWED_CALLS, check_profile
from hub_sync.hub.domains.devices.schemas import AuthenticatedDevice
from hub_sync.hub.kit.db.group_commit import GroupedChange
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.http.answer_keys import AnswerKey, set_answer_key
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.rest_call import JSON, RestCall
from hub_sync.hub.kit.http.rest_router import RestRouter
from hub_sync.hub.kit.openapi.errors import OF_ALL_CALLERS, describe_errors
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.security.access import Access
from hub_sync.hub.kit.security.client_address import read_credentials
from hub_sync.hub.kit.security.rate_limits import TooManyRequests

P = TypeVar("P")
R = TypeVar("R")
_BOOT_ID: dict[str, Any] = {
    "name": BOOT_HEADER,
    "in": "header",
    "required": True,
    "description": "The id of the machine's boot; a call without it is refused. One credential on two machines is noticed by it.",
    "schema": {"type": "string"},
}
_ANYBODY = Access()
_OF_STATIONS = (
    BootIdMissing,
    DeviceUnknown,
    DeviceLocked,
    DeviceRevoked,
    DeviceExpired,
    StationAddressNotAllowed,
    ProfileForbidsCall,
    TooManyRequests,
    StationKeepsHubBusy,
)


class DeviceCall(RestCall):
    """One call of a device in service."""

    reports_only: ClassVar[bool] = False

    def __init__(self, hub: HubContext, request: Request) -> None:
        super().__init__(hub, request)
        self._device: AuthenticatedDevice | None = None
        self._credentials = (
            request.headers.get("authorization", ""),
            request.headers.get(BOOT_HEADER, ""),
        )
        self._client_ip = read_credentials(request, hub.trusted_proxies).client_ip

    @property
    def device(self) -> AuthenticatedDevice:
        """The device that calls."""
        if self._device is None:
            raise RuntimeError("this call was not authorized yet")
        return self._device

    @property
    def actor(self) -> str:
        """The device's name in the audit log."""
        return f"device:{self.device.id}"

    @property
    def is_authorized(self) -> bool:
        """True once the device is known and may do this."""
        return self._device is not None

    @property
    def tenant_id(self) -> str:
        """The device's tenant."""
        return self.device.tenant_id

    def read_idempotency_key(self) -> None:
        """Read none: what a station sends twice has an id of its own."""

    @contextmanager
    def authorize_read(self, access: Access) -> Iterator[None]:
        """Authenticate, and keep the snapshot open for the endpoint; a record of the call that is due comes before it.

        Raises:
            DeviceUnknown: 401. DeviceLocked, DeviceRevoked, DeviceExpired, StationAddressNotAllowed: 403.
            BootIdMissing: 400. TooManyRequests: 429.
        """
        del access
        with self.hub.uow.read() as work:
            device, is_due = identify(
                work,
                *self._credentials,
                client_ip=self._client_ip,
                reports_only=self.reports_only,
                on_identified=self._prove_answer,
            )
            if not is_due:
                self._accept(device)
                self._work = work
                yield
                return
        record_call(self.hub, device, self._credentials[1])
        self._accept(device)
        with self.hub.uow.read() as work:
            self._work = work
            yield

    def authorize_change(self, access: Access) -> None:
        """Authenticate before the endpoint's transaction begins.

        Raises:
            DeviceUnknown: 401. DeviceLocked, DeviceRevoked, DeviceExpired, StationAddressNotAllowed: 403.
            BootIdMissing: 400. TooManyRequests: 429.
        """
        del access
        device = authenticate(
            self.hub,
            *self._credentials,
            client_ip=self._client_ip,
            reports_only=self.reports_only,
            on_identified=self._prove_answer,
        )
        self._accept(device)

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """Begin the one transaction of a changing route, whose CPU time is counted.

        Raises:
            StationKeepsHubBusy: 429, the station has used up its minute.
        """
        with count_work(self.hub, self.device), super().begin() as work:
            yield work

    def run_grouped(self, key: Hashable, change: GroupedChange[P, R]) -> R:
        """Run the changing route's change in a transaction that it may share with others of the key, and count its CPU time.

        A station whose changes have lately taken long shares none: others would wait for it, and share its time.

        Raises:
            StationKeepsHubBusy: 429, the station has used up its minute.
        """
        if not require_time(self.hub, self.device):
            key = (key, self.device.id)
        change.actor = self.actor
        try:
            return self.hub.group_commit.run(key, change)
        finally:
            record_work(self.hub, self.device, change.cpu_s)

    def model(self, content: BaseModel) -> Response:
        """Return a model as the response, without an envelope."""
        return Response(dump_json(content), headers=self.headers, media_type=JSON)

    def _accept(self, device: AuthenticatedDevice) -> None:
        check_profile(device.profile, self.request)
        count_call(self.hub, device, self.request)
        self._device = device

    def _prove_answer(self, key: AnswerKey) -> None:
        set_answer_key(self.request, key)


class ReportingCall(DeviceCall):
    """One call that brings a station's scans and status to the hub and tells it nothing: a device that is locked or was lately revoked may make it, too."""

    reports_only = True


class StationRouter(RestRouter):
    """Routes that stations call: `profiles` says which may, and the class of the call says in which status."""

    def _route(  # type: ignore[override]
        self,
        method: str,
        path: str,
        *,
        model: Any,
        errors: Sequence[type[HubError]] = (),
        body: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """Register a route.

        Args:
            method: GET or POST.
            path: below the router's prefix.
            model: the model of the whole response body.
            errors: the errors that the endpoint raises, for the documentation.
            body: OpenAPI's description of a request body that the endpoint parses itself.
            more: as FastAPI's `add_api_route`.
        """
        if f"{self.prefix}{path}" not in ALLOWED_CALLS:
            raise ValueError(f"{self.prefix}{path}: say in `profiles` who may call it")
        described = describe_errors((*errors, *_OF_STATIONS), OF_ALL_CALLERS)
        described[200] = {"description": "Success.", "model": model}
        return self._register(
            method,
            path,
            _ANYBODY,
            responses=described,
            openapi_extra={
                "security": [{"device": []}],
                "parameters": [_BOOT_ID],
                **({"requestBody": body} if body else {}),
            },
            **more,
        )
