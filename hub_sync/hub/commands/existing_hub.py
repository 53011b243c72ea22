"""Checks that a folder or database contains a hub: only `serve`, `restore` and `demo-event` create one.

A mistyped `--data` must not answer with an empty hub or an empty backup, and a hub whose database or secret is missing
must not start as a new one: its stations and tickets would be refused by a hub that says it is well.
"""

from contextlib import closing
from pathlib import Path

from hub_sync.hub.commands.errors import CommandFailed
from hub_sync.hub.domains import all_tables
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.db.database import Database, parse_url
from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable, load_secret
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state


def require_hub(settings: HubSettings) -> None:
    """Check that there is a hub. Creates nothing.

    Raises:
        CommandFailed: there is no hub here; the message says how to make one.
        DatabaseUnusable: the database does not answer.
    """
    if not _has_tables(settings):
        raise CommandFailed(
            f"There is no hub in {_place(settings)}. Check --data and --database-url; `doorward-hub serve` creates a hub, and "
            "`doorward-hub restore FILE` puts a backup back."
        )


def refuse_partial_hub(settings: HubSettings) -> None:
    """Check before `serve` that database and secret belong together: both are there, or neither.

    Raises:
        CommandFailed: the database is missing or empty beside a secret, or the secret is missing beside a database.
        SecretUnusable: the secret can't be read, or the ticket keys were encrypted with another one.
        DatabaseUnusable: the database does not answer.
    """
    from_environment = settings.secret.get_secret_value()
    has_secret_file = settings.secret_file.exists()
    if not _has_tables(settings):
        if has_secret_file and not from_environment:
            raise CommandFailed(
                f"{settings.secret_file} is the secret of a hub, but there is no hub in {_place(settings)}. Put its database "
                "back (doorward-hub restore FILE). For a new hub, move the secret away first."
            )
        return
    keys = _encrypted_keys(settings)
    if not keys:
        return
    if not from_environment and not has_secret_file:
        raise SecretUnusable(
            f"{settings.secret_file} is missing, and the database has keys that only this secret opens. Put the file back, or "
            "set DOORWARD_SECRET."
        )
    secret_box = SecretBox(load_secret(from_environment, settings.secret_file))
    for key in keys:
        tenants.open_material(secret_box, *key)


def find_secret_problem(settings: HubSettings) -> str:
    """Return a sentence about a secret that is missing or does not open the database's keys; "" if it does."""
    try:
        refuse_partial_hub(settings)
    except (CommandFailed, SecretUnusable) as error:
        return str(error)
    return ""


def _has_tables(settings: HubSettings) -> bool:
    url = parse_url(settings.resolved_database_url)
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database))
        if not file.is_file() or not file.stat().st_size:
            return False  # opening it would create it
    with closing(Database(settings.resolved_database_url)) as database:
        database.check()
        return state.revisions(database)[0] is not None


def _encrypted_keys(settings: HubSettings) -> list[tuple[str, str, bytes]]:
    all_tables()
    with closing(Database(settings.resolved_database_url)) as database, database.read_session() as session:
        return tenants.encrypted_keys(session)


def _place(settings: HubSettings) -> str:
    url = parse_url(settings.resolved_database_url)
    return (
        str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
    )
