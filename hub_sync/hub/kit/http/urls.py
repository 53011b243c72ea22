"""Addresses that others tell: read without failing, gone on to within the hub only, and written into headers."""

from urllib.parse import SplitResult, quote, urlsplit

_KEPT = "/:%#?=@[]!$&'()*+,;~"


def split_url(address: str) -> SplitResult:
    """The parts of an address; of one that can't be read, none.

    >>> split_url("http://[").netloc, split_url("http://hub.example:1/a").netloc
    ('', 'hub.example:1')
    """
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def safe_local_path(path: str, default: str = "/") -> str:
    r"""A path of this hub to go on to; whatever could lead elsewhere is not gone to.

    >>> safe_local_path("/events?a=1"), safe_local_path("//evil.example"), safe_local_path("/\\evil.example"), safe_local_path("https://evil.example")
    ('/events?a=1', '/', '/', '/')
    """
    odd = "\\" in path or any(ord(one) <= 32 or ord(one) == 127 for one in path)  # noqa: PLR2004 - ASCII control
    return default if odd or not path.startswith("/") or path.startswith("//") else path


def encode_for_header(address: str) -> str:
    """An address as a header takes it: ASCII, and what is escaped already as it is.

    >>> encode_for_header("/events/☃?q=é%20"), encode_for_header('/a"b')
    ('/events/%E2%98%83?q=%C3%A9%20', '/a%22b')
    """
    return quote(address, safe=_KEPT, errors="replace")
