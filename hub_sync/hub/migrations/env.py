"""Alembic's environment: runs on the connection that `migrations.state` hands over."""

from alembic import context

from hub_sync.hub.domains import all_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=all_tables(),
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
