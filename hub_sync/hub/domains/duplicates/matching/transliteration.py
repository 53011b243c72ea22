"""Names of all scripts in Latin letters, and the skeleton of consonants by which scripts without vowels meet them.

`anyascii` makes "mhmd" of محمد, since Arabic writes no short vowels: it never equals Mohammed. Their skeletons do.
"""

import re
from functools import lru_cache

from anyascii import anyascii

_CACHED = 200_000
_FOLDS = (
    ("tsch", "s"),
    ("sch", "s"),
    ("tch", "s"),
    ("ph", "f"),
    ("th", "t"),
    ("kh", "k"),
    ("gh", "k"),
    ("dh", "t"),
    ("sh", "s"),
    ("ch", "k"),
    ("ck", "k"),
    ("tz", "s"),
    ("dt", "t"),
    ("x", "ks"),
)
_CLASSES = str.maketrans(
    {"c": "k", "q": "k", "g": "k", "j": "k", "z": "s", "p": "b", "d": "t"}
    | dict.fromkeys("aeiouyhwv'`-.0123456789")
)
_DOUBLED = re.compile(r"(.)\1+")
_SEMITIC = {
    **dict.fromkeys("\u0628\u067e", "b"),
    **dict.fromkeys("\u062a\u0637\u062f\u0636\u062b\u0630", "t"),
    **dict.fromkeys("\u062c\u062e\u063a\u0642\u0643\u06af", "k"),
    **dict.fromkeys("\u0633\u0634\u0635\u0632\u0638\u0686\u0698", "s"),
    "\u0631": "r",
    "\u0641": "f",
    "\u0644": "l",
    "\u0645": "m",
    "\u0646": "n",
}
"""Arabic and Persian letters by the class of consonants that they sound as; all others are vowels or breaths."""
_ARTICLE = "\u0627\u0644"
_SHORTEST_WITH_ARTICLE = 5


def is_semitic(word: str) -> bool:
    """Return True for a word in Arabic script, which leaves out short vowels."""
    return not word.isascii() and any("\u0600" <= character <= "\u06ff" for character in word)


@lru_cache(maxsize=_CACHED)
def latin(word: str) -> str:
    """Return a folded word (`split_name`) in Latin letters; one in Arabic script stays.

    >>> latin("иванов"), latin("محمد") == "محمد"
    ('ivanov', True)
    """
    if word.isascii() or is_semitic(word):
        return word
    return "".join(anyascii(word).lower().split())


@lru_cache(maxsize=1_000)
def first_letter(word: str) -> str:
    """Return the first letter of a folded word in Latin letters; "" if it has none."""
    return word[0] if word.isascii() else anyascii(word[0]).lower()[:1]


@lru_cache(maxsize=_CACHED)
def skeleton(word: str) -> str:
    """Return the consonants of a word in classes that sound alike, the same for Latin and Arabic script.

    >>> skeleton("mohammed"), skeleton("محمد"), skeleton("schmidt"), skeleton("schmitt")
    ('mmt', 'mmt', 'smt', 'smt')
    """
    if is_semitic(word):
        bare = word.removeprefix(_ARTICLE) if len(word) >= _SHORTEST_WITH_ARTICLE else word
        return "".join(_SEMITIC.get(letter, "") for letter in _DOUBLED.sub(r"\1", bare))
    for sound, letter in _FOLDS:
        if sound in word:
            word = word.replace(sound, letter)
    return _DOUBLED.sub(r"\1", word).translate(_CLASSES)
