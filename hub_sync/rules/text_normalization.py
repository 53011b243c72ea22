"""Normalization of typed registration codes and names, for comparison and search. Station and hub use these functions."""

import re
import unicodedata

_OVERRIDES = re.compile("[\u202a-\u202e]")
"""Embeddings and overrides of the direction, and their end."""
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""The characters of Unicode's property Default_Ignorable_Code_Point: a text looks the same without them."""

# --- registration codes ---------------------------------------------------------------------------

_CONFUSABLE = str.maketrans({"o": "0", "i": "1", "l": "1"})
_DOTS_OF_I = re.compile("i\u0307|\u0131")
"""A Turkish keyboard types I in lower case without a dot, and İ with one."""
_ASCII_CODE = {
    ordinal: chr(ordinal).lower().translate(_CONFUSABLE) if chr(ordinal).isalnum() else None
    for ordinal in range(128)
}


def normalize_code(text: str) -> str:
    """Return a registration code for comparison: letters and digits, without case, with O as 0, and I and L as 1.

    Digits of any script become 0-9. Separators, symbols and invisible characters are dropped; all other letters are
    kept, with their marks.

    >>> normalize_code(" reg-00 o1/l12 "), normalize_code("Ä-١٢") == normalize_code("Ä12") != normalize_code("A12")
    ('reg0001112', True)
    """
    if text.isascii():
        return text.translate(_ASCII_CODE)
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    folded = _DOTS_OF_I.sub("i", unicodedata.normalize("NFKC", _INVISIBLE.sub("", folded)))
    letters = "".join(map(_letter_or_digit, folded))
    return unicodedata.normalize("NFC", letters).translate(_CONFUSABLE)


def count_code_characters(normal: str) -> int:
    """Return the number of letters and digits of a normalized code, without marks."""
    return len(normal) if normal.isalnum() else sum(character.isalnum() for character in normal)


def normalize_token(text: str) -> str:
    """Return a typed one-time code or token: capital letters and the digits 0-9, without anything between them.

    It is for codes that this program generates, in one alphabet: six digits of an authenticator, recovery and enrolment
    codes. No letter becomes another one.

    >>> normalize_token("١٢٣ ٤٥٦"), normalize_token("abcd-\u200eefgh\u2011ijkl")
    ('123456', 'ABCDEFGHIJKL')
    """
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    return "".join(map(_letter_or_digit, _DOTS_OF_I.sub("i", folded))).upper()


def drop_invisible(text: str) -> str:
    """Return a text without characters that can't be seen, such as the direction marks around a copied phone number."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def drop_overrides(text: str) -> str:
    """Return a text without the characters that turn around how all that follows is read, such as U+202E.

    A name with one of them could be read as another one. Programs leave them in what is copied, and no name is written with them:
    single marks and isolates, which do not reach beyond themselves, stay.

    >>> drop_overrides("\u202egate\u202c 1")
    'gate 1'
    """
    return text if text.isascii() else _OVERRIDES.sub("", text)


def ascii_digits(text: str) -> str:
    """Return a text with the digits of any script as 0-9.

    >>> ascii_digits("+٤٩ ۳۰ 123")
    '+49 30 123'
    """
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character for character in text
    )


def visible_text(text: str) -> str:
    """Return a text as people see it: composed (NFC), with single plain spaces, without invisible characters.

    >>> visible_text(" Gate\u200b  e\u0301tage ") == "Gate \u00e9tage"
    True
    """
    return " ".join(unicodedata.normalize("NFC", drop_invisible(text)).split())


def name_key(text: str) -> str:
    """Return what two names have in common that people take for the same: they see no difference, or capital letters only.

    >>> name_key("MAIN  Gate"), name_key("Stra\u00dfe") == name_key("STRASSE")
    ('main gate', True)
    """
    return visible_text(text).casefold()


def whole_number(text: str, most: int) -> int | None:
    """Return the whole number from 0 to `most` that a text says in the digits of any script, or None if it says none.

    `str.isdigit` alone is no test: "²" is a digit that `int` refuses, and a number of more than 4,300 digits as well.

    >>> whole_number("٤٩", 100), whole_number("101", 100), whole_number("²", 100)
    (49, None, None)
    """
    digits = ascii_digits(text)
    if not (digits.isascii() and digits.isdigit()):
        return None
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= len(str(most)) and int(digits) <= most else None


def _letter_or_digit(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return character if category[0] in "LN" or category in ("Mn", "Mc") else ""


# --- names ----------------------------------------------------------------------------------------

_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "\u0131": "i",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
    }
    | {"\u06cc": "\u064a", "\u0649": "\u064a", "\u06a9": "\u0643", "\u0671": "\u0627", "\u0640": ""}
    | dict.fromkeys("\u0629\u06be\u06c1\u06c3\u06d5", "\u0647")
)
"""Letters that Unicode does not decompose, as people without them on their keyboard type them; Arabic and Persian forms."""
_JOINERS = (
    "'\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02be\u02bf\u2032`\u00b4\uff07\u05f3\u05f4"  # apostrophes
    ".\u00b7\u2024\u2027\uff0e"  # dots
    "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe63\uff0d\u058a\u05be"  # hyphens and dashes
)
"""Characters that are nothing: O'Brien is OBrien, Anna-Lena is Annalena, J.R. is JR."""
_SEPARATORS = dict.fromkeys(map(ord, ",;\u060c\u061b\u3001\uff0c\uff1b\u30fb"), " ")
_DROP_JOINERS = dict.fromkeys(map(ord, _JOINERS)) | _SEPARATORS
_SPLIT_JOINERS = dict.fromkeys(map(ord, _JOINERS), " ") | _SEPARATORS
_ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
"""The combining marks of the Latin, Greek and Cyrillic alphabets; U+034F, which joins letters, is an invisible one."""
_SECOND_VOWELS = re.compile("(?<=a)[ae]+|(?<=[ou])e+")
"""Vowels that stand for a sign above the letter before: Mueller is M\u00fcller, Aase is \u00c5se, and both are as without it."""


