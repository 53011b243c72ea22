"""Build e-mails: headers and parts, as bytes that go out.

Python's `email` takes 3 ms for a mail of two parts, and nearly all of that to parse and fold headers that are the same in
thousands of mails, and to find a boundary. So those headers are parsed and folded once, with a boundary that is replaced in
the bytes that go out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from functools import lru_cache
from secrets import token_hex
from typing import Any

from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage
from hub_sync.hub.domains.messages.delivery.mail_domains import ascii_domain


@dataclass(frozen=True, slots=True)
class Envelope:
    """The headers of an e-mail that do not come from its content."""

    from_address: str
    from_name: str
    reply_to: str
    recipient: str
    message_id: str
    date: datetime
    headers: Mapping[str, str]


class _MailPolicy(EmailPolicy):
    """The library's policy for SMTP, which parses and folds a header once."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Return a header as it is stored in a mail."""
        is_parsed = hasattr(value, "name") or not isinstance(value, str)
        return super().header_store_parse(name, value) if is_parsed else _parsed(name, value)

    def header_max_count(self, name: str) -> int | None:
        """Return how many headers of this name a mail may have: the library makes a class each time to tell."""
        return _max_count(name.lower())

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header as its lines."""
        return _folded(name, value)


_POLICY = _MailPolicy(linesep=SMTP.linesep, cte_type="7bit")
"""Texts are encoded: not every server takes eight bits, and one that does wants to hear of it (RFC 6152)."""
_CACHED = 512
"""Headers that are remembered: a dozen of each kind of mail, among those that only one mail has."""


@lru_cache(_CACHED)
def _parsed(name: str, value: str) -> tuple[str, Any]:
    return SMTP.header_store_parse(name, value)


@lru_cache(_CACHED)
def _max_count(name: str) -> int | None:
    return SMTP.header_max_count(name)


@lru_cache(_CACHED)
def _folded(name: str, value: Any) -> bytes:
    return SMTP.fold_binary(name, value)


@lru_cache(_CACHED)
def _address(header: str, display_name: str, address: str) -> Any:
    """Return a header with one address."""
    return SMTP.header_factory(header, Address(display_name, addr_spec=ascii_domain(address)))


def build_mail(envelope: Envelope, content: RenderedMessage) -> bytes:
    """Return an e-mail as bytes. The headers of the envelope are ASCII without line breaks.

    Raises:
        ValueError: an address can't be written in a header.
    """
    mail = EmailMessage(policy=_POLICY)
    # Written as they are. `email` needs 0.2 ms for what only this mail has, and folds a long link into encoded words, which no
    # mail program follows.
    own = {"Date": format_datetime(envelope.date), "Message-ID": envelope.message_id, **envelope.headers}
    mail["From"] = _address("From", envelope.from_name, envelope.from_address)
    if _PLAIN_ADDRESS.fullmatch(envelope.recipient):
        own["To"] = envelope.recipient
    else:
        mail["To"] = _address("To", "", envelope.recipient)
    if envelope.reply_to:
        mail["Reply-To"] = _address("Reply-To", "", envelope.reply_to)
    mail["Subject"] = content.subject
    for name, value in content.headers.items():
        mail[name] = value
    mail.set_content(content.text)
    if content.html is not None:
        mail.add_alternative(content.html, subtype="html")
        html = mail.get_payload()[1]  # type: ignore[index]
        for attachment in content.attachments:
            if attachment.content_id is not None:
                main, _, sub = attachment.media_type.partition("/")
                html.add_related(  # type: ignore[union-attr]
                    attachment.content,
                    main,
                    sub,
                    cid=f"<{attachment.content_id}>",
                    filename=attachment.name,
                    disposition="inline",
                )
    for attachment in content.attachments:
        if attachment.content_id is None or content.html is None:
            main, _, sub = attachment.media_type.partition("/")
            if main == "text":
                mail.add_attachment(attachment.content.decode(), subtype=sub, filename=attachment.name)
            else:
                mail.add_attachment(attachment.content, main, sub, filename=attachment.name)
    _set_boundaries(mail)
    lines = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    return lines.encode("ascii") + mail.as_bytes().replace(_PLACEHOLDER.encode(), token_hex(16).encode())


_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN_ADDRESS = re.compile(rf"(?=.{{1,254}}\Z){_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""An address that stands in a header as it is: a dot-atom and a domain (RFC 5322, 3.4.1)."""
_PLACEHOLDER = token_hex(16)
"""Stands in boundaries until a mail is written: a header with it is parsed and folded once. It goes out in no mail."""


def _set_boundaries(mail: EmailMessage) -> None:
    """Give each part with parts a boundary that nobody can know before; the library would look for its own in the whole text."""
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"{_PLACEHOLDER}.{number}")
