"""`doorward-hub serve`: make what is missing, then serve."""

import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn

import typer

from hub_sync.contract.clock import SystemClock
from hub_sync.hub.app import create_app
from hub_sync.hub.commands.common import (
    AsJson,
    CommandFailed,
    Data,
    DatabaseUrl,
    bring_up_to_date,
    make_folder,
    plainly,
    say,
    settings_of,
)
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit import logs
from hub_sync.hub.kit.context import HubContext
from hub_sync.hub.server import AddressUnusable, HubServer, listen, url_of

_HINT = """\
This hub has no tenant yet. Next, in another terminal:
  doorward-hub tenant create{data} --slug acme --name "Acme"
  doorward-hub admin create{data} --email you@example.org
or, to look around:
  doorward-hub demo-event{data}"""


@plainly
def serve(
    data: Data = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one. Default 8700."),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on. Default 127.0.0.1: this machine only; 0.0.0.0 is everybody."
        ),
    ] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Serve the hub. On an empty folder its database is made first."""
    settings = settings_of(data, database_url, host=host, port=port)
    make_folder(settings.data)
    app = create_app(settings, SystemClock())
    context: HubContext = app.state.hub
    made = bring_up_to_date(context.uow.database)
    try:
        listening = listen(settings.host, settings.port)
    except AddressUnusable as error:
        raise CommandFailed(str(error)) from error
    logs.configure(as_json=as_json)
    url = url_of(listening)

    def tell() -> None:
        answer = {
            "listening": url,
            "data": str(settings.data),
            "database": context.uow.database.url.get_backend_name(),
        }
        say(f"Doorward hub listening on {url}", answer, as_json=as_json)
        sys.stdout.flush()
        if not as_json:
            _advise(context, made=made, data=f" --data {data}" if data else "")

    # uvicorn raises the signal that stopped it once more when it has stopped: that then ends this process with 0.
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, _end)
    HubServer(app, tell).run(sockets=[listening])


def _advise(context: HubContext, *, made: bool, data: str) -> None:
    if made:
        typer.echo("Made or updated the database.", err=True)
    with context.uow.read() as work:
        if not tenants.all_tenants(work):
            typer.echo(_HINT.format(data=data), err=True)
        elif tenants.derived_keys(work):
            typer.echo(
                "Warning: a ticket key is derived from SESSION_SECRET: for development only.", err=True
            )


def _end(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)
