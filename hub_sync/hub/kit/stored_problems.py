"""Errors as rows store them that outlive the request: a code, an English sentence, and what a translation needs."""

from collections.abc import Callable, Mapping
from typing import Any

from hub_sync.hub.kit.errors import HubError, fill_in
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


def problem_sentence(
    problem: Mapping[str, Any] | None, error: str | None, translate: Callable[[str], str]
) -> str:
    """Return the sentence of a stored error, in the language of `translate`; "" if there is none."""
    if not problem:
        return error or ""
    try:
        return fill_in(translate(problem["template"]), problem["parameters"])
    except (KeyError, TypeError, ValueError):  # of an older version, or a parameter was too long to store
        return error or ""


def _is_short(value: object) -> bool:
    return len(dump_json_text(value)) <= _LONGEST
