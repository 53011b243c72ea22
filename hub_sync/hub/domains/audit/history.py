"""The audit log's entries about one thing, in words: who, when, and what became what.

The words come from the manifests of the domains: the label of the action, and those of the entity's fields and values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub_sync.hub.console import N_, _
from hub_sync.hub.console.i18n.formats import moment, number
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains import parts, registry
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.text_normalization import whole_number

ACTORS = {
    "cli": N_("command line"),
    "system": N_("the hub itself"),
    "sla-sweep": N_("the hub itself"),
    "nobody": N_("nobody signed in"),
    "anonymous": N_("nobody signed in"),
    "enrolment": N_("a new station"),
}
_ACTOR_KINDS = {"user": "%s", "key": N_("API key %s"), "device": N_("station %s")}
HIDDEN = ("version", "tenant_id", "event_id", "event_ids", "id", "code_normal")
_COMMON_FIELDS = {"id": N_("Id"), "version": N_("Version"), "format": N_("Format")}
_SHORTEST_INSTANT = 20
_MOST_VERSIONS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Change:
    """A field that became another."""

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One thing that somebody did."""

    who: str
    what: str
    at: datetime
    changes: Sequence[Change]


def history(work: Work, entries: Iterable[AuditLog], zone: str = "") -> Sequence[HistoryStep]:
    """Return entries of a tenant as steps in the language of the page, in their order.

    People have their own names in them, not their addresses. `zone` is the IANA time zone of the times.
    """
    rows = list(entries)
    names = names_of_actors(work, rows[0].tenant_id, {entry.actor for entry in rows}) if rows else {}
    return [
        HistoryStep(
            names.get(entry.actor) or actor_name(entry.actor),
            action_name(entry.entity, entry.action),
            entry.created_at,
            _changes(entry, zone) if entry.before is not None else (),
        )
        for entry in rows
    ]


def names_of_actors(work: Work, tenant_id: str, actors: Iterable[str]) -> Mapping[str, str]:
    """Return the own names of those actors of the audit log who have one: people and stations."""
    wanted = list(actors)
    kinds = (kind for module in parts("tables") for kind in getattr(module, "ENTITY_NAMES", ()))
    return {
        actor: name.text for kind in kinds for actor, name in kind.actors(work, tenant_id, wanted).items()
    }


def names_of(work: Work, tenant_id: str, entity: str, ids: Iterable[str]) -> Mapping[str, str]:
    """Return the names of things of one kind by their ids; what is gone is left out."""
    wanted = list(ids)
    kinds = (kind for module in parts("tables") for kind in getattr(module, "ENTITY_NAMES", ()))
    return {
        id_: name.text
        for kind in kinds
        if kind.entity.name == entity
        for id_, name in kind.names(work, tenant_id, wanted).items()
    }


def entries_of(
    work: Work, tenant_id: str, entity: str, entity_id: str, latest: int | None = None
) -> list[AuditLog]:
    """Return the entries about one entity, oldest first; at most the `latest` ones."""
    query = select(AuditLog).where(
        AuditLog.tenant_id == tenant_id, AuditLog.entity == entity, AuditLog.entity_id == entity_id
    )
    newest_first = query.order_by(AuditLog.created_at.desc(), AuditLog.id.desc()).limit(latest)
    return list(work.session.scalars(newest_first))[::-1]


def since_version(entries: Iterable[AuditLog], version: str | int) -> Sequence[AuditLog]:
    """Return the changes to versions after this one; none if `version`, as a form sent it, is no number."""
    after = whole_number(str(version), _MOST_VERSIONS)
    if after is None:
        return []
    return [
        entry
        for entry in entries
        if entry.before is not None and (entry.after or {}).get("version", 0) > after
    ]


def action_name(entity: str, action: str) -> str:
    """Return what people call an action, in the language of the page."""
    declared = registry().audit_actions.get((entity, action))
    return _(declared.label) if declared else spelled(action)


def actor_name(actor: str) -> str:
    """Return what people call whom the audit log names, in the language of the page."""
    if actor in ACTORS:
        return _(ACTORS[actor])
    kind, _sep, name = actor.partition(":")
    return _(_ACTOR_KINDS[kind]) % name if name and kind in _ACTOR_KINDS else actor


def entity_name(entity: str) -> str:
    """Return what people call a kind of thing, in the language of the page."""
    declared = registry().entities.get(entity)
    return _(declared.label) if declared else spelled(entity)


def page_of(entity: str, entity_id: str, event_id: str | None) -> str:
    """Return the path of a thing's page, "" if it has none; `entity_id` is quoted for a path."""
    declared = registry().entities.get(entity)
    return declared.page_of(entity_id, event_id) if declared else ""


def field_name(entity: str, field: str) -> str:
    """Return what people call a field of an entity, in the language of the page."""
    entities = registry().entities
    label = entities[entity].fields.get(field) if entity in entities else None
    if label is None and field.removesuffix("_id") in entities:
        label = entities[field.removesuffix("_id")].label
    return _(label or _COMMON_FIELDS.get(field, "")) or spelled(field)


def value_name(entity: str, field: str, value: str) -> str:
    """Return the word for a value that is a code, in the language of the page; any other value as it is."""
    declared = registry().entities.get(entity)
    words = declared.values.get(field, {}) if declared else {}
    return _(words[value]) if value in words else value


def spelled(code: str) -> str:
    """Return a code that nobody declares as words.

    >>> spelled("update_status")
    'Update status'
    """
    return code.replace("_", " ").replace("-", " ").capitalize()


def _changes(entry: AuditLog, zone: str) -> Sequence[Change]:
    before, after = entry.before or {}, entry.after or {}
    changes: list[Change] = []
    for name in after:
        old, new = before.get(name), after[name]
        if name in HIDDEN:
            continue
        if isinstance(new, dict) and isinstance(old, dict | None):
            changes += _changes_of_object(entry.entity, name, old or {}, new, zone)
        else:
            values = (value_text(entry.entity, name, value, zone) for value in (old, new))
            changes.append(Change(name, field_name(entry.entity, name), *values))
    return changes


def _changes_of_object(
    entity: str, field: str, before: Mapping[str, Any], after: Mapping[str, Any], zone: str
) -> Sequence[Change]:
    """Return what became another in an object, such as the further details of a participant, each by its own name."""
    return [
        Change(field, name, *(value_text(entity, "", values.get(name), zone) for values in (before, after)))
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]


def value_text(entity: str, field: str, value: Any, zone: str) -> str:
    """Return a JSON value as people read it, in the language of the page; an object as its names and values. `zone` is the IANA time zone of times."""
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, str):
        word = value_name(entity, field, value)
        return word if word != value else _time_or_text(value, zone)
    if isinstance(value, list):
        return ", ".join(isolated(value_text(entity, field, each, zone)) for each in value)
    return ", ".join(
        isolated(f"{name}: {value_text(entity, name, inner, zone)}") for name, inner in value.items()
    )


def _time_or_text(value: str, zone: str) -> str:
    if len(value) < _SHORTEST_INSTANT or value[10] != "T":
        return value
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment(instant, zone) if instant.tzinfo else value
