"""The words about a queue that gives no numbers now."""

from datetime import datetime

from resources.translations.catalogue import Texts


def closed_text(opens_at: datetime | None, words: Texts) -> str:
    """Return that a queue is closed, and until when if that is known; `opens_at` in the zone to show."""
    if opens_at is None:
        return words("queue.closed")
    return words("queue.closed_until", clock=words.clock(opens_at))
