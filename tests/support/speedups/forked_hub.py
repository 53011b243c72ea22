"""All that a hub's process imports, for the fork server of `forked_commands`."""

import uvloop  # noqa: F401 - so that it is there
from uvicorn.lifespan import on as _lifespan  # noqa: F401
from uvicorn.loops import uvloop as _loop  # noqa: F401
from uvicorn.protocols.http import httptools_impl as _http  # noqa: F401

from hub_sync.hub.commands.cli import app
from hub_sync.hub.commands.serving import serve as _serve  # noqa: F401
from hub_sync.hub.commands.serving import worker as _worker  # noqa: F401
from hub_sync.hub.console.i18n.translation import read_catalogues
from hub_sync.hub.domains import all_tables, parts
from hub_sync.hub.migrations import state as _migrations  # noqa: F401

__all__ = ["app"]

all_tables()
for _part in ("routes", "pages", "jobs"):
    parts(_part)
read_catalogues()
