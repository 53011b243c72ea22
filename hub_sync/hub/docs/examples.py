"""Examples of the kit's own models for the OpenAPI document, and those of all domains together."""

from typing import Any

from hub_sync.hub.domains import parts

_KIT: dict[str, Any] = {
    "ErrorBody": {"code": "EventNotFound", "message": "There is no such event."},
    "ListMeta": {"limit": 50, "next_cursor": None},
    "Problem": {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such event.",
        "error": {"code": "EventNotFound", "message": "There is no such event."},
    },
}


def all_examples() -> dict[str, Any]:
    """Return an example by the name of each model that has none beside its own fields.

    A domain lists its examples as `EXAMPLES` in its module `examples`.
    """
    examples = dict(_KIT)
    for module in parts("examples"):
        examples |= module.EXAMPLES
    return examples
