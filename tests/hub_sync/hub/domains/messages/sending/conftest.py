"""A hub with an event and an e-mail account at a mail server of its own process."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.enums import MessageChannel, MessagePurpose, MessageStatus
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages import service as messages
from hub_sync.hub.domains.messages.jobs import message_engine
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.senders import accounts
from hub_sync.hub.domains.messages.senders.schemas import NewSender, SenderChanges
from hub_sync.hub.domains.messages.service import OutgoingMessage, RenderedMessage
from hub_sync.hub.domains.messages.tables import ConnectionSecurity, MessageDelivery, MessageSender
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.support.smtp_sink import RunningSink

TEXT = RenderedMessage("Hello", "Good morning.", "<p>Good morning.</p>")


@dataclass
class Outbox:
    """The outbox of a hub, with what tests do to it."""

    hub: HubContext
    tenant_id: str

    def add_account(self, sink: RunningSink, **values: Any) -> str:
        """Create an account at a mail server."""
        new = {
            "name": "Main",
            "host": "127.0.0.1",
            "port": sink.port,
            "security": ConnectionSecurity.NONE,
            "from_address": "tickets@fair.example",
            "from_name": "The Fair",
            **values,
        }
        with self.hub.uow.begin() as work:
            return accounts.create(work, self.tenant_id, NewSender(**new)).id

    def change_account(self, sender_id: str, **values: Any) -> None:
        with self.hub.uow.begin() as work:
            accounts.update_sender(work, self.tenant_id, sender_id, SenderChanges(**values))

    def account(self, sender_id: str) -> MessageSender:
        with self.hub.uow.begin() as work:
            row = accounts.get(work, self.tenant_id, sender_id)
            work.session.expunge(row)
            return row

    def accounts(self) -> list[str]:
        """Return the ids of the accounts."""
        with self.hub.uow.read() as work:
            return list(
                work.session.scalars(
                    accounts.senders_of(work, self.tenant_id).with_only_columns(MessageSender.id)
                )
            )

    def send(
        self, *recipients: str, purpose: MessagePurpose = MessagePurpose.EVENT_NEWS, **values: Any
    ) -> None:
        """Put a message to each recipient into the outbox."""
        with self.hub.uow.begin() as work:
            messages.enqueue_many(
                work,
                [
                    OutgoingMessage(
                        tenant_id=self.tenant_id,
                        channel=MessageChannel.EMAIL,
                        recipient=recipient,
                        purpose=purpose,
                        dedupe_key=recipient,
                        content=TEXT,
                        **values,
                    )
                    for recipient in recipients
                ],
            )

    def run(self) -> None:
        """Send what is due."""
        message_engine(self.hub).run_until_idle()

    def rows(self) -> dict[str, MessageDelivery]:
        """Return the deliveries by recipient."""
        with self.hub.uow.read() as work:
            rows = {row.recipient: row for row in work.session.scalars(select(MessageDelivery))}
            work.session.expunge_all()
        return rows

    def statuses(self) -> dict[str, MessageStatus]:
        """Return the statuses by the local part of the recipient."""
        return {recipient.partition("@")[0]: row.status for recipient, row in self.rows().items()}


@pytest.fixture
def outbox(hub: HubContext, seeded: Seeded) -> Outbox:
    """Switch messages on."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_COMMUNICATION_HUB, enabled=True)
    return Outbox(hub, seeded.tenant_id)


@pytest.fixture
def sink(shared_sink: RunningSink) -> RunningSink:
    """Return a mail server that has had no message yet."""
    shared_sink.reset()
    return shared_sink
