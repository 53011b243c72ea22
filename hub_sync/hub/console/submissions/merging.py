"""Three-way merge of a form with what others saved since it was opened.

The form carries the values that it was opened with. A field that the user did not touch takes the value that is stored
now, a field that nobody else changed takes the user's value. Only a field that both changed, differently, is a conflict.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from hub_sync.hub.kit.errors import PreconditionFailed
from hub_sync.hub.kit.i18n import N_

BASE_FIELD = "base"
Fields = Mapping[str, Sequence[str]]


class FormConflict(PreconditionFailed):
    """Another user changed the same field to another value."""

    template = N_("Another user changed the same fields. Your entries are below and are not saved yet.")


class FieldChange(Protocol):
    """A change of a field in the history."""

    @property
    def name(self) -> str:
        """Return the name of the field."""

    @property
    def label(self) -> str:
        """Return what people call the field."""

    @property
    def after(self) -> str:
        """Return the new value in words."""


class ChangeStep(Protocol):
    """What one user did."""

    @property
    def who(self) -> str:
        """Return what people call the user."""

    @property
    def at(self) -> datetime:
        """Return the time of the change."""

    @property
    def changes(self) -> Sequence[FieldChange]:
        """Return the changed fields."""


@dataclass(frozen=True, slots=True)
class ConflictingField:
    """A field that another user changed too; without `at`, nobody knows who and when."""

    name: str
    label: str
    theirs: str
    who: str = ""
    at: datetime | None = None


def as_sent(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the values of a form as a browser would send them.

    >>> as_sent({"name": "Ada", "capacity": None, "active": True, "tags": ["a", "b"]})
    {'name': ['Ada'], 'capacity': [''], 'active': ['1'], 'tags': ['a', 'b']}
    """
    return {name: _texts(value) for name, value in values.items()}


def dump_base(values: Mapping[str, Any]) -> str:
    """Return the values that a form is opened with, for its hidden field."""
    return json.dumps(as_sent(values), ensure_ascii=False)


def load_base(text: str) -> dict[str, list[str]] | None:
    """Return the values of the hidden field, or None if it holds none."""
    try:
        base = json.loads(text) if text else None
    except ValueError:
        return None
    if not isinstance(base, dict):
        return None
    return {
        name: [str(item) for item in texts] if isinstance(texts, list) else [] for name, texts in base.items()
    }


def merge(sent: Fields, base: Fields | None, current: Fields) -> tuple[dict[str, list[str]], list[str]]:
    """Merge a form with the stored values; return the merged fields and the names of those in conflict.

    Args:
        sent: the fields as the user sent them; a field that is not in `current` stays as it is.
        base: the values that the form was opened with; None: unknown, then each field that differs is in conflict.
        current: the stored values.
    """
    merged, conflicts = {name: list(texts) for name, texts in sent.items()}, []
    for name, stored in current.items():
        mine, theirs = _normal(sent.get(name, ())), _normal(stored)
        opened_with = None if base is None else _normal(base.get(name, stored))
        if mine == opened_with:
            merged[name] = list(stored)
        elif theirs not in (mine, opened_with):
            conflicts.append(name)
    return merged, conflicts


def describe(
    names: Sequence[str], current: Fields, steps: Sequence[ChangeStep], columns: Mapping[str, str]
) -> list[ConflictingField]:
    """Return the conflicts of these fields, with the last change of each in the history.

    Args:
        names: the fields in conflict.
        current: the stored values.
        steps: the history, oldest step first.
        columns: the names of fields in the history, where they are not those of the form.
    """
    conflicts = []
    for name in names:
        last = next(
            (
                (step, change)
                for step in reversed(steps)
                for change in step.changes
                if change.name == columns.get(name, name)
            ),
            None,
        )
        if last is None:
            conflicts.append(ConflictingField(name, "", ", ".join(text for text in current[name] if text)))
        else:
            step, change = last
            conflicts.append(ConflictingField(name, change.label, change.after, step.who, step.at))
    return conflicts


def _texts(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["1"] if value else []
    if isinstance(value, list | tuple | set | frozenset):
        return [str(item.value if isinstance(item, Enum) else item) for item in value]
    if isinstance(value, Enum):
        value = value.value
    return ["" if value is None else str(value)]


def _normal(texts: Sequence[str]) -> list[str]:
    """Return texts that compare equal whatever the browser made of line ends, spaces and the order of boxes."""
    lines = (text.replace("\r\n", "\n").strip() for text in texts)
    return sorted(line for line in lines if line)
