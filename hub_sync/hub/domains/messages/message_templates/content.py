"""The content of messages that are made of templates: when they are sent, in previews and as web copies, by one function."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import select

from hub_sync.contract.enums import MessageChannel, MessagePurpose
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.translation import Speech, speaking
from hub_sync.hub.domains.messages.delivery.compose import (
    PROMOTION,
    REGISTRATION,
    TICKET_IMAGE,
    Attachment,
    RenderedMessage,
)
from hub_sync.hub.domains.messages.delivery.content import (
    ContentUnusable,
    DeliveryContent,
    SentContent,
)
from hub_sync.hub.domains.messages.images import images
from hub_sync.hub.domains.messages.message_templates import calendar_files, composition, recipients, versions
from hub_sync.hub.domains.messages.message_templates.composition import ComposedMessage, TemplateText
from hub_sync.hub.domains.messages.message_templates.errors import MessageValueMissing
from hub_sync.hub.domains.messages.message_templates.recipients import Occasion
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES, VariableKind
from hub_sync.hub.domains.messages.suppression import links
from hub_sync.hub.domains.messages.tables import BroadcastMessage, MessageTemplate
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.domains.registration import service as registration
from hub_sync.hub.domains.tickets import service as tickets
from hub_sync.hub.domains.tickets.mail_files import mailed_ticket
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.errors import OfferExpired
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.security.encryption import SecretBox

SOURCE = "template"
"""The name of this content source."""
WEB_COPY = "/m/{tenant_id}/{delivery_id}/{token}"
_CONTENT_IDS = re.compile(r'src="cid:([^"]{1,80})"')
_IMAGES = re.compile(r'<img\b(?:[^">]|"[^"]*")*?\ssrc="cid:([^"]*)"(?:[^">]|"[^"]*")*>')


@dataclass(frozen=True, slots=True)
class MessageParts:
    """The message of somebody with its files, before it is checked for missing values.

    Attributes:
        message: subject, text and page.
        attachments: files and images.
        values: of a mail, the texts of the variables that the template names; a link is named without its address.
    """

    message: ComposedMessage
    attachments: tuple[Attachment, ...]
    values: Mapping[str, str] | None = None


class AvailableValues:
    """Values that a message has only when it is sent, stood in for while an audience is counted."""

    def __init__(self, purpose: MessagePurpose) -> None:
        self._purpose = purpose

    def with_links(self, values: Mapping[str, str], person: Participant) -> dict[str, str]:
        """Return the values with those that this person will have."""
        later = {"web.link": "https://-"}
        if self._purpose is not MessagePurpose.TRANSACTIONAL:
            later["unsubscribe.link"] = "https://-"
        if tickets.find_refusal(person) is None:
            later |= {"ticket.qr": "-", "ticket.count": "1"}
        return {**later, **values}


class TemplateContent:
    """Builds the content of deliveries that name a version of a template (`delivery.content.ContentSource`)."""

    def __init__(self, secret_box: SecretBox, base: str) -> None:
        """Take the keys of tickets, and the address below which people reach the hub."""
        self._secret_box, self._base = secret_box, base

    def build(self, work: Work, delivery: DeliveryContent) -> RenderedMessage:
        """Return the content of a delivery.

        Raises:
            ContentUnusable: the person is not there any more, or has no value that the template needs.
        """
        try:
            return self._build(work, delivery)
        except HubError as error:
            raise ContentUnusable(error.message) from error

    def _build(self, work: Work, delivery: DeliveryContent) -> RenderedMessage:
        key = FeedKey(delivery.tenant_id, delivery.event_id or "")
        template = versions.get(work, delivery.tenant_id, delivery.data["template_id"])
        extra = dict(delivery.data.get("values", {}))
        extra |= {name: self._base + path for name, path in delivery.data.get("paths", {}).items()}
        path: str | None
        if REGISTRATION in delivery.data:
            person = registration.recipient_of(work, key, delivery.data[REGISTRATION])
            path = registration.page_path(work, key, delivery.data[REGISTRATION])
        else:
            person = participants.get(work, *key, delivery.participant_id or "")
            path = registration.find_page_path(work, key, person.id)
        if path is not None:
            extra["registration.link"] = self._base + path
        if "waitlist.link" in template.body:
            place = waitlist.find_page_path(work, key, person.id, also_over=delivery.sent is not None)
            extra["waitlist.link"] = "" if place is None else self._base + place
        if PROMOTION in delivery.data:
            extra |= self._offer(work, key, delivery)
        if delivery.channel is MessageChannel.EMAIL:
            extra["web.link"] = self._base + web_copy_path(work, delivery.tenant_id, delivery.id)
        if delivery.purpose is not MessagePurpose.TRANSACTIONAL:
            extra["unsubscribe.link"] = self._base + links.unsubscribe_path(work.derive_key, delivery)
        text = versions.text_of(template, _defaults_of(work, delivery))
        occasion = recipients.occasion_of(work, key)
        is_sample = bool(delivery.data.get("is_sample"))
        parts = self.make(
            work,
            template,
            text,
            occasion,
            person,
            delivery.locale,
            extra,
            is_sample=is_sample,
            sent=delivery.sent,
        )
        if parts.message.missing:
            raise MessageValueMissing(variable=parts.message.missing[0])
        return RenderedMessage(
            parts.message.subject,
            parts.message.text,
            parts.message.html,
            parts.attachments,
            values=parts.values,
        )

    def _offer(self, work: Work, key: FeedKey, delivery: DeliveryContent) -> Mapping[str, str]:
        """Return the values of an offer of the waitlist. Its link is a secret, so no row has it.

        Raises:
            OfferExpired: it can't be accepted any more, so nobody needs to hear of it (410).
            WaitlistEntryNotFound: 404.
        """
        promotion_id = delivery.data[PROMOTION]
        sendable = waitlist.find_sendable_offer(work, key, promotion_id)
        offer = waitlist.find_offer(work, key, promotion_id)
        is_copy = delivery.sent is not None
        if offer is None or (sendable is None and not is_copy):
            raise OfferExpired
        # Its time counts from the delivery, and so from now; that of a copy is as it was stored then.
        held_until = offer.hold_until if is_copy or sendable is None else sendable[1]
        with speaking(recipients.speech_for(delivery.locale)):
            until = formats.moment(held_until, delivery.time_zone)
        return {
            "offer.link": self._base + waitlist.offer_path(work, key, promotion_id),
            "offer.until": f"{until} ({delivery.time_zone})",
            "offer.seats": str(offer.seats),
        }

    def make(
        self,
        work: Work,
        template: MessageTemplate,
        text: TemplateText,
        occasion: Occasion,
        person: Participant,
        language: str,
        extra: Mapping[str, str],
        *,
        is_sample: bool = False,
        sent: SentContent | None = None,
    ) -> MessageParts:
        """Return the message of somebody, with its files.

        Args:
            work: a reading one is enough.
            template: the version.
            text: what is rendered: that of the version, or that of an editor's form.
            occasion: the event.
            person: the recipient.
            language: code of the language.
            extra: values of the occasion, such as links.
            is_sample: True: the code of the ticket opens no gate, for previews and test runs.
            sent: of a message that was sent: its texts are those of then.

        Raises:
            HubError: 422, the template or a value can't be used; 404, 409, there is no ticket.
        """
        speech = recipients.speech_for(language)
        values = {**recipients.values_of(occasion, person, speech), **extra}
        has_ticket = tickets.find_refusal(person) is None and not _is_replaced(person, sent)
        if (has_ticket or sent is not None) and text.channel is MessageChannel.EMAIL:
            values["ticket.qr"] = person.registration_code
        others = _with_tickets(work, person) if has_ticket and _brings_ticket(template, text) else ()
        if has_ticket and text.channel is MessageChannel.EMAIL:
            values["ticket.count"] = str(1 + len(others))
        if sent is not None and sent.values is not None:
            values = _as_sent(text, values, sent.values)
        message = composition.compose(text, values, speech)
        if text.channel is not MessageChannel.EMAIL:
            return MessageParts(message, ())
        secret_box = None if is_sample else self._secret_box
        files = (
            self._ticket(work, template, message, person, others, speech, secret_box)
            if has_ticket or not sent
            else ()
        )
        return MessageParts(
            message,
            (
                *files,
                *_calendar(template, occasion),
                *images.attachments(work, template.tenant_id, _CONTENT_IDS.findall(message.html or "")),
            ),
            _texts_of(text, values),
        )

    def _ticket(
        self,
        work: Work,
        template: MessageTemplate,
        message: ComposedMessage,
        person: Participant,
        others: Sequence[Participant],
        speech: Speech,
        secret_box: SecretBox | None,
    ) -> Sequence[Attachment]:
        if not (template.has_ticket or message.has_ticket_image):
            return ()
        ticket = mailed_ticket(
            work,
            secret_box,
            person,
            speech,
            with_pdf=template.has_ticket or bool(others),
            with_image=message.has_ticket_image,
            others=others,
        )
        files = []
        if ticket.pdf is not None:
            files.append(Attachment(ticket.name, "application/pdf", ticket.pdf))
        if ticket.image is not None:
            files.append(Attachment("ticket.png", "image/png", ticket.image, TICKET_IMAGE))
        return files


def _brings_ticket(template: MessageTemplate, text: TemplateText) -> bool:
    """Return True if a mail has the ticket, or may have: its text, which an editor may have changed, can show the code."""
    return text.channel is MessageChannel.EMAIL and (template.has_ticket or "ticket.qr" in text.body)


def _with_tickets(work: Work, person: Participant) -> Sequence[Participant]:
    """Return those whose tickets stand beside somebody's own: the others of their party who have one."""
    party = registration.party_of(work, FeedKey(person.tenant_id, person.event_id), person)
    return [each for each in party if each.id != person.id and tickets.find_refusal(each) is None]


