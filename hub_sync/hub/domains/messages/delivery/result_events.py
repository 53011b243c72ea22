"""Domain events about what became of a message after a server took it, or refused its address."""

from sqlalchemy import select

from hub_sync.hub.domains.messages.delivery_manifest import MessageBounced, MessageDelivered
from hub_sync.hub.domains.messages.tables import MessageDelivery
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events

_D = MessageDelivery


def emit_bounced(work: Work, tenant_id: str, delivery_id: str) -> None:
    """Emit that a delivery came back, for webhooks and listeners."""
    row = work.session.execute(
        select(_D.event_id, _D.participant_id, _D.broadcast_id, _D.automatic_rule_id, _D.error_code).where(
            _D.tenant_id == tenant_id, _D.id == delivery_id
        )
    ).one()
    bounced = MessageBounced(
        entity_id=delivery_id,
        event_id=row.event_id,
        participant_id=row.participant_id,
        broadcast_id=row.broadcast_id,
        automatic_rule_id=row.automatic_rule_id,
        reason=row.error_code or "",
    )
    domain_events.emit(work, tenant_id, bounced)


def emit_delivered(work: Work, row: MessageDelivery) -> None:
    """Emit that a message arrived, for webhooks."""
    delivered = MessageDelivered(
        entity_id=row.id,
        event_id=row.event_id,
        participant_id=row.participant_id,
        broadcast_id=row.broadcast_id,
        automatic_rule_id=row.automatic_rule_id,
    )
    domain_events.emit(work, row.tenant_id, delivered)
