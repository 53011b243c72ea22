"""The console's languages: catalogues, and the choice of a page's language.

Texts of a page are translated by `_` while it is rendered. Constants (navigation, labels in tables) are marked with
`N_` and translated by `_` later. The language is in a context variable, so that templates and endpoints need not pass
it on.
"""

import gettext as gnu
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, negotiate_locale
from babel.messages.pofile import read_po

from hub_sync.hub.kit.errors import HubError, fill_in
from hub_sync.hub.kit.i18n import N_

__all__ = [
    "DEFAULT",
    "LANGUAGES",
    "N_",
    "TRANSLATIONS",
    "Speech",
    "_",
    "accepted_speech",
    "choose",
    "error_message",
    "ngettext",
    "read_catalogue",
    "speaking",
    "spoken",
]

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "ar": "العربية"}
"""Code and own name of every language that the console speaks."""
DEFAULT = "en"
TRANSLATIONS = Path(__file__).parent / "translations"


@cache
def _locale(name: str) -> Locale:
    """Return one of the few locales of `LANGUAGES`; to parse its name takes as long as a short statement."""
    return Locale.parse(name)


@dataclass(frozen=True)
class Speech:
    """Language of a page, and the time zone for times without an event."""

    language: str = DEFAULT
    catalogue: gnu.NullTranslations = field(default_factory=gnu.NullTranslations, repr=False)
    time_zone: str = "UTC"
    american: bool = False

    @property
    def locale(self) -> Locale:
        """For Babel's dates and numbers; English as most of the world writes it, unless the browser is American."""
        return _locale("en_GB" if self.language == DEFAULT and not self.american else self.language)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return self.locale.text_direction


_spoken: ContextVar[Speech] = ContextVar("speech", default=Speech())  # noqa: B039 - frozen


def spoken() -> Speech:
    """Return the language of the page that is being rendered."""
    return _spoken.get()


@contextmanager
def speaking(speech: Speech) -> Iterator[None]:
    """Use this language until the block ends."""
    token = _spoken.set(speech)
    try:
        yield
    finally:
        _spoken.reset(token)


def _(message: str) -> str:
    """Return the message in the language of the page."""
    return spoken().catalogue.gettext(message) if message else ""


def error_message(error: HubError) -> str:
    """Return an error's sentence in the language of the page, with its parameters filled in."""
    return fill_in(_(error.template), error.parameters)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return the message for a number in the language of the page."""
    return spoken().catalogue.ngettext(singular, plural, n)


class _PoTranslations(gnu.GNUTranslations):
    """The translations of a `.po` file, without the detour over a compiled one."""

    def _parse(self, fp: Any) -> None:
        """Read the file: the hook that `gettext` has for other formats."""
        catalogue = read_po(fp)
        self.plural = gnu.c2py(catalogue.plural_expr)
        self._catalog: dict[str | tuple[str, int], str] = {}
        for message in catalogue:
            if not message.id or message.fuzzy or not message.string:
                continue
            if isinstance(message.id, str):
                self._catalog[message.id] = str(message.string)
            else:
                self._catalog |= {(message.id[0], form): text for form, text in enumerate(message.string)}


@cache
def read_catalogue(language: str, folder: Path = TRANSLATIONS) -> gnu.NullTranslations:
    """Return a language's catalogue, read when somebody needs it first; a missing message stays English."""
    file = folder / f"{language}.po"
    if language == DEFAULT or not file.exists():
        return gnu.NullTranslations()
    with file.open("rb") as source:
        return _PoTranslations(source)


def choose(own: str, cookie: str, accept: str, usual: str = "") -> str:
    """Return the language of a page: the user's own choice, the cookie's, `usual` that of what it shows, the browser's, or English.

    >>> choose("", "", "fr-CH, de;q=0.8, en;q=0.5"), choose("", "ar", "de"), choose("de", "ar", "")
    ('de', 'ar', 'de')
    """
    for chosen in (own, cookie, usual.partition("-")[0]):
        if chosen in LANGUAGES:
            return chosen
    return negotiate_locale(_by_preference(accept), list(LANGUAGES), sep="-") or DEFAULT


def accepted_speech(accept: str) -> Speech:
    """Return the language that a header `Accept-Language` prefers; without a header English."""
    language = choose("", "", accept) if accept else DEFAULT
    return Speech(language, read_catalogue(language), american=accept.lower().startswith("en-us"))


def _by_preference(accept: str) -> list[str]:
    weighed: list[tuple[float, str]] = []
    for part in accept.split(",")[:20]:
        name, _sep, weight = part.partition(";q=")
        try:
            weighed.append((-float(weight or 1), name.strip()))
        except ValueError:
            continue
    return [name for _weight, name in sorted(weighed, key=lambda entry: entry[0]) if name]
