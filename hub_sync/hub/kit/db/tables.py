"""The base class, mixins and column types of every table.

Every row belongs to a tenant: the primary key is `(tenant_id, id)`, foreign keys are `(tenant_id, …)` pairs and
indexes begin with `tenant_id`. So no look-up can stray into another tenant by a guessed id, and a distributed
PostgreSQL (which asks for the distribution column in every key) can place tenants on shards without a schema change.
The few indexes that do not begin with it serve the look-ups by which the tenant is found.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hub_sync.contract.clock import epoch_ms, from_epoch_ms

ID_LENGTH = 64
"""Ids are UUIDv7 (36 characters); the room is for ids that an integrator's system made."""


def _last_column(constraint: Any, _: Any) -> str:
    columns = getattr(constraint, "column_keys", None) or [c.name for c in constraint.columns]
    return str(list(columns)[-1])


NAMING: dict[str, Any] = {
    "last": _last_column,
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(last)s",
    "uq": "uq_%(table_name)s_%(last)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}


class UtcTime(TypeDecorator[datetime]):
    """An instant: aware and UTC in Python, `timestamptz` on PostgreSQL, UTC text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a time without a zone is a bug and raises."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return an aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EpochMs(UtcTime):
    """An instant in Python, milliseconds since 1970 in the database."""

    impl = BigInteger  # type: ignore[assignment]
    cache_ok = True

    def process_bind_param(self, value: Any, _: Dialect) -> Any:
        """Convert to milliseconds."""
        return None if value is None else epoch_ms(value)

    def process_result_value(self, value: Any, _: Dialect) -> Any:
        """Return an aware time in UTC."""
        return None if value is None else from_epoch_ms(value)


def json_type() -> JSON:
    """Return the type of JSON columns, `jsonb` on PostgreSQL; Python's None is SQL's NULL."""
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def enum_column(enum: type[StrEnum], name: str | None = None, *, constraint: bool = True) -> Enum:
    """Return a column type for an enum's values, with a CHECK constraint named after the enum or `name`.

    `constraint` False: only the program checks the value. For an enum that grows, on a table too large to be rewritten.
    """
    return Enum(
        enum,
        name=name or enum.__name__.lower(),
        native_enum=False,
        create_constraint=constraint,
        length=32,
        values_callable=lambda members: [member.value for member in members],
        validate_strings=True,
    )


def tenant_foreign_key(table: str, column: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """Return a foreign key inside the tenant: `(tenant_id, column)` to `table (tenant_id, id)`."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=ondelete
    )


class Base(DeclarativeBase):
    """All tables of the hub."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcTime(),
        dict[str, Any]: json_type(),
        list[str]: json_type(),
        list[Any]: json_type(),
        str: String(),
    }


class Timestamped:
    """The times of a row's creation and last change; the unit of work sets them from its clock."""

    created_at: Mapped[datetime] = mapped_column(sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(sort_order=91)


class TenantRow(Timestamped):
    """The columns of every row of a tenant: tenant, id and timestamps."""

    tenant_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("tenants.id"), primary_key=True, sort_order=-20
    )
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, sort_order=-19)
