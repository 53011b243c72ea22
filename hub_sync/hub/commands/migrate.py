"""`doorward-hub migrate`: bring the tables up to date."""

from hub_sync.hub.commands.common import (
    AsJson,
    CommandFailed,
    Data,
    DatabaseUrl,
    make_folder,
    plainly,
    say,
    settings_of,
)
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.migrations import state


@plainly
def migrate(data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Bring the database's tables up to date with this program."""
    settings = settings_of(data, database_url)
    make_folder(settings.data)
    database = Database(settings.resolved_database_url)
    database.check()
    before, newest = state.revisions(database)
    if before is not None and not state.is_known(before):
        raise CommandFailed(f"The database is at revision {before}: it needs a newer Doorward than this one.")
    state.upgrade(database)
    plain = (
        f"Up to date already ({newest})." if before == newest else f"From {before or 'nothing'} to {newest}."
    )
    say(plain, {"before": before, "after": newest}, as_json=as_json)
    database.close()
