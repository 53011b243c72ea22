"""Environment of the templates of the console and the domains, with shared functions and filters."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.console.i18n.translation import LANGUAGES, _, ngettext
from hub_sync.hub.console.static_files import Static

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(folders: tuple[Path, ...], static: Static) -> Environment:
    """Return the environment for these folders after the console's own; an undefined name is an error.

    It is built once, because compiling a template takes longer than rendering most pages.
    """
    env = Environment(
        loader=FileSystemLoader([TEMPLATES, *folders]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]
    newstyle: Any = env.globals["ngettext"]
    env.globals["ngettext"] = _with_separators(newstyle)
    env.policies["ext.i18n.trimmed"] = True
    env.globals.update(
        asset=static.url,
        icon=static.icon,
        languages=LANGUAGES,
        ago=formats.ago,
        comma=formats.comma,
        isolated=isolated,
    )
    env.filters.update(
        number=formats.number,
        percent=formats.percent,
        rate=formats.rate,
        took=formats.took,
        day=formats.day,
        listed=formats.listed,
        clock_time=formats.clock_time,
        moment=formats.moment,
        duration=formats.duration,
        utc_text=formats.utc_text,
        xmlattr=_attributes,
    )
    return env


def _with_separators(translate: Callable[..., Markup]) -> Callable[..., Markup]:
    """Return Jinja's `ngettext` with `%(num)s` as a number of the reader's language, such as 1,000 or 1.000."""

    @pass_context
    def translate_count(
        context: Context, singular: str, plural: str, num: int, **variables: object
    ) -> Markup:
        return translate(context, singular, plural, num, **{"num": formats.number(num), **variables})

    return translate_count


def _attributes(values: Mapping[str, Any]) -> Markup:
    """Return a mapping as HTML attributes, in place of Jinja's filter, which writes True as the value "True".

    >>> str(_attributes({"download": True, "hidden": False, "list": None, "max": 9}))
    ' download max="9"'
    """
    pairs = [
        escape(name) if value is True else Markup('{}="{}"').format(name, value)
        for name, value in values.items()
        if value is not None and value is not False and not isinstance(value, Undefined)
    ]
    return Markup("").join(Markup(" ") + pair for pair in pairs)
