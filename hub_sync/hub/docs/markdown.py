"""The little Markdown that descriptions hold, as HTML: paragraphs, `code` and **strong**."""

import re

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")


def render_paragraphs(text: str) -> Markup:
    r"""Return the text as paragraphs of HTML.

    >>> str(prose("Asks for `If-Match` <b>\n\n**Twice**"))
    '<p>Asks for <code>If-Match</code> &lt;b&gt;</p><p><strong>Twice</strong></p>'
    """
    paragraphs = [render_line(part.strip()) for part in text.split("\n\n") if part.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(paragraph) for paragraph in paragraphs)


def render_line(text: str) -> Markup:
    """Return one line as HTML."""
    safe = str(escape(text))
    safe = _CODE.sub(r"<code>\1</code>", safe)
    return Markup(_STRONG.sub(r"<strong>\1</strong>", safe))  # noqa: S704 - escaped above
