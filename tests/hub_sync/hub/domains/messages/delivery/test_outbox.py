"""What is put into the outbox is there once, can forge no header, and one bad address keeps nobody from theirs."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from hub_sync.contract.enums import MessageChannel, MessagePurpose, MessageStatus
from hub_sync.hub.domains.messages import service as messages
from hub_sync.hub.domains.messages.delivery.content import STORED, DeliveryContent, StoredContent
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.errors import MessageHeaderInvalid, RecipientInvalid
from hub_sync.hub.domains.messages.service import Attachment, OutgoingMessage, RenderedMessage
from hub_sync.hub.domains.messages.tables import MessageDelivery
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

TICKET = RenderedMessage(
    "Your ticket",
    "Here it is.",
    "<p>Here it is.</p>",
    (Attachment("ticket.pdf", "application/pdf", b"%PDF", "ticket"),),
    {"X-Entity": "1"},
)


def outgoing(seeded: Seeded, recipient: str = "ada@example.org", key: str = "ada") -> OutgoingMessage:
    return OutgoingMessage(
        tenant_id=seeded.tenant_id,
        channel=MessageChannel.EMAIL,
        recipient=recipient,
        purpose=MessagePurpose.TRANSACTIONAL,
        dedupe_key=key,
        content=TICKET,
    )


def rows(hub: HubContext) -> list[MessageDelivery]:
    with hub.uow.read() as work:
        found = list(work.session.scalars(select(MessageDelivery).order_by(MessageDelivery.dedupe_key)))
        work.session.expunge_all()
    return found


def test_the_same_key_twice_is_one_delivery_with_its_content_sealed(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        first = messages.enqueue(work, outgoing(seeded, "Ada@Example.org"))
    with hub.uow.begin() as work:
        assert messages.enqueue(work, outgoing(seeded)) == first
    (row,) = rows(hub)
    assert (row.recipient, row.status, row.subject) == (
        "ada@example.org",
        MessageStatus.QUEUED,
        "Your ticket",
    )
    assert row.message_id.startswith(f"<{first}@")
    assert "Here it is" not in str(row.content)
    content = DeliveryContent(
        row.tenant_id,
        row.id,
        STORED,
        row.content,
        row.channel,
        row.recipient,
        row.purpose,
        "en",
        "UTC",
        *(None,) * 4,
    )
    with hub.uow.begin() as work:
        assert StoredContent().build(work, content) == TICKET


def test_one_bad_address_among_many_stops_nobody(hub: HubContext, seeded: Seeded) -> None:
    addresses = [
        "ada@example.org",
        "not an address",
        "evil@example.org\r\nBcc: all@example.org",
        "bo@example.org",
    ]
    with hub.uow.begin() as work:
        new = [outgoing(seeded, address, str(number)) for number, address in enumerate(addresses)]
        assert messages.enqueue_many(work, new) == len(addresses)
    statuses = [(row.status, row.error_code) for row in rows(hub)]
    fine = (MessageStatus.QUEUED, None)
    bad = (MessageStatus.FAILED, DeliveryFailure.RECIPIENT_INVALID)
    assert statuses == [fine, bad, bad, fine]


@pytest.mark.parametrize("forged", ["a\r\nBcc: x@example.org", "a\nb", "a\0b"])
def test_line_breaks_and_nul_are_refused_before_a_message_exists(
    hub: HubContext, seeded: Seeded, forged: str
) -> None:
    message = outgoing(seeded)
    for bad in (
        replace(message, recipient=f"ada@example.org{forged}"),
        replace(message, content=replace(TICKET, subject=forged)),
        replace(message, content=replace(TICKET, headers={"X-Entity": forged})),
    ):
        with pytest.raises(MessageHeaderInvalid), hub.uow.begin() as work:
            messages.enqueue(work, bad)
    with pytest.raises(RecipientInvalid), hub.uow.begin() as work:
        messages.enqueue(work, replace(message, recipient="nobody"))
    assert rows(hub) == []
