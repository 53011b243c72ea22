"""Isolation of names in sentences, where no markup can stand (`<title>`, flash messages, attributes).

In markup, `ui.name` writes `<bdi>`. In plain text the characters FSI and PDI (Unicode bidirectional algorithm, UAX 9) do
the same. They are left out where the text runs as the page does, since they would change nothing.
"""

import unicodedata

from hub_sync.hub.console.i18n.translation import spoken

FSI, PDI = "\u2068", "\u2069"
_DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def isolated(text: str) -> str:
    """Return a name so that it neither reorders the sentence around it nor is reordered by it.

    >>> isolated("Grace"), isolated("\u0644\u064a\u0644\u0649") == "\u2068\u0644\u064a\u0644\u0649\u2069"
    ('Grace', True)
    """
    directions = {_DIRECTIONS.get(unicodedata.bidirectional(character)) for character in text} - {None}
    return text if directions <= {spoken().direction} else f"{FSI}{text}{PDI}"
