"""A column with what names have in common that people take for the same, for a unique index.

    class Queue(UniquelyNamed, Row, Base):
        __table_args__ = (Index("uq_queues_folded_name", "tenant_id", "event_id", "folded_name", unique=True),)

The services compare names by the same function (`name_key`), and refuse with a sentence. Two requests at the same moment both find a name
free: then the index refuses the second (`database.refuse_doubles`).
"""

from hashlib import sha256
from typing import Any

from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, validates

from hub_sync.hub.kit.db.tables import Base
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.text_normalization import name_key

FOLDED_NAME = "folded_name"


class UniquelyNamed:
    """A row with a `name` that no other one has, whatever letters are capital; `folded_name` follows it."""

    @declared_attr
    def folded_name(cls) -> Mapped[str]:  # noqa: N805 - of the class
        """Map what the name has in common with those that people take for the same."""
        return mapped_column(String, default=_at_insert, sort_order=86, deferred=True)

    @validates("name")
    def _follow_name(self, _: str, name: str) -> str:
        self.folded_name = name_key(name)
        return name


def lock_names(work: Work, table: type[Base], tenant_id: str) -> None:
    """Let nobody else choose a name in a table of the tenant until the transaction ends: where rows share names, no index helps.

    SQLite has one writer anyway.
    """
    if work.dialect.name == "postgresql":
        digest = sha256(f"{table.__tablename__} {tenant_id}".encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        work.session.execute(select(func.pg_advisory_xact_lock(number)))


def _at_insert(context: Any) -> str:
    return name_key(context.get_current_parameters()["name"])
