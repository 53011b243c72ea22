"""The hub's domains, one folder each; `DOMAINS` is the only list of them, and a new domain is one line in it.

A domain declares what it adds to the hub in `manifest.py` (`kit.domain.manifest`); `registry()` has all manifests. Its
code is found by the names of its modules: `tables`, `routes`, `pages`, `jobs`, `doctor`, `commands`, `examples`, `counters`, and the folder
`templates`. It uses another domain only through that one's `service`, `errors` and `manifest`. The order is from what
stands alone to what stands on others.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from sqlalchemy import MetaData, event
from sqlalchemy.orm import Mapper

from hub_sync.hub.console.submissions import form_drafts  # noqa: F401 - the console's own table
from hub_sync.hub.kit.db.tables import Base
from hub_sync.hub.kit.domain.manifest import DomainManifest
from hub_sync.hub.kit.domain.registry import Registry
from hub_sync.hub.kit.events import change_feed, domain_events  # noqa: F401 - the kit's own tables
from hub_sync.hub.kit.http import idempotency  # noqa: F401 - as above

DOMAINS: tuple[str, ...] = (
    "audit",
    "accounts",
    "feature_flags",
    "tenants",
    "events",
    "participants",
    "check_in",
    "tickets",
    "devices",
    "operators",
    "api_keys",
    "webhooks",
    "queue",
    "bulk",
    "duplicates",
    "blacklist",
    "imports",
    "workflows",
    "waitlist",
    "registration",
    "messages",
    "series",
    "sync",
    "stations",
    "overview",
)


@cache
def parts(name: str) -> tuple[ModuleType, ...]:
    """The modules called `name` ("tables", "routes", …) of all domains that have one."""
    paths = [f"{__name__}.{domain}.{name}" for domain in DOMAINS]
    return tuple(import_module(path) for path in paths if find_spec(path))


@cache
def registry() -> Registry:
    """Return what all domains declare."""
    manifests: list[DomainManifest] = [module.MANIFEST for module in parts("manifest")]
    return Registry(tuple(manifests))


@cache
def template_folders() -> tuple[Path, ...]:
    """The folders of templates of all domains that have one; in each the templates stand in a folder of its name."""
    folders = [Path(__file__).parent / domain / "templates" for domain in DOMAINS]
    return tuple(folder for folder in folders if folder.is_dir())


def all_tables() -> MetaData:
    """The tables of the kit and of every domain."""
    parts("tables")
    return Base.metadata


@event.listens_for(Mapper, "before_configured")
def _complete_tables() -> None:
    """Import all tables before the first mapping is used: tables name each other, and whoever imports one needs no other."""
    all_tables()
