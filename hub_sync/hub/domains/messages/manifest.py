"""The manifest of messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hub_sync.contract.enums import BroadcastStatus, MessageChannel, MessagePurpose
from hub_sync.hub.domains.messages import delivery_manifest
from hub_sync.hub.domains.messages.triggers import TRIGGERS
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.feature_flag import FeatureFlag
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

COMMUNICATION_BROADCAST = Permission("communication:broadcast", N_("Send to many"))

FF_COMMUNICATION_HUB = FeatureFlag(
    "FF_COMMUNICATION_HUB",
    N_("Messages"),
    N_("Writes to participants by e-mail, text message and push, from templates."),
)

CHANNELS: dict[str, str] = {
    MessageChannel.EMAIL: N_("E-mail"),
    MessageChannel.SMS: N_("Text message"),
    MessageChannel.PUSH: N_("Push message"),
    MessageChannel.KIOSK: N_("Screens at the venue"),
}
PURPOSES: dict[str, str] = {
    MessagePurpose.MARKETING: N_("Advertising"),
    MessagePurpose.EVENT_NEWS: N_("News of the event"),
    MessagePurpose.TRANSACTIONAL: N_("Needed for the visit"),
}
BROADCAST_STATUSES: dict[str, str] = {
    BroadcastStatus.DRAFT: N_("Draft"),
    BroadcastStatus.SCHEDULED: N_("Scheduled"),
    BroadcastStatus.SENDING: N_("Sending"),
    BroadcastStatus.PAUSED: N_("Paused"),
    BroadcastStatus.COMPLETED: N_("Completed"),
    BroadcastStatus.PARTIAL: N_("Ended; some did not get it"),
    BroadcastStatus.CANCELLED: N_("Ended early"),
}

TEMPLATE = Entity(
    "message_template",
    N_("Message template"),
    page="/settings/message-templates/{template_id}",
    fields={
        "event_id": N_("Event"),
        "name": N_("Name"),
        "channel": N_("Channel"),
        "locale": N_("Language"),
        "subject": N_("Subject"),
        "body": N_("Text"),
        "defaults": N_("Values for empty fields"),
        "scope": N_("Event"),
        "has_ticket": N_("Ticket attached"),
        "has_calendar": N_("Calendar entry attached"),
        "version": N_("Version"),
        "published_at": N_("Published"),
        "archived_at": N_("Archived"),
        "created_by": N_("Created by"),
    },
    values={"channel": CHANNELS},
)
TEMPLATE_CREATED = AuditAction(TEMPLATE, "create", N_("Created"))
TEMPLATE_UPDATED = AuditAction(TEMPLATE, "update", N_("Changed"))
TEMPLATE_PUBLISHED = AuditAction(TEMPLATE, "publish", N_("Published"))
TEMPLATE_ARCHIVED = AuditAction(TEMPLATE, "archive", N_("Archived"))
TEMPLATE_DELETED = AuditAction(TEMPLATE, "delete", N_("Deleted"))

IMAGE = Entity(
    "message_image",
    N_("Image"),
    page="/settings/message-images",
    fields={"name": N_("Name"), "media_type": N_("Format")},
)
IMAGE_CREATED = AuditAction(IMAGE, "create", N_("Created"))
IMAGE_DELETED = AuditAction(IMAGE, "delete", N_("Deleted"))

BROADCAST = Entity(
    "broadcast",
    N_("Broadcast"),
    page="/events/{event_id}/broadcasts/{broadcast_id}",
    fields={
        "title": N_("Title"),
        "template_name": N_("Template"),
        "channels": N_("Channels"),
        "purpose": N_("Purpose"),
        "language": N_("Language"),
        "status": N_("Status"),
        "scheduled_at": N_("Scheduled for"),
        "templates": N_("Template"),
        "audience": N_("Recipients"),
        "defaults": N_("Values for empty fields"),
        "bulletin": N_("On screens"),
    },
    values={"status": BROADCAST_STATUSES, "purpose": PURPOSES},
)
BROADCAST_CREATED = AuditAction(BROADCAST, "create", N_("Created"))
BROADCAST_UPDATED = AuditAction(BROADCAST, "update", N_("Changed"))
BROADCAST_DELETED = AuditAction(BROADCAST, "delete", N_("Deleted"))
BROADCAST_SCHEDULED = AuditAction(BROADCAST, "schedule", N_("Scheduled"))
BROADCAST_STARTED = AuditAction(BROADCAST, "start", N_("Started"))
BROADCAST_LATE = AuditAction(BROADCAST, "late", N_("Its time passed; it waits for a person"))
BROADCAST_PAUSED = AuditAction(BROADCAST, "pause", N_("Paused"))
BROADCAST_RESUMED = AuditAction(BROADCAST, "resume", N_("Resumed"))
BROADCAST_CANCELLED = AuditAction(BROADCAST, "cancel", N_("Ended early"))
BROADCAST_ENDED = AuditAction(BROADCAST, "end", N_("Ended"))
BROADCAST_EXPORTED = AuditAction(BROADCAST, "export", N_("Exported"))

AUTOMATIC_RULE = Entity(
    "automatic_rule",
    N_("Automatic message"),
    page="/events/{event_id}/automatic-messages",
    fields={
        "event_id": N_("Event"),
        "trigger": N_("Occasion"),
        "template_name": N_("Template"),
        "channels": N_("Channels"),
        "language": N_("Language"),
        "is_active": N_("Switched on"),
        "minutes_before": N_("Minutes before the start"),
        "active_since": N_("Switched on at"),
    },
    values={"trigger": {name: trigger.label for name, trigger in TRIGGERS.items()}},
)
RULE_UPDATED = AuditAction(AUTOMATIC_RULE, "update", N_("Changed"))
RULE_TESTED = AuditAction(AUTOMATIC_RULE, "test", N_("Test message sent"))


@dataclass(frozen=True, kw_only=True)
class BroadcastEnded(DomainEvent):
    """The last message of a broadcast was settled. `counts` has the number of messages by their status."""

    entity: ClassVar[str] = BROADCAST.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (COMMUNICATION_BROADCAST,)
    label: ClassVar[str] = N_("A broadcast ended.")
    status: str
    counts: Mapping[str, int]


MANIFEST = DomainManifest(
    name="messages",
    permissions=(PermissionGroup("communication", N_("Messages"), (COMMUNICATION_BROADCAST,)),),
    flags=(FF_COMMUNICATION_HUB,),
    navigation=(
        *delivery_manifest.NAVIGATION,
        NavigationEntry(
            group="event",
            label=N_("Broadcasts"),
            path="/events/{event_id}/broadcasts",
            order=32,
            permissions=COMMUNICATION_BROADCAST,
            flag=FF_COMMUNICATION_HUB,
            icon="mail",
        ),
        NavigationEntry(
            group="event",
            label=N_("Automatic messages"),
            path="/events/{event_id}/automatic-messages",
            order=34,
            permissions=COMMUNICATION_BROADCAST,
            flag=FF_COMMUNICATION_HUB,
            icon="refresh",
        ),
        NavigationEntry(
            group="settings",
            label=N_("Message templates"),
            path="/settings/message-templates",
            order=14,
            permissions=COMMUNICATION_BROADCAST,
            flag=FF_COMMUNICATION_HUB,
            icon="pen",
        ),
    ),
    openapi_tags=(
        OpenApiTag(
            "message-senders", "Accounts that send: mail servers, and services for text messages and push."
        ),
        OpenApiTag("messages", "Messages that wait or were sent, and addresses that get none."),
        OpenApiTag("message-templates", "Texts of messages, by channel and language, in versions."),
        OpenApiTag("message-images", "Images that templates of mails show."),
        OpenApiTag("broadcasts", "Messages to many, with what happened for each person."),
        OpenApiTag("automatic-messages", "Messages that an event writes by itself."),
    ),
    entities=(*delivery_manifest.ENTITIES, TEMPLATE, IMAGE, BROADCAST, AUTOMATIC_RULE),
    audit_actions=(
        *delivery_manifest.AUDIT_ACTIONS,
        TEMPLATE_CREATED,
        TEMPLATE_UPDATED,
        TEMPLATE_PUBLISHED,
        TEMPLATE_ARCHIVED,
        TEMPLATE_DELETED,
        IMAGE_CREATED,
        IMAGE_DELETED,
        BROADCAST_CREATED,
        BROADCAST_UPDATED,
        BROADCAST_DELETED,
        BROADCAST_SCHEDULED,
        BROADCAST_STARTED,
        BROADCAST_LATE,
        BROADCAST_PAUSED,
        BROADCAST_RESUMED,
        BROADCAST_CANCELLED,
        BROADCAST_ENDED,
        BROADCAST_EXPORTED,
        RULE_UPDATED,
        RULE_TESTED,
    ),
    domain_events=(*delivery_manifest.DOMAIN_EVENTS, BroadcastEnded),
    webhook_groups=(("message", N_("Messages")),),
)
