"""The station's words: one JSON catalogue a language, keyed by stable ids.

A catalogue has `meta` (name, direction, digits' grouping, months) and `text`: id -> sentence with `{placeholders}`, or
id -> plural forms by CLDR category. What a person wrote (a name, a code) is set apart with bidi isolates where it
runs against the language, so that it cannot turn the sentence around it.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files

LANGUAGES: tuple[str, ...] = ("en", "de", "ar")
"""In the order in which a language key goes through them."""

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True, eq=False)
class Texts:
    """One language. Equal only to itself; `texts(code)` gives the same object every time."""

    code: str
    name: str
    rtl: bool
    group: str
    months: tuple[str, ...]
    catalogue: Mapping[str, str | Mapping[str, str]] = field(repr=False)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of that id, filled in; `n` picks among plural forms.

        Raises:
            KeyError: no such id, or a placeholder that was not given.
        """
        sentence = self.catalogue[key]
        if not isinstance(sentence, str):
            n = values["n"]
            sentence = sentence[PLURALS[self.code](n if isinstance(n, int) else 0)]
        return sentence.format(**{name: self._written(value) for name, value in values.items()})

    def number(self, n: int) -> str:
        """A whole number with the language's grouping: 1,204 or 1.204."""
        return f"{n:,}".replace(",", self.group)

    def clock(self, at: datetime) -> str:
        """Time of the day, in `at`'s own zone."""
        return f"{at:%H:%M}"

    def when(self, at: datetime, today: datetime, *, form: str = "time") -> str:
        """`at` as 18:04, or with its day where that is another one than `today`'s (both in the zone to show).

        `form` is "time" (since ...), "at" (at ..., on ... at ...) or "chip" (as short as it can be).
        """
        if at.date() == today.date():
            return self(f"{form}.today", clock=self.clock(at))
        date = self("time.day", day=str(at.day), month=self.months[at.month - 1])
        return self(f"{form}.other_day", date=date, clock=self.clock(at))

    def _written(self, value: object) -> str:
        text = self.number(value) if isinstance(value, int) else str(value)
        foreign = self.rtl and any(unicodedata.bidirectional(letter) == "L" for letter in text)
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}" if foreign else text


@cache
def texts(code: str) -> Texts:
    """The catalogue of a language.

    Raises:
        KeyError: no such language.
    """
    if code not in LANGUAGES:
        raise KeyError(code)
    raw = json.loads(files(__name__).joinpath(f"{code}.json").read_text(encoding="utf-8"))
    meta = raw["meta"]
    return Texts(code, meta["name"], meta["rtl"], meta["group"], tuple(meta["months"]), raw["text"])


def _two_forms(n: int) -> str:
    return "one" if n == 1 else "other"


def _arabic(n: int) -> str:
    if n in (0, 1, 2):
        return ("zero", "one", "two")[n]
    if 3 <= n % 100 <= 10:  # noqa: PLR2004 - CLDR's rule
        return "few"
    return "many" if 11 <= n % 100 <= 99 else "other"  # noqa: PLR2004 - CLDR's rule


PLURALS: dict[str, Callable[[int], str]] = {"en": _two_forms, "de": _two_forms, "ar": _arabic}
"""CLDR's plural categories for whole numbers."""
