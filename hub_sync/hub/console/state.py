"""Parts of the console that are built once with the app: templates, files, languages and navigation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from jinja2 import Environment
from starlette.requests import Request

from hub_sync.hub.console.i18n.translation import Speech, choose, read_catalogue
from hub_sync.hub.console.static_files import own_files
from hub_sync.hub.console.template_environment import environment
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.manifest import NavigationEntry
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.access import Caller
from hub_sync.rules.times.time_zones import UnknownTimeZone, load_time_zone

LANGUAGE_COOKIE, THEME_COOKIE, EVENT_COOKIE, ZONE_COOKIE = (
    "doorward_language",
    "doorward_theme",
    "doorward_event",
    "doorward_zone",
)
THEMES = ("light", "dark", "contrast")


@dataclass(frozen=True, slots=True)
class EventChoice:
    """An event that can be switched to."""

    id: str
    name: str
    is_template: bool = False


ChooseEvents = Callable[[Work, str, str], Sequence[EventChoice]]
"""Return the events of the tenant's event menu, including the chosen one (by id) if it exists."""

ChooseLanguage = Callable[[HubContext, Caller, str], None]
"""Store the language that a signed-in user has chosen."""


Counter = Callable[[Work, FeedKey, Caller], int]
"""Count what waits behind an entry of the navigation, at one event, for the caller."""


class Console:
    """State that all pages share."""

    def __init__(
        self,
        folders: Sequence[Path],
        events: ChooseEvents,
        choose_language: ChooseLanguage,
        navigation: Sequence[NavigationEntry],
        counters: Mapping[str, Counter],
    ) -> None:
        """Build the console; `folders` hold the domains' templates, `navigation` their entries, `counters` the numbers beside them."""
        self.static = own_files()
        self.templates: Environment = environment(tuple(folders), self.static)
        self.nav = tuple(navigation)
        self.counters = dict(counters)
        self.events, self.choose_language = events, choose_language

    def speech_for(self, request: Request, own: str = "", usual: str = "") -> Speech:
        """Return language and time zone for a browser; `own` is the user's own choice of language, `usual` that of what is shown."""
        cookies = request.cookies
        accept = request.headers.get("accept-language", "")
        language = choose(own, cookies.get(LANGUAGE_COOKIE, ""), accept, usual)
        zone = _zone(unquote(cookies.get(ZONE_COOKIE, "")))
        return Speech(language, read_catalogue(language), zone, american=accept.lower().startswith("en-us"))


def _zone(name: str) -> str:
    try:
        return load_time_zone(name).key if name else "UTC"
    except UnknownTimeZone:
        return "UTC"
