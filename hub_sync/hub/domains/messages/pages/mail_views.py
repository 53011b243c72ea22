"""Mails as documents of their own: in the frame of a preview, and as web copies. They run no script and load nothing."""

import re
from collections.abc import Sequence
from html import escape

from fastapi.responses import Response

from hub_sync.hub.console.i18n.translation import _
from hub_sync.hub.domains.messages.message_templates.content import MessageParts, with_images_inside
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES

_BODY = re.compile(r"<body[^>]*>")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
)
_FRAMED = f"{_POLICY}frame-ancestors 'self'; sandbox"
_ALONE = f"{_POLICY}frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
_BAR = "margin:0;padding:10px 14px;background:#ffffff;color:#17202a;border-bottom:1px solid #d5dae1;font:14px/1.5 system-ui,sans-serif"
_HEADING = (
    "margin:0;padding:10px 14px 0;background:#ffffff;color:#5b6673;font:bold 13px/1.5 system-ui,sans-serif"
)
_WARNING = f"{_BAR};background:#fff4d6"


def preview_document(parts: MessageParts, language: str, direction: str) -> Response:
    """Return the preview of a message: subject, what is missing, the message, its text part and its files."""
    message = parts.message
    above = [
        _heading(),
        f'<p dir="auto" style="{_BAR}"><b>{escape(_("Subject"))}:</b> {escape(message.subject)}</p>',
    ]
    if message.missing:
        names = ", ".join(_(VARIABLES[name].label) for name in message.missing)
        words = escape(
            _("Empty for this person, without a default: %(names)s. The message would not be sent.")
        )
        above.append(f'<p role="alert" style="{_WARNING}">{words % {"names": escape(names)}}</p>')
    files = [each.name for each in parts.attachments if each.content_id is None]
    if files:
        above.append(f'<p style="{_BAR}"><b>{escape(_("Files"))}:</b> {escape(", ".join(files))}</p>')
    head = "".join(above)
    text = f'<pre dir="auto" style="{_BAR};white-space:pre-wrap">{escape(message.text)}</pre>'
    if message.html is None:
        return framed(document(head + text, language, direction))
    html = with_images_inside(message.html, parts.attachments)
    title = escape(_("The same as plain text"))
    below = f'<details style="{_BAR}"><summary>{title}</summary>{text}</details>'
    html = _BODY.sub(lambda match: match[0] + head, html, count=1)
    return framed(html.replace("</body>", f"{below}</body>", 1))


def problem_document(sentence: str) -> Response:
    """Return a sentence in place of a preview, as plain text."""
    answer = framed(sentence)
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    return answer


def _heading() -> str:
    return f'<h1 style="{_HEADING}">{escape(_("Preview"))}</h1>'


def document(body: str, language: str, direction: str) -> str:
    """Return a small document."""
    return (
        f'<!DOCTYPE html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(_("Preview"))}</title></head>'
        f'<body style="margin:0;background:#ffffff">{body}</body></html>'
    )


def framed(html: str) -> Response:
    """Return a document for a frame of the console."""
    return _answer(html, _FRAMED, "SAMEORIGIN")


def alone(html: str, notes: Sequence[str] = ()) -> Response:
    """Return a document that stands alone, below sentences that are no part of it."""
    above = "".join(f'<p role="note" style="{_WARNING}">{escape(note)}</p>' for note in notes)
    answer = _answer(_BODY.sub(lambda match: match[0] + above, html, count=1), _ALONE, "DENY")
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def _answer(html: str, policy: str, frame_options: str) -> Response:
    return Response(
        html,
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": policy,
            "X-Frame-Options": frame_options,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        },
    )
