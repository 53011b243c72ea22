"""Alembic's environment: it runs on the connection that `migrations.state` passes."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

from hub_sync.hub.domains import all_tables
from hub_sync.hub.kit.db.tables import UtcTime


def render(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Render our column types as SQLAlchemy's own types, so that a migration never changes with the program."""
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=all_tables(),
    render_as_batch=context.config.attributes.get("batch", True),
    render_item=render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
