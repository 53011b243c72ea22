"""What is wrong with a page's HTML, as far as it can be told without a browser."""

import re
from html.parser import HTMLParser

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_EMPTY_SVG = frozenset(["path", "rect", "circle", "line", "polyline", "polygon", "use"])
_INTERACTIVE_INPUTS = ("hidden", "submit", "button")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[tuple[str, str, bool]] = []
        self.pointed_at: set[str] = set()
        self.tags: set[str] = set()
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        if len(at) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice: {attrs}")
        self.faults += [
            f"<{tag} {name}>" for name in at if name == "style" or re.fullmatch(r"on[a-z]+", name)
        ]
        if tag in ("script", "style") and not at.get("src"):
            self.faults.append(f"inline <{tag}>")
        if at.get("href", "").lower().startswith(("javascript:", "http:", "https:", "//")):
            self.faults.append(f"<{tag} href={at['href']}>")
        self.ids += [at["id"]] if "id" in at else []
        self.lang = at.get("lang", "") if tag == "html" else self.lang
        self.headings += [tag] if re.fullmatch("h[1-6]", tag) else []
        for pointer in ("aria-labelledby", "aria-describedby", "for", "list"):
            self.pointed_at |= set(at.get(pointer, "").split())
        if tag == "label" and "for" in at:
            self.labelled.add(at["for"])
        if tag in ("select", "textarea") or (tag == "input" and at.get("type") not in _INTERACTIVE_INPUTS):
            inside = "label" in self._open or "aria-label" in at or "hidden" in at or "aria-hidden" in at
            self.fields.append((tag, at.get("id", ""), inside))
        if tag == "img" and "alt" not in at:
            self.faults.append("<img> without alt")
        if tag == "form" and "form" in self._open:
            self.faults.append("a form in a form")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes <{self._open[-1] if self._open else ''}>")
            return
        self._open.pop()

    def finished(self) -> list[str]:
        """All faults."""
        faults = list(self.faults)
        faults += [f"<{tag}> is never closed" for tag in self._open]
        faults += [
            f"id {item} is there twice" for item in {item for item in self.ids if self.ids.count(item) > 1}
        ]
        faults += [f"nothing has the id {entry}" for entry in self.pointed_at - set(self.ids)]
        faults += [
            f"<{tag} id={id_}> has no label"
            for tag, id_, inside in self.fields
            if not inside and id_ not in self.labelled
        ]
        if self.headings.count("h1") != 1:
            faults.append(f"{self.headings.count('h1')} h1")
        if not self.lang:
            faults.append("no language")
        faults += [f"no <{tag}>" for tag in ("main", "title") if tag not in self.tags]
        return faults


def faults_of(html: str) -> list[str]:
    """What is wrong with a whole page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.finished()
