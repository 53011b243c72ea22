"""Names of entities: what people call one thing, by its id, and which things a search means.

The audit log stores ids, and a list of ids tells nobody anything. A domain lists the names of its entities as
`ENTITY_NAMES` in its module `tables`:

    ENTITY_NAMES = (EntityNames(EVENT, Event, (Event.name,)),)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import Entity
from hub_sync.rules.text_normalization import search_words

MOST_MATCHES = 500
"""A search that means more things than this finds the latest of them only."""


@dataclass(frozen=True, slots=True)
class EntityName:
    """The name of one thing, and the event that it belongs to, if it does."""

    id: str
    text: str
    event_id: str | None = None


def joined(*parts: Any) -> str:
    """Return the parts of a name in one."""
    return " ".join(str(part) for part in parts if part)


@dataclass(frozen=True, slots=True, eq=False)
class EntityNames:
    """The names of one kind of entity.

    Attributes:
        entity: the kind.
        row: its table. One that is not `Searchable` is found by `exact` alone.
        columns: the columns that the name is of.
        name_of: makes the name of the values of these columns.
        permission: who may read the names; empty: whoever may read the audit log.
        actor: the prefix of an actor in the audit log and the column that follows it, if such a thing acts (`user:`, its e-mail address).
        exact: a further condition for a text that is the thing's code.
    """

    entity: Entity
    row: Any
    columns: Sequence[Any]
    name_of: Callable[..., str] = joined
    permission: str = ""
    actor: tuple[str, Any] | None = None
    exact: Callable[[str], ColumnElement[bool]] | None = None

    def names(self, work: Work, tenant_id: str, ids: Iterable[str]) -> Mapping[str, EntityName]:
        """Return the names of things by their ids; what is gone is left out."""
        return self._by(work, tenant_id, self.row.id, ids)

    def actors(self, work: Work, tenant_id: str, actors: Iterable[str]) -> Mapping[str, EntityName]:
        """Return the names of those who acted, by the audit log's actor."""
        if self.actor is None:
            return {}
        prefix, column = self.actor
        keys = [actor.removeprefix(prefix) for actor in actors if actor.startswith(prefix)]
        return {prefix + key: name for key, name in self._by(work, tenant_id, column, keys).items()}

    def find(self, work: Work, tenant_id: str, text: str) -> Sequence[tuple[str, str | None]]:
        """Return the ids of the things that a search means, each with the audit log's actor if such a thing acts."""
        condition = self._condition(text)
        if condition is None:
            return []
        prefix, column = self.actor or ("", None)
        query = (
            select(self.row.id, column if column is not None else self.row.id)
            .where(self.row.tenant_id == tenant_id, condition)
            .order_by(self.row.id.desc())
            .limit(MOST_MATCHES)
        )
        rows = work.session.execute(query).all()
        return [(id_, f"{prefix}{key}" if prefix else None) for id_, key in rows]

    def _by(self, work: Work, tenant_id: str, column: Any, keys: Iterable[str]) -> dict[str, EntityName]:
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        event_id = getattr(self.row, "event_id", None)
        columns = [column, self.row.id, *self.columns, *([event_id] if event_id is not None else [])]
        # The columns get names of their own: one may be there twice.
        labelled = [each.label(f"column_{at}") for at, each in enumerate(columns)]
        query = select(*labelled).where(self.row.tenant_id == tenant_id, column.in_(wanted))
        last = 2 + len(self.columns)
        return {
            row[0]: EntityName(
                row[1], self.name_of(*row[2:last]), row[last] if event_id is not None else None
            )
            for row in work.session.execute(query)
        }

    def _condition(self, text: str) -> ColumnElement[bool] | None:
        column = getattr(self.row, "searched", None)
        words = (
            []
            if column is None
            else [
                or_(
                    column.contains(whole, autoescape=True),
                    *([and_(*(column.contains(part, autoescape=True) for part in parts))] if parts else []),
                )
                for whole, *parts in search_words(text)
            ]
        )
        conditions = [and_(*words)] if words else []
        if self.exact is not None:
            conditions.append(self.exact(text))
        return or_(*conditions) if conditions else None
