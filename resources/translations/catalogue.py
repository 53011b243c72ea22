"""The texts of a language: one gettext catalogue (.po) per language, read at start by Babel as the hub's console does.

A message's id is a stable name, not the English sentence: the screens build ids from codes, such as
`reason.already_inside`. A sentence has `{placeholders}`. What a person wrote (a name, a code) is set apart with bidi
isolates where it runs against the language, so that it cannot turn the sentence around it.
"""

import gettext
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from resources.translations import LANGUAGES

_NAMES = {"en": "English", "de": "Deutsch", "ar": "العربية"}
_RIGHT_TO_LEFT = frozenset({"ar"})
_DIGIT_GROUP_SEPARATORS = {"en": ",", "de": ".", "ar": ","}

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True, eq=False)
class Texts:
    """One language. Equal only to itself; `texts(code)` returns the same object every time."""

    code: str
    name: str
    rtl: bool
    messages: Mapping[str, str | tuple[str, ...]] = field(repr=False)
    """Id -> sentence, or its plural forms."""
    _catalogue: gettext.GNUTranslations = field(repr=False)

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence of an id, with its placeholders filled in; `n` selects a plural form.

        Raises:
            KeyError: no such id, or a value for a placeholder is missing.
        """
        if isinstance(self.messages[key], str):
            sentence = self._catalogue.gettext(key)
        else:
            n = values["n"]
            sentence = self._catalogue.ngettext(key, key, n if isinstance(n, int) else 0)
        return sentence.format(**{name: self._format_value(value) for name, value in values.items()})

    def number(self, n: int) -> str:
        """Return a whole number with the language's grouping: 1,204 or 1.204."""
        return f"{n:,}".replace(",", _DIGIT_GROUP_SEPARATORS[self.code])

    def clock(self, at: datetime) -> str:
        """Return the time of the day, in `at`'s own zone."""
        return f"{at:%H:%M}"

    def when(self, at: datetime, today: datetime, *, form: str = "time") -> str:
        """Return `at` as 18:04, with its date where that is not `today`'s (both in the zone to show).

        `form` is "time" (since ...), "at" (at ..., on ... at ...) or "chip" (as short as it can be).
        """
        if at.date() == today.date():
            return self(f"{form}.today", clock=self.clock(at))
        date = self("time.day", day=str(at.day), month=self(f"month.{at.month}"))
        return self(f"{form}.other_day", date=date, clock=self.clock(at))

    def _format_value(self, value: object) -> str:
        text = self.number(value) if isinstance(value, int) else str(value)
        foreign = self.rtl and any(unicodedata.bidirectional(letter) == "L" for letter in text)
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}" if foreign else text


@cache
def texts(code: str) -> Texts:
    """Return the texts of a language.

    Raises:
        KeyError: no such language.
    """
    if code not in LANGUAGES:
        raise KeyError(code)
    with files("resources.translations").joinpath(f"{code}.po").open("rb") as source:
        catalogue = read_po(source, locale=code, abort_invalid=True)
    messages: dict[str, str | tuple[str, ...]] = {}
    for message in catalogue:
        if isinstance(message.id, str):
            messages[message.id] = str(message.string)
        else:
            messages[message.id[0]] = tuple(message.string or ())
    del messages[""]  # the header
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Texts(code, _NAMES[code], code in _RIGHT_TO_LEFT, messages, gettext.GNUTranslations(compiled))
