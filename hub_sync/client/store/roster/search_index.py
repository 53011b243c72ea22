"""The search index of names: its text and its queries.

SQLite's tokenizer treats a run of Chinese, Japanese or Korean characters as one word, so they are indexed one by one.
"""

import re

from hub_sync.rules.text_normalization import normalize_name, search_words, split_name

_WIDE = re.compile(
    "([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])"
)
MIN_LETTERS = 3


def index_text(first_name: str, last_name: str) -> str:
    """Return a person's text in the index: both names, and O'Brien as "obrien" and as "o brien"."""
    name = f"{first_name} {last_name}"
    text = normalize_name(name)
    if name.replace(" ", "").isalpha() and name.isascii():
        return text
    split = split_name(name)
    return _split_wide(text if split == text else f"{text} {split}")


def build_query(text: str, *, whole_words: bool = False) -> str | None:
    """Return the FTS5 query for a typed text, or None if the text is too short.

    It finds words that begin with the typed ones, or only the typed words themselves (`whole_words`). A wide character
    counts as two letters, so that a family name of two wide characters can be searched.
    """
    letters = sum(2 if _WIDE.match(character) else 1 for character in text if character.isalnum())
    if letters < MIN_LETTERS:
        return None
    words = []
    for joined, *parts in search_words(text):
        spellings = [_all_of(spelling, whole_words) for spelling in (joined, " ".join(parts))]
        words.append(" OR ".join(spelling for spelling in spellings if spelling))
    return " AND ".join(f"({word})" for word in words if word) or None


def _all_of(words: str, whole_words: bool) -> str:
    phrases = (_only_word_characters(word) for word in _split_wide(words).split())
    terms = [f'"{phrase}"' + ("" if whole_words else "*") for phrase in phrases if phrase]
    return f"({' AND '.join(terms)})" if terms else ""


def _split_wide(text: str) -> str:
    return text if text.isascii() else " ".join(_WIDE.sub(r" \1 ", text).split())


def _only_word_characters(word: str) -> str:
    return re.sub(r"[^\w]", " ", word).strip()
