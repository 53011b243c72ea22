"""JSON objects of any form that callers store with a resource, and JSON text for the database."""

import json
import math
import re
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, Field

MAX_DEPTH = 32
MAX_BYTES = 64 * 1024
_MOST_BYTES_OF_A_CHARACTER = 6
"""In JSON: a control character is \\u0000 there."""


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    if not value or _is_small(value):
        return value
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            break
    else:
        raise ValueError(f"must not be nested deeper than {MAX_DEPTH} levels")
    if len(dump_json_text(value).encode("utf-8", "replace")) > MAX_BYTES:
        raise ValueError(f"must not be longer than {MAX_BYTES} bytes of JSON")
    return value


def _is_small(value: dict[str, Any]) -> bool:
    """Return True for a few short texts, as most objects are: they need no look at their JSON, which takes ten times as long."""
    size = 0
    for name, inner in value.items():
        if type(inner) is not str:
            return False
        size += len(name) + len(inner) + len('"":"",')
    return size * _MOST_BYTES_OF_A_CHARACTER <= MAX_BYTES


def _children(value: Any) -> list[Any]:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must not hold NaN or an infinite number")
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


JsonObject = Annotated[
    dict[str, Any],
    AfterValidator(_bounded),
    Field(description=f"Whatever the caller keeps with it: a JSON object of up to {MAX_BYTES // 1024} KiB."),
]


def dump_json_text(value: Any) -> str:
    """Serialize as orjson does; integers of more than 64 bits, which it refuses, as the standard library does."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


_LONG_NUMBER = re.compile(rb"[:,\[]\s*-?[0-9]{19}")
_DIGITS_ALIKE, _LONG_DIGITS = bytes.maketrans(b"123456789", b"000000000"), b"0" * 19
"""Few texts have so many digits in a row, and they are found so in a tenth of the time that the regular expression takes."""


def load_json_text(stored: str | bytes) -> Any:
    """Parse JSON text of the database as orjson does; numbers that may have more than 64 bits, as the standard library does.

    orjson reads such an integer as a floating-point number, which is another one.
    """
    text = stored if isinstance(stored, bytes) else stored.encode("utf-8", "surrogatepass")
    if text[:1] not in (b"{", b"[", b'"') or _has_long_number(text):
        return json.loads(stored)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # NaN, which the standard library may have written
        return json.loads(stored)


def _has_long_number(text: bytes) -> bool:
    return _LONG_DIGITS in text.translate(_DIGITS_ALIKE) and _LONG_NUMBER.search(text) is not None
