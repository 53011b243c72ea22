"""`doorward-hub access-log`: is what the hub holds what a station wrote."""

from typing import Annotated

import typer

from hub_sync.hub.commands.common import (
    AsJson,
    Data,
    DatabaseUrl,
    TenantSlug,
    open_hub,
    pick_tenant,
    plainly,
    say,
)
from hub_sync.hub.domains.check_in import log_digest

app = typer.Typer(help="The access log: digest.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def access_log() -> None:
    """The access log."""


@app.command("digest")
@plainly
def digest(
    device: Annotated[str, typer.Option(help="The station's id.")],
    tenant: TenantSlug = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Count a station's rows and hash their chain, to compare with `doorward-station journal export`."""
    with open_hub(data, database_url) as hub, hub.uow.begin(actor="cli") as work:
        owner = pick_tenant(work, tenant)
        held = log_digest.of_device(work, owner.id, device)
    say(f"{held.rows} rows, {held.digest}", {"rows": held.rows, "digest": held.digest}, as_json=as_json)
