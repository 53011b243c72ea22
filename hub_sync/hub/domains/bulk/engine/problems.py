"""Errors as an operation and its items store them: a code, an English sentence, and what a translation needs."""

from typing import Any

from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.json_values import dump_json_text

_LONGEST = 500
_LONGEST_CODE = 64


def problem_columns(error: HubError | None) -> dict[str, Any]:
    """Return the columns `reason`, `error` and `problem`."""
    if error is None:
        return {"reason": None, "error": None, "problem": None}
    parameters = {name: value for name, value in error.parameters.items() if _is_short(value)}
    return {
        "reason": error.code[:_LONGEST_CODE],
        "error": error.message[:_LONGEST],
        "problem": {"template": error.template, "parameters": parameters},
    }


def _is_short(value: object) -> bool:
    return len(dump_json_text(value)) <= _LONGEST