def normalize_name(text: str) -> str:
    """Return a name for search: without accents, case, apostrophes, hyphens and dots, with single spaces.

    Spellings of one name meet: with ä, ae or a, with ß or ss, with a Persian or an Arabic ye. A comma is a space.

    >>> normalize_name("  José  Ångström-Weiß "), normalize_name("Soerensen, Łukasz")
    ('jose angstromweiss', 'sorensen lukasz')
    """
    return _fold(text, _DROP_JOINERS)


def split_name(text: str) -> str:
    """Return a name as `normalize_name`, with a space in the place of each apostrophe, hyphen and dot.

    >>> split_name("Anna-Lena O'Brien")
    'anna lena o brien'
    """
    return _fold(text, _SPLIT_JOINERS)


def first_and_last(name: str) -> tuple[str, str]:
    """Return the first and the last name of somebody; the last word is the last name.

    >>> first_and_last("Mary Jane  Watson"), first_and_last("Cher")
    (('Mary Jane', 'Watson'), ('Cher', ''))
    """
    words = name.split()
    return (" ".join(words), "") if len(words) < 2 else (" ".join(words[:-1]), words[-1])  # noqa: PLR2004


def search_words(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a search in their spellings: the joined word first, then its parts if it has several.

    A row matches if it has, of every word, the first spelling or all of the others.

    >>> search_words("Anna-Lena Müller")
    (('annalena', 'anna', 'lena'), ('muller',))
    """
    words = []
    for typed in text.translate(_SEPARATORS).split():
        joined, parts = normalize_name(typed), split_name(typed).split()
        if joined:
            words.append((joined, *parts) if len(parts) > 1 and joined.isalpha() else (joined,))
    return tuple(words)


def _fold(text: str, joiners: dict[int, str | None] | dict[int, str]) -> str:
    if text.isascii():  # the fast path: a snapshot has 100,000 names
        lower = text.lower()
        plain = lower if lower.replace(" ", "").isalpha() else lower.translate(joiners)
        return " ".join(_drop_second_vowels(plain).split())
    # An acute accent that stands alone decomposes into a space.
    folded = _without_accents(_INVISIBLE.sub("", text).replace("\u00b4", "'"))
    if folded.isascii():  # Jürgen, Ångström: nothing but accents above letters of the alphabet
        return " ".join(_drop_second_vowels(folded.translate(joiners)).split())
    folded = _without_accents(_INVISIBLE.sub("", text).translate(joiners))
    bare = "".join(map(_without_mark, folded)).translate(joiners)
    # Composed again, because Hangul decomposes into letters that no typed word starts with.
    letters = _INVISIBLE.sub("", unicodedata.normalize("NFC", bare)).translate(_LETTERS)
    return " ".join(_drop_second_vowels(letters).split())


def _without_accents(text: str) -> str:
    """Return a text decomposed, in lower case and without the accents of the Latin, Greek and Cyrillic alphabets."""
    # Case is folded between two decompositions: some letters are capitals only after the first one.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _ACCENTS.sub("", folded)


def _drop_second_vowels(text: str) -> str:
    if "ae" in text or "oe" in text or "ue" in text or "aa" in text:  # four times as fast as the search alone
        return _SECOND_VOWELS.sub("", text)
    return text


def _without_mark(character: str) -> str:
    return "" if unicodedata.combining(character) else ascii_digits(character)
