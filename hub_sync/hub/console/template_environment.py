"""Templates: the console's own and every domain's, with what they all may use."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.translation import LANGUAGES, _, ngettext
from hub_sync.hub.console.static_files import Static

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(folders: tuple[Path, ...], static: Static) -> Environment:
    """The templates of these folders after the console's own; a name that is not given is an error.

    Made once: it only grows by templates that are compiled, which takes longer than most pages.
    """
    made = Environment(
        loader=FileSystemLoader([TEMPLATES, *folders]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.policies["ext.i18n.trimmed"] = True
    made.globals.update(asset=static.url, icon=static.icon, languages=LANGUAGES, ago=formats.ago)
    made.filters.update(
        number=formats.number,
        percent=formats.percent,
        rate=formats.rate,
        took=formats.took,
        day=formats.day,
        clock_time=formats.clock_time,
        moment=formats.moment,
        lasting=formats.lasting,
        utc_text=formats.utc_text,
    )
    return made
