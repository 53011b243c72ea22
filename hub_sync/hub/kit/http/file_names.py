"""File names from text that users wrote."""

import re
from hashlib import sha256

_LONGEST = 64


def file_stem(text: str, default: str = "file") -> str:
    """Return a file name for an id or a title, which may hold slashes or dots; two texts never share one.

    >>> file_stem("p-1"), file_stem("../../etc/passwd")
    ('p-1', 'etc-passwd-3754d6cb')
    """
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:_LONGEST]
    if safe == text:
        return safe
    return f"{safe or default}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
