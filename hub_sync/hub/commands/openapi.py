"""`doorward-hub openapi`: the API's description."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson
import typer

from hub_sync.hub.commands.lazy_imports import lazy_imports

with lazy_imports():
    from hub_sync.hub import app as hub_app
    from hub_sync.hub.kit import settings as hub_settings


def openapi() -> None:
    """Print the OpenAPI schema of the hub's API as JSON. Needs no data folder and touches none."""
    with tempfile.TemporaryDirectory() as folder:
        app = hub_app.create_app(
            hub_settings.HubSettings(data=Path(folder), database_url=f"sqlite:///{folder}/none.db")
        )
        schema = app.openapi()
    typer.echo(orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode())
