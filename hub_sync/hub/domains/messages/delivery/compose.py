"""The parts of a message: its recipient, its way and its content.

Nothing is sent that could forge a header: line breaks and NUL in a subject, a name or an address are refused here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hub_sync.contract.enums import MessageChannel, MessagePurpose
from hub_sync.hub.domains.messages.errors import MessageHeaderInvalid, RecipientInvalid
from hub_sync.hub.kit.text_types import Email, clean_email, clean_phone

MAX_SUBJECT = 500
TICKET_IMAGE = "ticket-qr"
"""The Content-ID of the ticket's QR code."""
PROMOTION = "promotion_id"
"""The member of a reference's data that names an offer of the waitlist, which has to know whether its message arrives."""
REGISTRATION = "registration_id"
"""The member of a reference's data that names a registration by the page, whose link is a secret."""
_LEAST_DIGITS = 5
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message.

    Attributes:
        name: its file name.
        media_type: such as `application/pdf`.
        content: its bytes.
        content_id: under which the HTML shows it (`cid:…`), without `<` and `>`; None: it is a file beside the text.
    """

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """The content of a message as it goes out.

    Attributes:
        subject: of e-mail and push; other channels have none.
        text: the plain text, which every message has.
        html: the same as HTML, of e-mail.
        attachments: its files, of e-mail.
        headers: further headers of e-mail, by name.
        values: of a mail that has a web copy, the texts of the variables that its template names; None: it has no copy.
    """

    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ContentReference:
    """Content that is rendered when it is sent.

    Attributes:
        source: the name of the content source (`delivery.content`).
        data: what the source renders it of, as JSON has it; no secrets.
    """

    source: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message to one recipient.

    Attributes:
        tenant_id: the tenant that writes.
        channel: the way that it takes.
        recipient: the e-mail address, the phone number, or of KIOSK the id of a station.
        purpose: why it is written; people opt out of purposes.
        dedupe_key: the same key is enqueued once, such as `broadcast:ID:PARTICIPANT`.
        content: rendered, or what it is rendered of. What is rendered now is stored encrypted until it was sent.
        subject: for the list of messages, where the content is rendered later.
        locale: the recipient's language.
        time_zone: the recipient's IANA time zone, for quiet hours.
        event_id: the event that it is about, or None.
        participant_id: the participant who gets it, or None.
        broadcast_id: the broadcast that it is a part of, or None.
        automatic_rule_id: the rule that wrote it, or None.
        sender_id: the account that sends it; None: the channel's default one at that time.
        not_before: not sent before this time; None: at once.
        latest_at: not sent after this time without a person's word; None: at any time.
    """

    tenant_id: str
    channel: MessageChannel
    recipient: str
    purpose: MessagePurpose
    dedupe_key: str
    content: RenderedMessage | ContentReference
    subject: str = ""
    locale: str = "en"
    time_zone: str = "UTC"
    event_id: str | None = None
    participant_id: str | None = None
    broadcast_id: str | None = None
    automatic_rule_id: str | None = None
    sender_id: str | None = None
    not_before: datetime | None = None
    latest_at: datetime | None = None


def address_key(channel: MessageChannel, recipient: str) -> str:
    """Return a recipient as addresses are compared and written to: e-mail in lower case, a phone number as digits.

    >>> address_key(MessageChannel.EMAIL, " Ada@Example.ORG ")
    'ada@example.org'
    >>> address_key(MessageChannel.SMS, "+49 (30) 1234-567")
    '+49301234567'
    """
    if channel is MessageChannel.EMAIL:
        return clean_email(recipient).lower()
    if channel is MessageChannel.SMS:
        return "".join(character for character in clean_phone(recipient) if character in "+0123456789")
    return recipient.strip()


def check_recipient(channel: MessageChannel, recipient: str) -> str:
    """Return the recipient as `address_key` does.

    Raises:
        RecipientInvalid: nobody can be reached there (422).
    """
    check_header(recipient)
    address = address_key(channel, recipient)
    if channel is MessageChannel.EMAIL:
        try:
            return _EMAIL.validate_python(address)
        except ValidationError:
            raise RecipientInvalid(recipient=recipient) from None
    is_number = channel is not MessageChannel.SMS or len(address.strip("+")) >= _LEAST_DIGITS
    if not address or not is_number:
        raise RecipientInvalid(recipient=recipient)
    return address


def check_header(text: str) -> str:
    """Return a text that may stand in a header of a message.

    Raises:
        MessageHeaderInvalid: it has a line break or another control character (422).
    """
    if any(ord(character) < ord(" ") or character == "\x7f" for character in text):
        raise MessageHeaderInvalid
    return text
