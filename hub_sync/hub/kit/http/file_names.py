"""Names for files that are made of foreign text."""

import re
from hashlib import sha256

_LONGEST = 64


def file_stem(text: str, default: str = "file") -> str:
    """A file name for an id or a title, which may hold slashes, dots or nothing printable; two texts never share one.

    >>> file_stem("p-1"), file_stem("../../etc/passwd")
    ('p-1', 'etc-passwd-3754d6cb')
    """
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:_LONGEST]
    if safe == text:
        return safe
    return f"{safe or default}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
