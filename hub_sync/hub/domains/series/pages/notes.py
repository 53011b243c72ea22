"""The notes of a plan in the language of a page."""

from datetime import date

from hub_sync.hub.console import _
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.series.manifest import NOTES

_DAYS = frozenset({"day", "before", "after"})


def sentence_of(note: object) -> str:
    """Return a note of a plan: days with their weekday, names in an isolate."""
    code, parameters = str(getattr(note, "code", "")), dict(getattr(note, "parameters", {}))
    return _(NOTES[code]) % {name: _text(code, name, value) for name, value in parameters.items()}


def _text(code: str, name: str, value: object) -> object:
    if name in _DAYS:
        return formats.day(date.fromisoformat(str(value)), style="full")
    if isinstance(value, int):
        return formats.number(value)
    return _(str(value)) if code.startswith("date_") else isolated(str(value))
