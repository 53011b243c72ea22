"""The neighbours of a part of a list, as a Link header (RFC 8288)."""

from urllib.parse import urlencode

from hub_sync.hub.kit.lists.list_query import ListQuery


def link_header(query: ListQuery, next_cursor: str | None, page: int | None, pages: int | None) -> str:
    """The header's value; empty: it has no neighbours."""
    kept = [(name, value) for name, value in query.parameters if name not in ("cursor", "page")]
    if page is None:
        return _link(query.path, kept, "cursor", next_cursor, "next") if next_cursor else ""
    last = pages or 1
    neighbours = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    return ", ".join(
        _link(query.path, kept, "page", str(number), rel)
        for rel, number in neighbours.items()
        if 1 <= number <= last
    )


def _link(path: str, kept: list[tuple[str, str]], name: str, value: str, rel: str) -> str:
    return f'<{path}?{urlencode([*kept, (name, value)])}>; rel="{rel}"'
