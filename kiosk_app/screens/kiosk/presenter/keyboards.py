"""The keys of the on-screen keyboard, as people of a language know them."""

_DIGITS = "1234567890"
_LATIN = {
    "en": ("qwertyuiop", "asdfghjkl'", "zxcvbnm-"),
    "de": ("qwertzuiopü", "asdfghjklöä", "yxcvbnmß-"),
}
_ARABIC = ("ضصثقفغعهخحجد", "شسيبلاتنمكطذ", "ئءؤرىةوزظأإآ")


def has_other_alphabet(language: str) -> bool:
    """Return True if names of a language are written in another alphabet than codes."""
    return language == "ar"


def name_keys(language: str, *, other: bool = False) -> tuple[str, ...]:
    """Return the rows of a keyboard for names; `other`: in the other alphabet."""
    if has_other_alphabet(language) and not other:
        return _ARABIC
    return _LATIN.get(language, _LATIN["en"])


def code_keys(language: str, *, other: bool = False) -> tuple[str, ...]:
    """Return the rows of a keyboard for codes: digits and capital letters first, whatever the language."""
    if has_other_alphabet(language) and other:
        return (_DIGITS, *_ARABIC)
    rows = _LATIN.get(language, _LATIN["en"])
    return (_DIGITS, *(row.upper().replace("'", "").replace("SS", "ß") for row in rows))


def text_keys(language: str, *, other: bool = False) -> tuple[str, ...]:
    """Return the rows of a keyboard for a sentence."""
    return (_DIGITS + ".,:", *name_keys(language, other=other))


PIN_KEYS = ("123", "456", "789", "0")
