"""`doorward-hub openapi`: the API's description."""

import tempfile
from pathlib import Path

import orjson
import typer

from hub_sync.hub.app import create_app
from hub_sync.hub.kit.settings import HubSettings


def openapi() -> None:
    """Print the OpenAPI schema of the hub's API as JSON. Needs no data folder and touches none."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(HubSettings(data=Path(folder), database_url=f"sqlite:///{folder}/none.db"))
        schema = app.openapi()
    typer.echo(orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode())
