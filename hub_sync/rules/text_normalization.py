"""Normalization of typed registration codes and names, for comparison and search."""

import re
import unicodedata

_CONFUSABLE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "þ": "th", "æ": "ae", "œ": "oe"}
)
"""Letters that Unicode does not decompose, as people without them on their keyboard type them."""


def normalize_code(text: str) -> str:
    """Return a registration code for comparison: upper case, letters and digits only, O as 0, I and L as 1.

    >>> normalize_code(" reg-00 o1/l12 ")
    'REG0001112'
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[^0-9A-Z]", "", folded).translate(_CONFUSABLE)


def normalize_name(text: str) -> str:
    """Return a name for search: without accents and case, with single spaces. José matches Jose.

    >>> normalize_name("  José  Ångström-Weiß "), normalize_name("Łukasz Sørensen")
    ('jose angstrom-weiss', 'lukasz sorensen')
    """
    if text.isascii():  # the fast path: a snapshot has 100,000 names
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    # Composed again, because Hangul decomposes into letters that no typed word starts with.
    return " ".join(unicodedata.normalize("NFC", bare).translate(_STROKES).split())
