"""Templates, broadcasts and people of the seeded event."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.bulk.service import Selection
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.broadcasts import audience, broadcasts
from hub_sync.hub.domains.messages.broadcasts.schemas import BroadcastStart, NewBroadcast
from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage
from hub_sync.hub.domains.messages.delivery.content import DeliveryContent
from hub_sync.hub.domains.messages.jobs.broadcast_job import BroadcastJob
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.message_templates import versions
from hub_sync.hub.domains.messages.message_templates.previews import content_source
from hub_sync.hub.domains.messages.message_templates.schemas import NewMessageTemplate
from hub_sync.hub.domains.messages.tables import BroadcastMessage, MessageDelivery
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

ACTOR = "user:ada@example.org"


@dataclass
class MessageHub:
    """Writes templates and broadcasts, registers people, and reads what is in the outbox."""

    hub: HubContext
    key: FeedKey
    job: BroadcastJob = field(init=False)

    def __post_init__(self) -> None:
        self.job = BroadcastJob(self.hub)

    def register(self, *names: str, **more: Any) -> list[str]:
        """Register approved participants with an address each; return their ids."""
        ids = []
        with self.hub.uow.begin() as work:
            for name in names:
                first, _, last = name.partition(" ")
                values = {
                    "first_name": first,
                    "last_name": last,
                    "email": f"{(first or last).lower()}@example.org",
                    "status": "APPROVED",
                    **more,
                }
                new = participants.NewParticipant.model_validate(values)
                ids.append(participants.create(work, *self.key, new).id)
        return ids

    def template(
        self, body: str = "Hello {{ participant.first_name }}", *, publish: bool = True, **more: Any
    ) -> str:
        """Create a template, published; return its id."""
        new = NewMessageTemplate.model_validate({"name": "News", "subject": "News", "body": body, **more})
        with self.hub.uow.begin(ACTOR) as work:
            template = versions.create(work, self.key.tenant_id, new)
            if publish:
                versions.publish(work, self.key.tenant_id, template.id)
            return template.id

    def broadcast(self, audience_: Selection | None = None, **more: Any) -> str:
        """Create a broadcast of the template "News" and freeze its audience; return its id."""
        selection = audience_ or Selection(all=True)
        values = {"title": "News", "template_name": "News", "audience": selection, **more}
        with self.hub.uow.begin(ACTOR) as work:
            id_ = broadcasts.create(work, self.key, NewBroadcast.model_validate(values)).id
        audience.freeze(self.hub.uow, self.key, id_, ACTOR)
        return id_

    def get(self, broadcast_id: str) -> BroadcastMessage:
        """Return a broadcast."""
        with self.hub.uow.read() as work:
            broadcast = broadcasts.get(work, self.key, broadcast_id)
            work.session.expunge(broadcast)
            return broadcast

    def statuses(self, broadcast_id: str) -> dict[MessageStatus, int]:
        """Return how many messages of a broadcast stand where."""
        with self.hub.uow.read() as work:
            return broadcasts.figures_of(work, broadcasts.get(work, self.key, broadcast_id))

    def start(self, broadcast_id: str, **more: Any) -> None:
        """Start a broadcast."""
        hash_ = self.get(broadcast_id).audience_hash
        request = BroadcastStart.model_validate({"audience_hash": hash_, **more})
        with self.hub.uow.begin(ACTOR) as work:
            broadcasts.start(work, self.key, broadcast_id, request)

    def outbox(self) -> list[MessageDelivery]:
        """Return all messages, in the order of their recipients."""
        with self.hub.uow.read() as work:
            rows = list(
                work.session.scalars(
                    select(MessageDelivery).order_by(MessageDelivery.recipient, MessageDelivery.id)
                )
            )
            work.session.expunge_all()
            return rows

    def settle(self, recipient: str, status: MessageStatus) -> None:
        """Let a message to an address end, as the engine does."""
        with self.hub.uow.begin() as work:
            for row in work.session.scalars(
                select(MessageDelivery).where(MessageDelivery.recipient == recipient)
            ):
                row.status, row.due_at = status, None

    def build(self, row: MessageDelivery) -> RenderedMessage:
        """Return the content of a message, as the engine asks for it."""
        delivery = DeliveryContent(
            tenant_id=row.tenant_id,
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
        )
        with self.hub.uow.read() as work:
            return content_source(self.hub).build(work, delivery)


@pytest.fixture
def messages(hub: HubContext, seeded: Seeded) -> MessageHub:
    """Return the messages of the seeded event; their flag is on."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_COMMUNICATION_HUB, enabled=True)
    return MessageHub(hub, FeedKey(seeded.tenant_id, seeded.event_id))
