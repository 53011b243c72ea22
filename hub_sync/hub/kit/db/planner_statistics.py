"""Statistics for PostgreSQL's planner, soon after a table has grown.

Every index begins with the tenant, mostly followed by the event. Without statistics PostgreSQL takes all of them to be
equally good: to find one registration code among 10,000 it read all of them (2.5 ms of the server's time; with
statistics 0.03 ms). Its autovacuum gathers statistics, but up to a minute after an import, and by then the gates are
open. SQLite needs none of this.
"""

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.errors import first_line

INTERVAL_S = 10.0
SMALLEST = 200
"""Rows that must have changed."""
_OUTDATED = text(
    "SELECT relid::regclass::text FROM pg_stat_user_tables WHERE schemaname = ANY (current_schemas(false)) "
    "AND n_mod_since_analyze >= :smallest AND n_mod_since_analyze >= n_live_tup / 2"
)

log = structlog.get_logger(__name__)


def refresh(database: Database) -> list[str]:
    """Analyze the tables of which at least half has changed since they were analyzed, and return their names.

    Each time a table must have doubled, so that a growing one is analyzed a few times only.
    """
    if database.is_sqlite:
        return []
    try:
        with database.lookup_engine.connect() as connection:
            tables = list(connection.scalars(_OUTDATED, {"smallest": SMALLEST}))
            for table in tables:
                # A quoted name of our own; a table that somebody else analyzes just now is skipped.
                connection.execute(text(f"ANALYZE (SKIP_LOCKED) {table}"))
    except SQLAlchemyError as error:
        log.warning("planner_statistics_failed", error=first_line(error))
        return []
    return tables
