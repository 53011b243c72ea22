"""How long ago something was, in a word or two."""

from datetime import timedelta

from resources.translations.catalogue import Texts


def age_text(age: timedelta, texts: Texts) -> str:
    """Format an age in its largest unit: 12 s, 5 min, 3 h, 2 days."""
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= length:
            return texts(f"age.{unit}", n=seconds // length)
    return texts("age.seconds", n=seconds)
