"""Links of pages below the path of the public URL.

Templates write addresses from the hub's root (`href="/events"`). Where the public URL has a path, it is added to all of
them in one place, when a page is rendered; no template needs to know of it.
"""

import re

from hub_sync.hub.kit.http.urls import add_prefix

_LINKS = re.compile(r'(?<=\s)(href|src|action|formaction|data-stream)="(/[^"]*)"')
"""Attributes in a rendered page. Text of people can't look like one: its quotation marks are escaped."""


def prefix_links(html: str, prefix: str) -> str:
    """Return a page whose links begin with the prefix.

    >>> prefix_links('<a class="x" href="/events">, <a href="#top">, <a href="https://doorward.example/">', "/door")
    '<a class="x" href="/door/events">, <a href="#top">, <a href="https://doorward.example/">'
    """
    if not prefix:
        return html
    return _LINKS.sub(lambda match: f'{match[1]}="{add_prefix(match[2], prefix)}"', html)
