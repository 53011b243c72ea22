"""URLs from outside: parse them without errors, redirect within the hub only, and write them into headers."""

from urllib.parse import SplitResult, quote, urlsplit

_SAFE = "/:%#?=@[]!$&'()*+,;~"


def split_url(address: str) -> SplitResult:
    """Split a URL; a URL that can't be parsed gives empty parts.

    >>> split_url("http://[").netloc, split_url("http://hub.example:1/a").netloc
    ('', 'hub.example:1')
    """
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def safe_local_path(path: str, default: str = "/") -> str:
    r"""Return a path of this hub to redirect to; a path that could lead elsewhere gives `default`.

    >>> safe_local_path("/events?a=1"), safe_local_path("//evil.example"), safe_local_path("/\\evil.example"), safe_local_path("https://evil.example")
    ('/events?a=1', '/', '/', '/')
    """
    unsafe = "\\" in path or any(ord(character) <= 32 or ord(character) == 127 for character in path)  # noqa: PLR2004 - ASCII control
    return default if unsafe or not path.startswith("/") or path.startswith("//") else path


def add_prefix(path: str, prefix: str) -> str:
    """Return a path of this hub below the prefix; what has it already, or is an address elsewhere, stays as it is.

    >>> add_prefix("/events", "/door"), add_prefix("/door/events", "/door"), add_prefix("//other.example", "/door")
    ('/door/events', '/door/events', '//other.example')
    """
    if not path.startswith("/") or path.startswith("//") or f"{path}/".startswith(f"{prefix}/"):
        return path
    return prefix + path


def encode_for_header(address: str) -> str:
    """Encode a URL for a header: in ASCII; what is escaped already stays as it is.

    >>> encode_for_header("/events/☃?q=é%20"), encode_for_header('/a"b')
    ('/events/%E2%98%83?q=%C3%A9%20', '/a%22b')
    """
    return quote(address, safe=_SAFE, errors="replace")
