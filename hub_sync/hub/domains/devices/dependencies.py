"""`SignedIn`, the dependency of routes that are for enrolled stations.

    @router.get("/pull")
    def pull(hub: Hub, device: SignedIn) -> ...

It opens and closes its own short transaction, so that an endpoint begins with none open.
"""

from typing import Annotated

from fastapi import Depends, Header, Security
from fastapi.security import HTTPBearer

from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.domains.devices.authentication import authenticate
from hub_sync.hub.domains.devices.schemas import AuthenticatedDevice
from hub_sync.hub.kit.http.context import Hub

_SCHEME = HTTPBearer(
    scheme_name="device", description="A station's credential, `dw_…`, given at enrolment.", auto_error=False
)
"""For the API's description only: `sign_in` reports what is wrong with a credential."""


def current_device(
    hub: Hub,
    _: Annotated[object, Security(_SCHEME)],
    authorization: Annotated[str, Header(max_length=1024, include_in_schema=False)] = "",
    boot_id: Annotated[str, Header(alias=BOOT_HEADER, max_length=1024)] = "",
) -> AuthenticatedDevice:
    """Return the device that calls.

    Raises:
        DeviceUnknown: 401. DeviceLocked, DeviceRevoked: 403.
    """
    return authenticate(hub.uow, authorization, boot_id)


CurrentDevice = Annotated[AuthenticatedDevice, Depends(current_device)]
