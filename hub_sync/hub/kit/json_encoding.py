"""JSON text for the database."""

import json
from typing import Any

import orjson


def dump_json_text(value: Any) -> str:
    """Serialize as orjson does; integers of more than 64 bits, which it refuses, as the standard library does."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
