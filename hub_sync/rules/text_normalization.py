"""What people type: registration codes and names, forgiven as an operator expects."""

import re
import unicodedata

_CONFUSABLE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "þ": "th", "æ": "ae", "œ": "oe"}
)
"""Letters that Unicode does not take apart, as people without them on their keyboard type them."""


def normalize_code(text: str) -> str:
    """A registration code as it is compared: upper case, letters and digits only, O as 0 and I, L as 1.

    >>> normalize_code(" reg-00 o1/l12 ")
    'REG0001112'
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[^0-9A-Z]", "", folded).translate(_CONFUSABLE)


def normalize_name(text: str) -> str:
    """A name as it is searched: no accents, no case, single spaces; José is found when Jose is typed.

    >>> normalize_name("  José  Ångström-Weiß "), normalize_name("Łukasz Sørensen")
    ('jose angstrom-weiss', 'lukasz sorensen')
    """
    if text.isascii():  # reached sooner: there are 100,000 names in a snapshot
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    # Composed again, because Hangul decomposes into letters that no word that is typed would start with.
    return " ".join(unicodedata.normalize("NFC", bare).translate(_STROKES).split())
