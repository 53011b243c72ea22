"""The HTML of a mail: cleaned, wrapped in a layout whose styles are inlined, and read back as plain text."""

import re
from functools import cache
from html import escape
from html.parser import HTMLParser

import css_inline
import nh3

_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "center",
        "code",
        "div",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "hr",
        "i",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
_ATTRIBUTES = {
    "*": {"class", "dir", "lang", "style", "title", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "valign", "width"},
    "th": {"colspan", "rowspan", "scope", "valign", "width"},
    "table": {"border", "cellpadding", "cellspacing", "width", "role"},
}
_STYLES = frozenset(
    [
        "background-color",
        "border",
        "border-bottom",
        "border-collapse",
        "border-left",
        "border-radius",
        "border-right",
        "border-top",
        "color",
        "display",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "height",
        "letter-spacing",
        "line-height",
        "list-style-type",
        "margin",
        "margin-bottom",
        "margin-left",
        "margin-right",
        "margin-top",
        "max-width",
        "padding",
        "padding-bottom",
        "padding-left",
        "padding-right",
        "padding-top",
        "text-align",
        "text-decoration",
        "text-transform",
        "vertical-align",
        "white-space",
        "width",
    ]
)
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_BLOCKS = frozenset(
    ["blockquote", "center", "div", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "table", "tr", "ul"]
)
_PARAGRAPHS = frozenset(("blockquote", "h1", "h2", "h3", "h4", "ol", "p", "pre", "table", "ul"))
_HAS_BLOCKS = re.compile(r"<(?:br|center|div|h[1-4]|hr|ol|p|pre|table|ul)\b", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")

_TITLE, _MARK = "doorward-title", "doorward-content"
_CSS = """
body{margin:0;padding:0;background-color:#f3f4f6;color:#17202a;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5}
.frame{width:100%;background-color:#f3f4f6}
.page{width:100%;max-width:600px;background-color:#ffffff;border-radius:8px}
.content{padding:28px 28px 12px 28px}
.foot{padding:0 28px 24px 28px;color:#5b6673;font-size:13px}
"""
_CONTENT_CSS = """
h1,h2,h3,h4{line-height:1.25;margin:0 0 12px 0}
p{margin:0 0 16px 0}
img{max-width:100%}
a{color:#0b57d0}
a.button{display:inline-block;padding:12px 22px;border-radius:6px;background-color:#0b57d0;color:#ffffff;font-weight:bold;text-decoration:none}
"""
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


def has_blocks(source: str) -> bool:
    """Return True if a template is written in HTML, and not as plain paragraphs."""
    return _HAS_BLOCKS.search(source) is not None


def as_paragraphs(html: str) -> str:
    r"""Return escaped text as HTML: blank lines part paragraphs, other lines end with a break.

    >>> as_paragraphs("Dear Ada,\n\nsee you.\nBye")
    '<p>Dear Ada,</p>\n<p>see you.<br>Bye</p>'
    """
    paragraphs = (part.strip() for part in _BLANK_LINES.split(html.replace("\r\n", "\n")))
    return "\n".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs if part)


def clean(html: str) -> str:
    """Return HTML with the tags, attributes, styles and schemes of links that mails may have, and nothing else."""
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        filter_style_properties=set(_STYLES),
        url_relative="deny",
        link_rel="noopener noreferrer",
    )


def in_layout(content: str, foot: str, *, language: str, direction: str, title: str) -> str:
    """Return the page of a mail, its styles inlined: most programs that show mails drop style sheets.

    Args:
        content: clean HTML.
        foot: clean HTML below it; empty: none.
        language: code of the language.
        direction: `ltr` or `rtl`.
        title: the subject.
    """
    before, between, after = _frame(language, direction)
    foot_row = "" if not foot else f"{between}{_INLINER.inline_fragment(foot, _CONTENT_CSS)}"
    head = before.replace(_TITLE, escape(title), 1)
    return f"{head}{_INLINER.inline_fragment(content, _CONTENT_CSS)}{foot_row}{after}"


@cache
def _frame(language: str, direction: str) -> tuple[str, str, str]:
    """Return what stands before the content, between it and the foot, and after that, with inlined styles."""
    side = "right" if direction == "rtl" else "left"
    page = (
        f'<!DOCTYPE html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{_TITLE}</title>'
        f"<style>{_CSS}</style></head><body>"
        '<table role="presentation" class="frame" border="0" cellpadding="0" cellspacing="0"><tr><td align="center">'
        '<table role="presentation" class="page" border="0" cellpadding="0" cellspacing="0">'
        f'<tr><td class="content" dir="{direction}" align="{side}">{_MARK}</td></tr>'
        f'<tr><td class="foot" dir="{direction}" align="{side}">{_MARK}</td></tr></table>'
        "</td></tr></table></body></html>"
    )
    before, between, after = _INLINER.inline(page).split(_MARK)
    return before, between, after


def to_text(html: str) -> str:
    r"""Return HTML as plain text; addresses of links stand behind their words.

    Own code: html2text is under the GPL, and inscriptis brings lxml and requests.

    >>> to_text('<p>Dear <b>Ada</b>,</p><ul><li>one</li></ul><p><a href="https://x.example">Accept</a></p>')
    'Dear Ada,\n\n- one\n\nAccept: https://x.example'
    """
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _TextReader(HTMLParser):
    """Reads the words of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._links: list[tuple[str, int]] = []
        self._hidden = self._verbatim = 0

    def text(self) -> str:
        """Return the words, at most one empty line at a time."""
        lines = [" ".join(line.split(" ")).rstrip() for line in "".join(self._pieces).split("\n")]
        text = "\n".join(line.strip() if not line.startswith("- ") else line for line in lines)
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        attributes = dict(attrs)
        if tag in {"style", "script", "title", "head"}:
            self._hidden += 1
        elif tag == "br":
            self._pieces.append("\n")
        elif tag == "img":
            self._pieces.append(attributes.get("alt") or "")
        elif tag == "a":
            self._links.append((attributes.get("href") or "", len(self._pieces)))
        elif tag in _BLOCKS:
            self._begin_line(2 if tag in _PARAGRAPHS else 1)
            self._verbatim += tag == "pre"
            if tag == "li":
                self._pieces.append("- ")
        elif tag in {"td", "th"}:
            self._pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if tag in {"style", "script", "title", "head"}:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in _BLOCKS:
            self._verbatim = max(0, self._verbatim - (tag == "pre"))
            self._begin_line(2 if tag in _PARAGRAPHS else 1)

    def handle_data(self, data: str) -> None:
        """Take words."""
        if self._hidden:
            return
        words = data if self._verbatim else re.sub(r"\s+", " ", data)
        if not self._verbatim and "".join(self._pieces[-1:]).endswith(("\n", " ")):
            words = words.lstrip(" ")
        self._pieces.append(words)

    def _begin_line(self, breaks: int) -> None:
        tail = "".join(self._pieces[-3:]).rstrip(" ")
        present = len(tail) - len(tail.rstrip("\n"))
        if tail:
            self._pieces.append("\n" * max(0, breaks - present))

    def _end_link(self, address: str, start: int) -> None:
        words = "".join(self._pieces[start:]).strip()
        if address.startswith(("http://", "https://")) and address != words:
            self._pieces.append(f": {address}" if words else address)
