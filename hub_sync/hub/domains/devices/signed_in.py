"""`SignedIn`, the dependency of routes that are for enrolled stations.

    @router.get("/pull")
    def pull(hub: Hub, device: SignedIn) -> ...

It opens and closes its own short transaction, so that an endpoint begins with none open.
"""

from typing import Annotated

from fastapi import Depends, Header

from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.domains.devices.schemas import SignedInDevice
from hub_sync.hub.domains.devices.sign_in import sign_in
from hub_sync.hub.kit.context import Hub


def signed_in(
    hub: Hub,
    authorization: Annotated[str, Header(max_length=1024)] = "",
    boot_id: Annotated[str, Header(alias=BOOT_HEADER, max_length=1024)] = "",
) -> SignedInDevice:
    """The device that calls.

    Raises:
        DeviceUnknown: 401. DeviceLocked, DeviceRevoked: 403.
    """
    return sign_in(hub.uow, authorization, boot_id)


SignedIn = Annotated[SignedInDevice, Depends(signed_in)]
