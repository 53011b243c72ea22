"""Alembic migrations. `migrations.state` runs them and tells where a database stands."""
