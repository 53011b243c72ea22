"""The notes of a plan, and the names of its things, in the language of a page."""

import re
from datetime import date

from hub_sync.hub.console import _
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import spoken
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.series.cloning.declarations import copied_tables
from hub_sync.hub.domains.series.differences.words import entity_of, label_of
from hub_sync.hub.domains.series.manifest import NOTES
from hub_sync.hub.kit.public_holidays import public_holidays

_DAYS = frozenset({"day", "before", "after"})


def sentence_of(note: object) -> str:
    """Return a note of a plan: days with their weekday, names in an isolate."""
    code, parameters = str(getattr(note, "code", "")), dict(getattr(note, "parameters", {}))
    if parameters.get("region"):
        parameters["name"] = _holiday(date.fromisoformat(parameters["day"]), **parameters)
    if code.startswith("reference_"):
        parameters["field"] = _field(str(getattr(note, "place", "")), str(parameters["field"]))
    return _(NOTES[code]) % {name: _text(code, name, value) for name, value in parameters.items()}


def _holiday(on: date, *, region: str, name: str, **_others: object) -> str:
    """Return what a public holiday is called in the language of the page."""
    try:
        return public_holidays(region, [on.year], spoken().language).get(on, name)
    except LookupError:  # a plan outlives the library's list of regions
        return name


def _field(place: str, path: str) -> str:
    """Return what people call a column of a kind of thing; `path` leads into it: `settings.queues[0]`."""
    column = re.split(r"[.\[]", path, maxsplit=1)[0]
    copied = next((each for each in copied_tables() if each.label == place), None)
    label = label_of(copied, column) if copied is not None else ""
    return _(label) if label else path


def _text(code: str, name: str, value: object) -> object:
    if name in _DAYS:
        return formats.day(date.fromisoformat(str(value)), style="full")
    if isinstance(value, int):
        return formats.number(value)
    return _(str(value)) if code.startswith("date_") else isolated(str(value))


def name_text(label: str, name: str) -> str:
    """Return what a thing is called. Some are called by a code, for which its entity has a word; `label` is what people call its kind."""
    copied = next((each for each in copied_tables() if each.label == label), None)
    entity = entity_of(copied) if copied is not None else None
    if copied is None or entity is None or not name or len(copied.names) != 1:
        return name
    return audit.value_text(entity.name, copied.names[0], name, "")
