"""The bounds of a station's credential. It has the end and the networks of the API key that issued its enrolment code."""

from collections.abc import Sequence
from datetime import datetime

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.devices.errors import EnrolmentCodeWithdrawn, StationAddressNotAllowed
from hub_sync.hub.domains.devices.manifest import KIOSK_MANAGE
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.networks import is_within, parse_networks
from hub_sync.hub.kit.security.credential_bounds import Bounds, check_grant
from hub_sync.hub.kit.security.issuers import current_bounds

STATION_PERMISSIONS = frozenset({"check-in:scan", "participants:read"})
"""What a station may do: it pulls the list of participants, and decides scans."""


def check_issuer(issuer: Bounds) -> None:
    """Check that a credential may issue an enrolment code. Its end and its networks are passed on, not refused.

    Raises:
        PermissionNotHeld: 403.
    """
    check_grant(issuer, Bounds(STATION_PERMISSIONS, issuer.expires_at, issuer.networks), registry().covers)


def check_bounds(device: KioskDevice, changer: Bounds) -> None:
    """Check that a credential may leave a device with the end and the networks that it has now.

    Raises:
        PermissionNotHeld, ExceedsCreatorGrant: 403.
    """
    wanted = Bounds(STATION_PERMISSIONS, device.access_ends_at, parse_networks(device.ip_allow_list))
    check_grant(changer, wanted, registry().covers)


def set_code_bounds(device: KioskDevice, issuer: Bounds, code_expires_at: datetime) -> None:
    """Set the end and the networks of a new enrolment code, and of the credential that a station gets for it."""
    ends = (code_expires_at, issuer.expires_at)
    device.enrol_expires_at = min(end for end in ends if end is not None)
    device.code_issued_by = issuer.owner or None
    device.access_ends_at = issuer.expires_at
    device.ip_allow_list = [str(network) for network in issuer.networks]


def check_code_issuer(work: Work, device: KioskDevice) -> None:
    """Check that whoever issued an enrolment code may issue it now.

    Raises:
        EnrolmentCodeWithdrawn: 410.
    """
    issuer = current_bounds(work, device.tenant_id, device.code_issued_by)
    needed = (*STATION_PERMISSIONS, KIOSK_MANAGE)
    if issuer is None or not all(registry().covers(issuer.permissions, name) for name in needed):
        raise EnrolmentCodeWithdrawn


def check_address(networks: Sequence[str], client_ip: str) -> None:
    """Check that a station may call from an address.

    Raises:
        StationAddressNotAllowed: 403.
    """
    if networks and not is_within(client_ip, parse_networks(networks)):
        raise StationAddressNotAllowed
