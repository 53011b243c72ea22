"""The beginning of links and enrolment codes that the hub writes.

Whoever sends a request writes its `Host` header. A link that begins with it could carry its secret to any other machine, so
a name counts only if the hub's operator has named it, or if it is the address at which the connection arrived.
"""

from collections.abc import Sequence
from typing import Any

from starlette.requests import HTTPConnection

from hub_sync.hub.kit.errors import Conflict
from hub_sync.hub.kit.http.urls import split_url
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.networks import Network, parse_address
from hub_sync.hub.kit.security.client_address import base_url
from hub_sync.hub.kit.settings import HubSettings


class HubAddressUnknown(Conflict):
    """A link would begin with an address that only the request names."""

    template = N_(
        "A link can't begin with “%(host)s”: only this request names it as the hub's address. Set DOORWARD_PUBLIC_URL "
        "to the address that people use, or add “%(host)s” to DOORWARD_TRUSTED_HOSTS, and start the hub again."
    )


def link_base(settings: HubSettings, request: HTTPConnection, trusted: Sequence[Network]) -> str:
    """Return the address below which people and stations reach the hub, without a slash at its end.

    Args:
        settings: the public URL, if there is one, is the address.
        request: otherwise the address is the request's.
        trusted: the networks of the trusted proxies.

    Raises:
        HubAddressUnknown: 409: the operator has not named the request's host, and the connection did not arrive there.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    base = base_url(request, trusted)
    host = (split_url(base).hostname or "").lower()
    if not _is_named(host, settings, request.scope.get("server")):
        raise HubAddressUnknown(host=host)
    return base


def find_link_base(settings: HubSettings, request: HTTPConnection, trusted: Sequence[Network]) -> str:
    """Return what `link_base` does, or "" if only the request names the hub's address: for what may be without a link."""
    try:
        return link_base(settings, request, trusted)
    except HubAddressUnknown:
        return ""


def _is_named(host: str, settings: HubSettings, server: Any) -> bool:
    named = {name.strip().lower() for name in settings.trusted_hosts.split(",") if name.strip()}
    if host in {"localhost", settings.host.lower(), *named}:
        return True
    arrived = str(server[0]) if server else ""
    address = parse_address(host)
    if address is None:
        return bool(host) and host == arrived.lower()
    return address.is_loopback or address == parse_address(arrived)
