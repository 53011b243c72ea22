"""The rows of other tables that follow a merged registration, by the policy that each domain declares (`kit.db.references`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import MetaData, Row, Table, UniqueConstraint, select, update

from hub_sync.hub.kit.db.references import Merge, Reference
from hub_sync.hub.kit.db.unit_of_work import Work


@dataclass
class FollowedRows:
    """Record of what a merge did with rows of other tables; it is stored with the merge, and its undo goes by it.

    Attributes:
        moved: ids of rows by `table.column`.
        kept: of MOVE: rows that stayed the loser's, since the survivor has one of which there may be only one.
        changed: of SUM and STRICTER: the survivor's columns before and after, by `table.column` and row.
    """

    moved: dict[str, list[str]] = field(default_factory=dict)
    retained: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    changed: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"moved": self.moved, "retained": self.retained, "changed": self.changed}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "FollowedRows":
        """Return what `as_json` stored."""
        return cls(**{name: dict(stored.get(name, {})) for name in ("moved", "retained", "changed")})


class Followers:
    """Moves rows from one registration to the other, and back. Nothing else of a row changes, its times neither."""

    def __init__(self, metadata: MetaData, references: Iterable[Reference]) -> None:
        """Take the tables and what the domains declare of them."""
        self._metadata = metadata
        self._references = sorted(
            (each for each in references if each.to == "participants"), key=lambda each: each.column
        )

    def follow(self, work: Work, tenant_id: str, survivor_id: str, loser_id: str) -> FollowedRows:
        """Let the loser's rows follow, table by table in the order of their names."""
        work.session.flush()
        followed = FollowedRows()
        for reference in self._references:
            if reference.merge is Merge.MOVE:
                self._move(work, tenant_id, reference, (survivor_id, loser_id), followed)
            elif reference.merge in (Merge.SUM, Merge.STRICTER):
                self._combine(work, tenant_id, reference, (survivor_id, loser_id), followed)
        return followed

    def find_conflicts(
        self, work: Work, tenant_id: str, survivor_id: str, followed: FollowedRows
    ) -> list[str]:
        """Return the tables with rows that were changed since so that they can't go back."""
        conflicts = []
        for name, ids in followed.moved.items():
            table, column = self._column(name)
            query = select(table.c.id).where(
                table.c.tenant_id == tenant_id, table.c.id.in_(ids), table.c[column] == survivor_id
            )
            if len(work.connection.execute(query).all()) != len(ids):
                conflicts.append(table.name)
        for name, rows in followed.changed.items():
            table, _ = self._column(name)
            for id_, values in rows.items():
                row = _row(work, table, tenant_id, id_)
                if row is None or any(row[column] != after for column, after in values["after"].items()):
                    conflicts.append(table.name)
        return sorted(set(conflicts))

    def go_back(
        self, work: Work, tenant_id: str, survivor_id: str, loser_id: str, followed: FollowedRows
    ) -> None:
        """Give the loser its rows back. What was changed since stays as it is."""
        work.session.flush()
        for name, ids in followed.moved.items():
            table, column = self._column(name)
            statement = update(table).where(
                table.c.tenant_id == tenant_id, table.c.id.in_(ids), table.c[column] == survivor_id
            )
            work.connection.execute(statement.values({column: loser_id}))
        for name, rows in followed.changed.items():
            table, _ = self._column(name)
            for id_, values in rows.items():
                row = _row(work, table, tenant_id, id_)
                before = {
                    column: value
                    for column, value in values["before"].items()
                    if row is not None and row[column] == values["after"][column]
                }
                if before:
                    _write(work, table, tenant_id, id_, before)

    def _move(
        self,
        work: Work,
        tenant_id: str,
        reference: Reference,
        people: tuple[str, str],
        followed: FollowedRows,
    ) -> None:
        survivor_id, loser_id = people
        table, column = self._column(reference.column)
        rows = self._rows_of(work, table, column, tenant_id, loser_id)
        if not rows:
            return
        taken = self._rows_of(work, table, column, tenant_id, survivor_id)
        unique = [names for names in _unique_columns(table) if column in names]
        moved: list[dict[str, Any]] = []
        retained: list[dict[str, Any]] = []
        for row in rows:
            is_taken = any(
                all(row[name] == other[name] for name in names if name not in (column, "tenant_id"))
                for names in unique
                for other in taken
            )
            (retained if is_taken else moved).append(row)
        if moved:
            ids = [row["id"] for row in moved]
            statement = update(table).where(table.c.tenant_id == tenant_id, table.c.id.in_(ids))
            work.connection.execute(statement.values({column: survivor_id}))
            followed.moved[reference.column] = ids
        if retained:
            followed.retained[reference.column] = [_plain(row) for row in retained]

    def _combine(
        self,
        work: Work,
        tenant_id: str,
        reference: Reference,
        people: tuple[str, str],
        followed: FollowedRows,
    ) -> None:
        """Sum columns, or take the stricter value. Without a row of the survivor's, the loser's moves."""
        survivor_id, loser_id = people
        table, column = self._column(reference.column)
        survivors = self._rows_of(work, table, column, tenant_id, survivor_id)
        losers = self._rows_of(work, table, column, tenant_id, loser_id)
        alone = [row for row in losers if _counterpart(table, column, row, survivors) is None]
        if alone:
            ids = [row["id"] for row in alone]
            statement = update(table).where(table.c.tenant_id == tenant_id, table.c.id.in_(ids))
            work.connection.execute(statement.values({column: survivor_id}))
            followed.moved[reference.column] = ids
        for row in losers:
            counterpart = _counterpart(table, column, row, survivors)
            if counterpart is None:
                continue
            after = {
                name: _combined(reference, name, counterpart[name], row[name]) for name in reference.columns
            }
            before = {name: counterpart[name] for name in after}
            if after != before:
                _write(work, table, tenant_id, counterpart["id"], after)
                changed = followed.changed.setdefault(reference.column, {})
                changed[counterpart["id"]] = {"before": before, "after": after}
            followed.retained.setdefault(reference.column, []).append(_plain(row))

    def _column(self, name: str) -> tuple[Table, str]:
        table, _, column = name.partition(".")
        return self._metadata.tables[table], column

    @staticmethod
    def _rows_of(
        work: Work, table: Table, column: str, tenant_id: str, participant_id: str
    ) -> Sequence[dict[str, Any]]:
        query = select(table).where(table.c.tenant_id == tenant_id, table.c[column] == participant_id)
        return [_values(row) for row in work.connection.execute(query.order_by(table.c.id).with_for_update())]


