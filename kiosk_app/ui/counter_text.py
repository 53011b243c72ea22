"""How a counter is named: "Counter 3", and "Information" where its name is a word already."""

from resources.translations.catalogue import Texts

_LONGEST_NUMBER = 3


def counter_text(name: str, texts: Texts) -> str:
    """Return the words for a counter."""
    is_number = len(name) <= _LONGEST_NUMBER or name[:1].isdecimal()
    return texts("desk.counter", name=name) if is_number else name
