"""Build e-mails: headers and parts, as bytes that go out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage


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


def build_mail(envelope: Envelope, content: RenderedMessage) -> bytes:
    """Return an e-mail as bytes. The headers of the envelope are ASCII without line breaks.

    Raises:
        ValueError: an address can't be written in a header.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(envelope.from_name, addr_spec=envelope.from_address)
    mail["To"] = Address(addr_spec=envelope.recipient)
    if envelope.reply_to:
        mail["Reply-To"] = Address(addr_spec=envelope.reply_to)
    mail["Subject"] = content.subject
    mail["Date"] = format_datetime(envelope.date)
    mail["Message-ID"] = envelope.message_id
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
    # Written as they are: `email` folds a long link into encoded words, which no mail program follows.
    links = "".join(f"{name}: {value}\r\n" for name, value in envelope.headers.items())
    return links.encode("ascii") + mail.as_bytes()
