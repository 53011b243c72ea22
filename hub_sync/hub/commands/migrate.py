"""`doorward-hub migrate`: bring the tables up to date."""

from __future__ import annotations

from contextlib import closing

from hub_sync.hub.commands.common import (
    AsJson,
    Data,
    DatabaseUrl,
    load_settings,
    print_result,
    report_errors,
)
from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.commands.lazy_imports import lazy_imports

with lazy_imports():
    from hub_sync.hub.commands import existing_hub
    from hub_sync.hub.kit.db import database as databases
    from hub_sync.hub.migrations import state


@report_errors
def migrate(data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Migrate the database's tables to this program's version. An empty PostgreSQL database gets its tables."""
    settings = load_settings(data, database_url)
    if not settings.database_url or settings.database_url.startswith("sqlite"):
        existing_hub.require_hub(settings)
    with closing(databases.Database(settings.resolved_database_url)) as database:
        database.check()
        before, newest = state.revisions(database)
        if before is not None and not state.is_known(before):
            raise CommandFailed(
                f"The database is at revision {before}: it needs a newer Doorward than this one."
            )
        state.upgrade(database)
    plain = (
        f"Up to date already ({newest})." if before == newest else f"From {before or 'nothing'} to {newest}."
    )
    print_result(plain, {"before": before, "after": newest}, as_json=as_json)