def _combined(reference: Reference, name: str, left: Any, other: Any) -> Any:
    if reference.merge is Merge.SUM:
        return (left or 0) + (other or 0)
    order = reference.columns[name]
    return max(left, other, key=order.index)


def _counterpart(
    table: Table, column: str, row: Mapping[str, Any], others: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """Return the survivor's row that a unique constraint sets against a row of the loser's."""
    for names in _unique_columns(table):
        if column not in names:
            continue
        own = [name for name in names if name not in (column, "tenant_id")]
        for other in others:
            if all(row[name] == other[name] for name in own):
                return other
    return None


def _unique_columns(table: Table) -> list[tuple[str, ...]]:
    """Return the columns of each unique constraint and unique index of a table."""
    constraints = [
        tuple(constraint.columns.keys())
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    return constraints + [tuple(index.columns.keys()) for index in table.indexes if index.unique]


def _write(work: Work, table: Table, tenant_id: str, id_: str, values: Mapping[str, Any]) -> None:
    statement = update(table).where(table.c.tenant_id == tenant_id, table.c.id == id_)
    work.connection.execute(statement.values(**values))


def _row(work: Work, table: Table, tenant_id: str, id_: str) -> dict[str, Any] | None:
    query = select(table).where(table.c.tenant_id == tenant_id, table.c.id == id_).with_for_update()
    row = work.connection.execute(query).one_or_none()
    return None if row is None else _values(row)


def _values(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row's columns


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
