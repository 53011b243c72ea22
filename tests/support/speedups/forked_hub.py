"""All that a hub's process imports, and a station's store, for the fork server of `forked_commands`."""

import gc

import uvloop  # noqa: F401 - so that it is there
from uvicorn.lifespan import on as _lifespan  # noqa: F401
from uvicorn.loops import uvloop as _loop  # noqa: F401
from uvicorn.protocols.http import httptools_impl as _http  # noqa: F401

import hub_sync.client.store  # noqa: F401 - of stations that tests kill
from hub_sync.hub.commands import common as _common
from hub_sync.hub.commands.cli import app
from hub_sync.hub.commands.lazy_imports import LazyModule, import_at_once
from hub_sync.hub.commands.serving import serve as _serve
from hub_sync.hub.commands.serving import worker as _worker
from hub_sync.hub.console.i18n.translation import LANGUAGES, read_catalogue
from hub_sync.hub.domains import all_tables, parts
from hub_sync.hub.migrations import state
from tests.support.speedups import endpoint_lines, migrated_databases, shared_openapi, template_bytecode

__all__ = ["app"]

for _command in (_common, _serve, _worker):
    for _value in list(vars(_command).values()):
        if isinstance(_value, LazyModule):
            import_at_once(_value.__name__)
all_tables()
for _part in ("routes", "pages", "jobs"):
    parts(_part)
for _language in LANGUAGES:
    read_catalogue(_language)
for _speedup in (endpoint_lines, migrated_databases, shared_openapi, template_bytecode):
    _speedup.install()
state.newest()
gc.collect()
gc.freeze()  # or each process looks through all of it when it begins to serve
