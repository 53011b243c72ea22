"""Domains of e-mail addresses with letters beyond ASCII: a header and an SMTP command need them as name servers have them."""

import idna


def ascii_domain(address: str) -> str:
    """Return an address with its domain as name servers have it (RFC 5891); one whose domain can't be written so is returned as it is.

    >>> ascii_domain("tickets@messe-k\u00f6ln.de")
    'tickets@xn--messe-kln-67a.de'
    """
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        return address
