"""Warning about a hub's address that sends credentials unencrypted."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def insecure_url_warning(hub_url: str) -> str:
    """Return one sentence if the credential would cross a network unencrypted, else "".

    >>> [bool(insecure_url_warning(url)) for url in ("http://hub.local", "https://hub.local", "http://127.0.0.1:8000")]
    [True, False, False]
    """
    parts = urlsplit(hub_url)
    if parts.scheme != "http" or _is_this_machine(parts.hostname or ""):
        return ""
    return "The hub's address is http://, so whoever reads this network's traffic can sign in as this station; use https://."


def _is_this_machine(host: str) -> bool:
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
