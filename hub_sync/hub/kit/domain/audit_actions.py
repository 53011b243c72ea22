"""Kinds of things that are changed (entities) and what is done to them (audit actions), each with its words for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WITHHELD = "…"
"""In the audit log, in place of a value that the reader has no permission for."""


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """A kind of thing that the audit log and domain events are about.

    Attributes:
        name: as it is stored, `kiosk_device`.
        label: what people call one, marked with `N_`.
        page: the path of one's page; the last parameter of it is the thing's id. Empty: it has none.
        fields: labels of its fields by name, marked with `N_`.
        values: by field name, labels of values that are codes, marked with `N_`.
        personal: the fields that somebody without `read_permission` does not read in the audit log.
        read_permission: the permission to read one of these things.
    """

    name: str
    label: str
    page: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    personal: frozenset[str] = frozenset()
    read_permission: str = ""

    def conceal(self, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return values with `WITHHELD` in place of each personal one that is not empty."""
        if values is None:
            return None
        return {
            name: WITHHELD if name in self.personal and value not in (None, "", {}) else value
            for name, value in values.items()
        }

    def page_of(self, entity_id: str, event_id: str | None) -> str:
        """Return the path of one thing's page, or "" if it has none.

        Args:
            entity_id: the thing's id, quoted for a path.
            event_id: the event that it belongs to, if that is known.
        """
        head, _, last = self.page.rpartition("{")
        if not last or not head:
            return self.page
        if "{event_id}" in head:
            head = head.replace("{event_id}", event_id) if event_id else ""
        return head + entity_id + last.partition("}")[2] if head else ""


@dataclass(frozen=True, slots=True, eq=False)
class AuditAction:
    """One thing that is done to an entity and written into the audit log.

    Attributes:
        entity: what it is done to.
        name: as it is stored, `update_status`; unique for the entity.
        label: what was done, in the past tense, marked with `N_`.
    """

    entity: Entity
    name: str
    label: str
