"""The web copy of a mail: the page that its link "View this message in the browser" leads to. It equals the mail.

It is made of the frozen version of the template and the texts that were stored when the mail was sent (ADR 95).
"""

import hmac

from fastapi.responses import Response
from sqlalchemy import select

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.console import PageCall, PageRouter, _
from hub_sync.hub.console.i18n.translation import speaking
from hub_sync.hub.domains.messages.delivery.compose import TICKET_IMAGE, RenderedMessage
from hub_sync.hub.domains.messages.delivery.content import (
    ContentUnusable,
    DeliveryContent,
    SentContent,
)
from hub_sync.hub.domains.messages.message_templates import recipients
from hub_sync.hub.domains.messages.message_templates.content import (
    SOURCE,
    WEB_COPY,
    web_copy_token,
    with_images_inside,
)
from hub_sync.hub.domains.messages.message_templates.errors import WebCopyGone
from hub_sync.hub.domains.messages.message_templates.previews import content_source
from hub_sync.hub.domains.messages.pages.mail_views import alone
from hub_sync.hub.domains.messages.tables import MessageDelivery

router = PageRouter()


@router.get(WEB_COPY, public=True)
def show_web_copy(page: PageCall, tenant_id: str, delivery_id: str, token: str) -> Response:
    """Show a mail as it was sent. The link is a secret of its recipient, as the mail is.

    Raises:
        WebCopyGone: 404: the link is wrong, or the message can't be made any more.
    """
    with page.reading() as work:
        expected = web_copy_token(work, tenant_id, delivery_id)
        if not hmac.compare_digest(expected.encode(), token.encode()):
            raise WebCopyGone
        row = work.session.scalar(
            select(MessageDelivery).where(
                MessageDelivery.tenant_id == tenant_id, MessageDelivery.id == delivery_id
            )
        )
        if row is None or row.channel is not MessageChannel.EMAIL or row.content_source != SOURCE:
            raise WebCopyGone
        delivery = DeliveryContent(
            tenant_id=tenant_id,
            id=row.id,
            source=row.content_source,
            data=row.content,
            channel=row.channel,
            recipient=row.recipient,
            purpose=row.purpose,
            locale=row.locale,
            time_zone=row.time_zone,
            event_id=row.event_id,
            participant_id=row.participant_id,
            broadcast_id=row.broadcast_id,
            automatic_rule_id=row.automatic_rule_id,
            sent=SentContent(row.sent_values, row.sent_at or row.created_at),
        )
        try:
            message = content_source(page.hub).build(work, delivery)
        except ContentUnusable:
            raise WebCopyGone from None
    with speaking(recipients.speech_for(row.locale)):
        notes = _notes(message, has_texts=row.sent_values is not None)
    return alone(with_images_inside(message.html or "", message.attachments), notes)


def _notes(message: RenderedMessage, *, has_texts: bool) -> list[str]:
    """Return sentences about what the page does not show as it was sent."""
    notes = []
    if not has_texts:
        notes.append(
            _(
                "The texts of this message were not stored when it was sent: names and dates are those of today."
            )
        )
    has_code = any(each.content_id == TICKET_IMAGE for each in message.attachments)
    if f"cid:{TICKET_IMAGE}" in (message.html or "") and not has_code:
        notes.append(_("The ticket of this message does not count any more, and is not shown."))
    return notes