def web_copy_path(work: Work, tenant_id: str, delivery_id: str) -> str:
    """Return the path of the web copy of a message: whoever has it reads the message."""
    token = web_copy_token(work, tenant_id, delivery_id)
    return WEB_COPY.format(tenant_id=quote(tenant_id), delivery_id=delivery_id, token=token)


def web_copy_token(work: Work, tenant_id: str, delivery_id: str) -> str:
    """Return the token of the web copy of a message."""
    key = work.derive_key("messages:web-copy")
    digest = hmac.new(key, f"{tenant_id}:{delivery_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()


def with_images_inside(html: str, attachments: Sequence[Attachment]) -> str:
    """Return the page of a mail for a browser: images that are attached stand in it as data, others are left out."""
    images = {
        each.content_id: f"data:{each.media_type};base64,{base64.b64encode(each.content).decode()}"
        for each in attachments
        if each.content_id
    }
    html = _IMAGES.sub(lambda match: match[0] if match[1] in images else "", html)
    return _CONTENT_IDS.sub(lambda match: f'src="{images.get(match[1], "")}"', html)


def _defaults_of(work: Work, delivery: DeliveryContent) -> Mapping[str, Any]:
    if delivery.broadcast_id is None:
        return {}
    query = select(BroadcastMessage.defaults).where(
        BroadcastMessage.tenant_id == delivery.tenant_id, BroadcastMessage.id == delivery.broadcast_id
    )
    return work.session.scalar(query) or {}


def _texts_of(text: TemplateText, values: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the variables that a template names. Links are secrets of their recipients, and made anew."""
    filled = composition.filled(text, values)
    return {
        name: "" if VARIABLES[name].kind is VariableKind.LINK else filled[name]
        for name in sorted(composition.names_of(text))
        if name in filled
    }


def _as_sent(text: TemplateText, values: Mapping[str, str], sent: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a copy: the texts that were sent, and links that lead where those of the mail led."""
    links = {
        name: value
        for name, value in composition.filled(text, values).items()
        if VARIABLES[name].kind is VariableKind.LINK and (name in sent or name in composition.OF_FOOT)
    }
    return {**sent, **links}


def _is_replaced(person: Participant, sent: SentContent | None) -> bool:
    """Return True if the ticket of a message was replaced since: its copy shows nobody the new one."""
    replaced_at = person.tickets_valid_from
    return sent is not None and sent.at is not None and replaced_at is not None and sent.at < replaced_at


def _calendar(template: MessageTemplate, occasion: Occasion) -> Sequence[Attachment]:
    if not template.has_calendar:
        return ()
    return (Attachment("event.ics", calendar_files.MEDIA_TYPE, calendar_files.calendar_file(occasion)),)
