"""The part of the manifest that is about delivery: accounts, the list of messages, suppressed addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import NavigationEntry
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_

COMMUNICATION_BROADCAST = "communication:broadcast"

CHANNELS: dict[str, str] = {
    "EMAIL": N_("E-mail"),
    "SMS": N_("Text message"),
    "PUSH": N_("Push"),
    "KIOSK": N_("Screens of stations"),
}
PURPOSES: dict[str, str] = {
    "MARKETING": N_("Advertising"),
    "EVENT_NEWS": N_("News of events"),
    "TRANSACTIONAL": N_("Tickets, passwords and offers"),
}
SOURCES: dict[str, str] = {
    "PERSON": N_("The person themselves"),
    "BOUNCE": N_("Came back"),
    "COMPLAINT": N_("Reported as spam"),
    "OPERATOR": N_("An operator"),
}
STATUSES: dict[str, str] = {
    "QUEUED": N_("Waiting"),
    "DEFERRED": N_("Tried, again later"),
    "SENDING": N_("Being sent"),
    "SENT": N_("Sent"),
    "DELIVERED": N_("Delivered"),
    "BOUNCED": N_("Came back"),
    "FAILED": N_("Not sent"),
    "DEAD": N_("Given up"),
    "SUPPRESSED": N_("Unsubscribed"),
    "UNSURE": N_("Nobody knows if it arrived"),
}
SECURITY: dict[str, str] = {
    "TLS": N_("TLS"),
    "STARTTLS": N_("STARTTLS"),
    "NONE": N_("Not encrypted"),
}

MESSAGE_SENDER = Entity(
    "message_sender",
    N_("Mail account"),
    page="/settings/messages/accounts/{sender_id}/edit",
    fields={
        "name": N_("Name"),
        "channel": N_("Channel"),
        "is_enabled": N_("In use"),
        "is_default": N_("Default account"),
        "host": N_("Server"),
        "port": N_("Port"),
        "security": N_("Encryption"),
        "username": N_("User name"),
        "from_address": N_("Address of the sender"),
        "from_name": N_("Name of the sender"),
        "reply_to": N_("Answers to"),
        "connections": N_("Connections"),
        "rate_per_second": N_("Most messages a second"),
        "window_limit": N_("Most messages a window"),
        "window_seconds": N_("Seconds of a window"),
        "quiet_from": N_("Quiet from"),
        "quiet_until": N_("Quiet until"),
        "bounce_address": N_("Address for bounces"),
        "bounce_host": N_("Server of the bounce mailbox"),
        "bounce_port": N_("Port of the bounce mailbox"),
        "bounce_security": N_("Encryption of the bounce mailbox"),
        "bounce_username": N_("User name of the bounce mailbox"),
        "has_bounce_tags": N_("Tags in the address for bounces"),
        "secret": N_("Password"),
        "bounce_secret": N_("Password of the bounce mailbox"),
    },
    values={"channel": CHANNELS, "security": SECURITY, "bounce_security": SECURITY},
    read_permission=COMMUNICATION_BROADCAST,
)
SENDER_CREATED = AuditAction(MESSAGE_SENDER, "create", N_("Created"))
SENDER_UPDATED = AuditAction(MESSAGE_SENDER, "update", N_("Changed"))
SENDER_DELETED = AuditAction(MESSAGE_SENDER, "delete", N_("Deleted"))
SENDER_HOOK_RENEWED = AuditAction(MESSAGE_SENDER, "renew_bounce_address", N_("Address for reports renewed"))
SENDER_TESTED = AuditAction(MESSAGE_SENDER, "test", N_("Tested"))

MESSAGE_DELIVERY = Entity(
    "message_delivery",
    N_("Message"),
    fields={"recipient": N_("Recipient"), "status": N_("Status"), "channel": N_("Channel")},
    values={"status": STATUSES, "channel": CHANNELS},
    personal=frozenset(("recipient", "subject", "content", "searched", "error")),
    read_permission=COMMUNICATION_BROADCAST,
)

DELIVERY_REPEATED = AuditAction(MESSAGE_DELIVERY, "repeat", N_("Sent again"))

MESSAGE_SUPPRESSION = Entity(
    "message_suppression",
    N_("Address without messages"),
    page="/settings/messages/suppressions",
    fields={
        "channel": N_("Channel"),
        "address": N_("Address"),
        "purpose": N_("Purpose"),
        "source": N_("Source"),
        "reason": N_("Reason"),
    },
    values={"channel": CHANNELS, "purpose": PURPOSES, "source": SOURCES},
    personal=frozenset(("address", "reason", "searched")),
    read_permission=COMMUNICATION_BROADCAST,
)
SUPPRESSION_CREATED = AuditAction(MESSAGE_SUPPRESSION, "create", N_("Created"))
SUPPRESSION_DELETED = AuditAction(MESSAGE_SUPPRESSION, "delete", N_("Deleted"))


OUTBOX_INSTANCE = Entity(
    "outbox_instance",
    N_("Copy of the hub"),
    page="/settings/messages",
    fields={"host": N_("Machine"), "send_waiting": N_("Sends what waits")},
    read_permission=COMMUNICATION_BROADCAST,
)
INSTANCE_CONFIRMED = AuditAction(OUTBOX_INSTANCE, "confirm", N_("Confirmed"))


@dataclass(frozen=True, kw_only=True)
class MessageSent(DomainEvent):
    """A server took a message that somebody waits for, such as an offer of the waitlist; other messages have no such event."""

    entity: ClassVar[str] = MESSAGE_DELIVERY.name
    label: ClassVar[str] = N_("A message was sent.")
    is_followed: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class MessageBounced(DomainEvent):
    """A message came back, or its server refused the address."""

    entity: ClassVar[str] = MESSAGE_DELIVERY.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (COMMUNICATION_BROADCAST,)
    label: ClassVar[str] = N_("A message came back.")
    event_type: ClassVar[str] = "message.bounced"
    is_followed: ClassVar[bool] = True
    id_member: ClassVar[str] = "delivery_id"
    example: ClassVar[Mapping[str, Any]] = {
        "delivery_id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b",
        "participant_id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5c",
        "broadcast_id": None,
        "automatic_rule_id": None,
        "reason": "RECIPIENT_REFUSED",
    }
    participant_id: str | None
    broadcast_id: str | None
    automatic_rule_id: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class MessageDelivered(DomainEvent):
    """A message arrived, as its server or its provider reports; most never do."""

    entity: ClassVar[str] = MESSAGE_DELIVERY.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (COMMUNICATION_BROADCAST,)
    label: ClassVar[str] = N_("A message arrived.")
    event_type: ClassVar[str] = "message.delivered"
    id_member: ClassVar[str] = "delivery_id"
    example: ClassVar[Mapping[str, Any]] = {
        "delivery_id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b",
        "participant_id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5c",
        "broadcast_id": None,
        "automatic_rule_id": None,
    }
    participant_id: str | None
    broadcast_id: str | None
    automatic_rule_id: str | None


@dataclass(frozen=True, kw_only=True)
class MessageSuppressed(DomainEvent):
    """An address gets no messages of a purpose any more. It does not say which."""

    entity: ClassVar[str] = MESSAGE_SUPPRESSION.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (COMMUNICATION_BROADCAST,)
    label: ClassVar[str] = N_("An address gets no messages of a purpose any more.")
    event_type: ClassVar[str] = "message.suppressed"
    id_member: ClassVar[str] = "suppression_id"
    example: ClassVar[Mapping[str, Any]] = {
        "suppression_id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b",
        "purpose": "EVENT_NEWS",
        "source": "PERSON",
    }
    purpose: str
    source: str


ENTITIES = (MESSAGE_SENDER, MESSAGE_DELIVERY, MESSAGE_SUPPRESSION, OUTBOX_INSTANCE)
AUDIT_ACTIONS = (
    SENDER_CREATED,
    SENDER_UPDATED,
    SENDER_DELETED,
    SENDER_TESTED,
    SENDER_HOOK_RENEWED,
    DELIVERY_REPEATED,
    SUPPRESSION_CREATED,
    SUPPRESSION_DELETED,
    INSTANCE_CONFIRMED,
)
DOMAIN_EVENTS: tuple[type[DomainEvent], ...] = (
    MessageSent,
    MessageBounced,
    MessageDelivered,
    MessageSuppressed,
)
NAVIGATION = (
    NavigationEntry(
        group="settings",
        label=N_("Messages"),
        path="/settings/messages",
        order=13,
        permissions=COMMUNICATION_BROADCAST,
        flag="FF_COMMUNICATION_HUB",
        icon="mail",
    ),
)
