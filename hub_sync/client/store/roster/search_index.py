"""The search index of names: its text and its queries.

SQLite's tokenizer treats a run of Chinese, Japanese or Korean characters as one word, so they are indexed one by one.
"""

import re

from hub_sync.rules.text_normalization import normalize_name

_WIDE = re.compile(
    "([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])"
)
_JOINED = re.compile(r"(?<=\w)['\u2018\u2019\u02bc`.-](?=\w)")
MIN_LETTERS = 3


def index_text(first_name: str, last_name: str) -> str:
    """Return a person's text in the index: both names, and O'Brien as obrien too."""
    text = normalize_name(f"{first_name} {last_name}")
    if not text.isascii():
        text = " ".join(_WIDE.sub(r" \1 ", text).split())
    joined = _JOINED.sub("", text)
    return text if joined == text else f"{text} {joined}"


def build_query(text: str) -> str | None:
    """Return the FTS5 prefix query for a typed text, or None if the text is too short.

    A wide character counts as two letters, so that a family name of two wide characters can be searched.
    """
    words = [_only_word_characters(word) for word in _WIDE.sub(r" \1 ", normalize_name(text)).split()]
    letters = sum(
        2 if _WIDE.match(character) else 1 for word in words for character in word if character.isalnum()
    )
    if letters < MIN_LETTERS:
        return None
    return " ".join(f'"{word}"*' for word in words if word.strip())


def _only_word_characters(word: str) -> str:
    return re.sub(r"[^\w'\u2019.-]", " ", word).replace('"', " ")
