"""Names for the audit log's rows: who acted, and what on. And the search for them, in the language of the page.

The log stores an actor and an id. The names come from the domains (`kit.domain.entity_names`); of what is gone, from the entry
itself. Who may not read the participants gets no name of one here either.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, and_, or_

from hub_sync.hub.console import _
from hub_sync.hub.domains import parts, registry
from hub_sync.hub.domains.audit.history import ACTORS, action_name, actor_name, entity_name, page_of
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.entity_names import EntityName, EntityNames, joined
from hub_sync.hub.kit.security.access import Caller

_PERSON, _PERSON_ID = "participant", "participant_id"
_NAME_FIELDS = ("name", "description", "email", "kid", "url")


class Subjects:
    """The names that a reader of the audit log may see."""

    def __init__(self, work: Work, caller: Caller) -> None:
        self._work, self._caller = work, caller
        every: list[EntityNames] = [
            names for module in parts("tables") for names in getattr(module, "ENTITY_NAMES", ())
        ]
        self._kinds = {names.entity.name: names for names in every}
        self._names: dict[tuple[str, str], EntityName] = {}
        self._actors: dict[str, EntityName] = {}

    def load(self, entries: Iterable[AuditLog]) -> "Subjects":
        """Load the names for these entries: one query for each kind of thing that occurs."""
        rows = list(entries)
        ids: dict[str, set[str]] = defaultdict(set)
        for entry in rows:
            ids[entry.entity].add(entry.entity_id)
            for referred, id_ in self._references(entry):
                ids[referred].add(id_)
        actors = {entry.actor for entry in rows}
        for kind in self._kinds.values():
            if not self._may_read(kind):
                continue
            by_id = kind.names(self._work, self._caller.tenant_id, ids.get(kind.entity.name, ()))
            self._names |= {(kind.entity.name, id_): name for id_, name in by_id.items()}
            self._actors |= kind.actors(self._work, self._caller.tenant_id, actors)
        return self

    def actor(self, actor: str) -> str:
        """Return the name of whom the log names as an actor: a person's own name, if it is known."""
        name = self._actors.get(actor)
        return name.text if name else actor_name(actor)

    def name(self, entry: AuditLog) -> str:
        """Return the name of what was acted on, or "" if it has none or the reader may not see it."""
        name = self._names.get((entry.entity, entry.entity_id))
        if name:
            return name.text
        kind = self._kinds.get(entry.entity)
        if kind is None:
            name = self._person_of(entry)
            if name:
                return name.text
        elif not self._may_read(kind):
            return ""
        flag = registry().flags.get(entry.entity_id)
        if flag is not None:
            return _(flag.label)
        return _name_in(entry.before or {}) or _name_in(entry.after or {})

    def path(self, entry: AuditLog) -> str:
        """Return the path of the page of what was acted on, or "" if it has none or is gone."""
        name = self._names.get((entry.entity, entry.entity_id))
        if name is None and entry.entity in self._kinds:
            return ""
        person = None if entry.entity in self._kinds else self._person_of(entry)
        if person:
            return page_of(_PERSON, quote(person.id, safe=""), person.event_id)
        event_id = name.event_id if name else None
        return page_of(entry.entity, quote(entry.entity_id, safe=""), event_id)

    def value(self, field: str, value: str) -> str:
        """Return the name of the thing whose id a field holds; any other value as it is."""
        name = self._names.get((self._kind_of(field), value))
        return name.text if name else value

    def condition(self, text: str) -> ColumnElement[bool]:
        """Return the condition for entries that a search means.

        It means names of people and things, registration codes, words of actions and of kinds of things as the page shows them,
        and what the log stores.
        """
        stored = (AuditLog.actor, AuditLog.action, AuditLog.entity, AuditLog.entity_id)
        words = [
            or_(*(column.icontains(word, autoescape=True) for column in stored), *_of_words(word))
            for word in text.split()
        ]
        alternatives: list[ColumnElement[bool]] = [and_(*words), *_of_words(text)]
        for kind in self._kinds.values():
            matches = kind.find(self._work, self._caller.tenant_id, text) if self._may_read(kind) else ()
            if matches:
                ids = [id_ for id_, _actor in matches]
                alternatives.append((AuditLog.entity == kind.entity.name) & AuditLog.entity_id.in_(ids))
                if kind.entity.name == _PERSON:
                    person = AuditLog.after[_PERSON_ID].as_string()
                    alternatives.append(AuditLog.entity.not_in(self._kinds) & person.in_(ids))
            actors = [actor for _id, actor in matches if actor]
            if actors:
                alternatives.append(AuditLog.actor.in_(actors))
        return or_(*alternatives)

    def _references(self, entry: AuditLog) -> Iterator[tuple[str, str]]:
        """Yield kind and id of the things that an entry's values name."""
        for values in (entry.before or {}, entry.after or {}):
            for field, value in values.items():
                kind = self._kind_of(field)
                if kind and isinstance(value, str):
                    yield kind, value

    def _kind_of(self, field: str) -> str:
        """Return the kind of thing whose id a field holds (`device_id`: a `kiosk_device`); "" if there is none."""
        if not field.endswith("_id"):
            return ""
        stem = field.removesuffix("_id")
        return next((kind for kind in self._kinds if kind == stem or kind.endswith(f"_{stem}")), "")

    def _person_of(self, entry: AuditLog) -> EntityName | None:
        """Return the participant whom an entry about something without a name of its own (a scan) is about."""
        return self._names.get((_PERSON, str((entry.after or {}).get(_PERSON_ID))))

    def _may_read(self, kind: EntityNames) -> bool:
        return not kind.permission or self._caller.has_permission(kind.permission)


def _of_words(text: str) -> Sequence[ColumnElement[bool]]:
    """Return conditions for actions, kinds of things and actors whose words contain the text."""
    sought = text.casefold()
    actions = [pair for pair in registry().audit_actions if sought in action_name(*pair).casefold()]
    kinds = [name for name in registry().entities if sought in entity_name(name).casefold()]
    actors = [actor for actor in ACTORS if sought in actor_name(actor).casefold()]
    conditions: list[ColumnElement[bool]] = [
        (AuditLog.entity == entity) & (AuditLog.action == action) for entity, action in actions
    ]
    if kinds:
        conditions.append(AuditLog.entity.in_(kinds))
    if actors:
        conditions.append(AuditLog.actor.in_(actors))
    return conditions


def _name_in(values: Mapping[str, Any]) -> str:
    whole = joined(values.get("first_name"), values.get("last_name"))
    return whole or next((str(values[field]) for field in _NAME_FIELDS if values.get(field)), "")
