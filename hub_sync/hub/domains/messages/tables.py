"""Message templates, broadcasts, deliveries, and the accounts that send them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, column_property, mapped_column

from hub_sync.contract.enums import (
    BroadcastStatus,
    MessageChannel,
    MessagePurpose,
    MessageStatus,
    SuppressionSource,
)
from hub_sync.hub.kit.db.cloning import (
    CopiedTable,
    Keep,
    LeftOut,
    Part,
    Rewrite,
    ShiftInstant,
    SourceRows,
    StartAnew,
    Values,
    if_active,
)
from hub_sync.hub.kit.db.name_column import UniquelyNamed
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key
from hub_sync.hub.kit.i18n import N_


class ConnectionSecurity(StrEnum):
    """How a connection to a mail server is encrypted."""

    TLS = "TLS"
    STARTTLS = "STARTTLS"
    NONE = "NONE"


class MessageTemplate(TenantRow, Base):
    """One version of a template. A published version never changes; a change is a new row with the next version.

    `event_id` None: it is the organisation's, for all events.
    """

    __tablename__ = "message_templates"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint(
            "tenant_id", "scope", "name", "channel", "locale", "version", name="uq_message_templates_version"
        ),
    )
    event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    scope: Mapped[str] = mapped_column(String(ID_LENGTH), default="")
    """The event's id or "", for the unique key, which a NULL would escape."""
    name: Mapped[str] = mapped_column(String(120))
    channel: Mapped[MessageChannel] = mapped_column(enum_column(MessageChannel))
    locale: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(500), default="")
    body: Mapped[str] = mapped_column(Text)
    defaults: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What stands in for empty values, by the names of variables."""
    has_ticket: Mapped[bool] = mapped_column(default=False)
    """True: the ticket is attached as PDF."""
    has_calendar: Mapped[bool] = mapped_column(default=False)
    """True: the event is attached for calendars."""
    version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=1)
    """Counts the changes of a draft, for optimistic locking."""
    published_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(String(200), default="")


class MessageImage(TenantRow, Base):
    """An image that templates of mails show by its name: `<img src="cid:logo.png">`. It never changes."""

    __tablename__ = "message_images"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)
    name: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    size: Mapped[int] = column_property(func.length(content))
    """Bytes of the content; lists need it, and not the content."""


class BroadcastMessage(TenantRow, Base):
    """Template versions sent to an audience as it was when it was frozen. Its ledger are the deliveries that name it."""

    __tablename__ = "broadcast_messages"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        Index("ix_broadcast_messages_due", "tenant_id", "status", "scheduled_at"),
        Index("ix_broadcast_messages_event", "tenant_id", "event_id", "created_at"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    title: Mapped[str] = mapped_column(String(200), default="")
    template_name: Mapped[str] = mapped_column(String(120), default="")
    templates: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The frozen versions: `{channel: {language: template id}}`."""
    channels: Mapped[list[str]] = mapped_column(default=list)
    """In order: everybody is written to on the first one on which they have an address."""
    language: Mapped[str] = mapped_column(String(16), default="en")
    """The language for whoever has chosen none."""
    purpose: Mapped[MessagePurpose] = mapped_column(
        enum_column(MessagePurpose), default=MessagePurpose.EVENT_NEWS
    )
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The selection as somebody asked for it (`bulk.schemas.Selection`)."""
    audience_hash: Mapped[str | None] = mapped_column(String(64))
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the preview counted."""
    defaults: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What stands in for empty values, before the defaults of the template."""
    status: Mapped[BroadcastStatus] = mapped_column(
        enum_column(BroadcastStatus), default=BroadcastStatus.DRAFT
    )
    reason: Mapped[str | None] = mapped_column(String(64))
    """Why it waits for a person: `LATE`."""
    scheduled_at: Mapped[datetime | None]
    latest_at: Mapped[datetime | None]
    """After this time, nothing is sent without a person's word."""
    origin_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The broadcast whose recipients without a message this one is for."""
    bulletin: Mapped[dict[str, Any] | None]
    """Of a bulletin for stations' screens: `bulletins.schemas.Bulletin`; None: it is written to people."""
    bulletin_until: Mapped[datetime | None]
    """The end of a bulletin."""
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    requested_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class AutomaticRule(TenantRow, Base):
    """An automatic message of an event: what it answers, with which template, and if it is switched on."""

    __tablename__ = "automatic_message_rules"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "event_id", "trigger", name="uq_automatic_message_rules_trigger"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    trigger: Mapped[str] = mapped_column(String(64))
    template_name: Mapped[str] = mapped_column(String(120))
    channels: Mapped[list[str]] = mapped_column(default=list)
    language: Mapped[str] = mapped_column(String(16), default="en")
    is_active: Mapped[bool] = mapped_column(default=False)
    minutes_before: Mapped[int | None]
    """Of a reminder: how long before the start of the event."""
    active_since: Mapped[datetime | None]
    """What happened before is not answered."""
    reminded_for: Mapped[datetime | None]
    """The start of the event for which reminders are queued; a moved event is reminded of again."""
    version: Mapped[int] = mapped_column(default=1)


class MessageSender(UniquelyNamed, Searchable, TenantRow, Base):
    """An account through which a tenant sends: a mail server, or a service for text messages or push.

    Its secrets are encrypted. `leased_by` is the process that sends through it now: there is one at a time, so that the
    limits of its provider hold for all processes together.
    """

    __tablename__ = "message_senders"
    __searched_by__ = ("name", "from_address")
    __table_args__ = (
        Index("uq_message_senders_folded_name", "tenant_id", "folded_name", unique=True),
        Index(
            "uq_message_senders_default",
            "tenant_id",
            "channel",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )
    name: Mapped[str] = mapped_column(String(120))
    channel: Mapped[MessageChannel] = mapped_column(enum_column(MessageChannel))
    is_enabled: Mapped[bool] = mapped_column(default=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    host: Mapped[str] = mapped_column(String(255), default="")
    port: Mapped[int] = mapped_column(default=0)
    security: Mapped[ConnectionSecurity] = mapped_column(
        enum_column(ConnectionSecurity), default=ConnectionSecurity.STARTTLS
    )
    username: Mapped[str] = mapped_column(String(320), default="")
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The password; of SMS and push the address of the service, which holds secrets as well."""
    from_address: Mapped[str] = mapped_column(String(320), default="")
    from_name: Mapped[str] = mapped_column(String(200), default="")
    reply_to: Mapped[str] = mapped_column(String(320), default="")
    connections: Mapped[int] = mapped_column(default=4)
    rate_per_second: Mapped[int | None]
    window_limit: Mapped[int | None]
    window_seconds: Mapped[int | None]
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    """Wall time in the recipient's zone, `22:00`; nothing but transactional messages goes out until `quiet_until`."""
    quiet_until: Mapped[str | None] = mapped_column(String(5))
    bounce_address: Mapped[str] = mapped_column(String(320), default="")
    """The sender of the envelope: bounces come to it. Empty: the address of the sender."""
    bounce_host: Mapped[str] = mapped_column(String(255), default="")
    bounce_port: Mapped[int] = mapped_column(default=993)
    bounce_security: Mapped[ConnectionSecurity] = mapped_column(
        enum_column(ConnectionSecurity, "bouncesecurity"), default=ConnectionSecurity.TLS
    )
    bounce_username: Mapped[str] = mapped_column(String(320), default="")
    sealed_bounce_password: Mapped[bytes | None] = mapped_column(LargeBinary)
    has_bounce_tags: Mapped[bool] = mapped_column(default=False)
    """True: the envelope's sender has a tag that names the delivery (`bounces.tags`)."""
    bounce_uid_validity: Mapped[int | None] = mapped_column(BigInteger)
    bounce_last_uid: Mapped[int | None] = mapped_column(BigInteger)
    """Of the mailbox, the last mail that was read."""
    bounces_read_at: Mapped[datetime | None]
    bounce_problem: Mapped[str | None] = mapped_column(String(32))
    """Why the mailbox can't be read, a code as `problem`."""
    bounce_error: Mapped[str | None] = mapped_column(String(500))
    bounce_hook_generation: Mapped[int] = mapped_column(default=1)
    """Counts how often the address for reports of the provider was renewed."""
    bounce_confirmation_url: Mapped[str] = mapped_column(String(2000), default="")
    """The address that a person has to open so that Amazon SNS posts reports."""
    problem: Mapped[str | None] = mapped_column(String(32))
    """Why nothing can be sent, a code; empty: nothing is known to be wrong."""
    problem_response: Mapped[str | None] = mapped_column(String(500))
    problem_since: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    """When to try the connection again; empty with a problem: not before a person has changed the account."""
    leased_by: Mapped[str | None] = mapped_column(String(64))
    leased_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    @property
    def has_secret(self) -> bool:
        """Return True if a password or the address of a service is stored."""
        return self.sealed_secret is not None

    @property
    def has_bounce_secret(self) -> bool:
        """Return True if the password of the mailbox for bounces is stored."""
        return self.sealed_bounce_password is not None


class MessageDelivery(Searchable, TenantRow, Base):
    """One message to one person.

    `due_at` is when it may be sent, empty while it is not waiting. `leased_until` is set while a connection sends it: past
    that time nobody knows whether it went out (UNSURE). `message_id` is made once, so that a mailbox that gets it twice
    after all can tell.
    """

    __tablename__ = "message_deliveries"
    __searched_by__ = ("recipient", "subject")
    __table_args__ = (
        tenant_foreign_key("broadcast_messages", "broadcast_id", ondelete="CASCADE"),
        tenant_foreign_key("participants", "participant_id"),
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("message_senders", "sender_id"),
        UniqueConstraint("tenant_id", "dedupe_key", name="uq_message_deliveries_once"),
        Index(
            "ix_message_deliveries_due",
            "tenant_id",
            "channel",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_message_deliveries_leased",
            "tenant_id",
            "leased_until",
            sqlite_where=text("leased_until IS NOT NULL"),
            postgresql_where=text("leased_until IS NOT NULL"),
        ),
        Index("ix_message_deliveries_broadcast", "tenant_id", "broadcast_id", "status"),
        Index("ix_message_deliveries_participant", "tenant_id", "participant_id"),
        Index("ix_message_deliveries_recipient", "tenant_id", "recipient"),
        Index("ix_message_deliveries_sent", "tenant_id", "sender_id", "sent_at"),
        Index("ix_message_deliveries_log", "tenant_id", "status", "id"),
    )
    event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    broadcast_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    automatic_rule_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    participant_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    sender_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The account; empty until it is claimed if it goes through the channel's default one."""
    dedupe_key: Mapped[str] = mapped_column(String(200))
    channel: Mapped[MessageChannel] = mapped_column(enum_column(MessageChannel))
    recipient: Mapped[str] = mapped_column(String(320))
    """An address, a phone number; of KIOSK the id of a station. As addresses are compared (`compose.address_key`)."""
    purpose: Mapped[MessagePurpose] = mapped_column(enum_column(MessagePurpose))
    locale: Mapped[str] = mapped_column(String(16), default="en")
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    subject: Mapped[str] = mapped_column(String(500), default="")
    content_source: Mapped[str] = mapped_column(String(32))
    content: Mapped[dict[str, Any]]
    """What the content source builds the message of; emptied where it held a secret and has gone out."""
    sent_values: Mapped[dict[str, Any] | None]
    """Of a mail that was sent, the texts of the variables that its template names: of these its web copy is made."""
    message_id: Mapped[str] = mapped_column(String(255))
    status: Mapped[MessageStatus] = mapped_column(enum_column(MessageStatus), default=MessageStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    latest_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    """Of a bulletin: when somebody at the station confirmed that they have read it."""
    answered_by: Mapped[str | None] = mapped_column(String(120))
    error_code: Mapped[str | None] = mapped_column(String(32))
    """Why it was not sent, or not yet: a code of `delivery.failures`."""
    error: Mapped[str | None] = mapped_column(String(500))
    """What the server answered."""


class MessageSuppression(Searchable, TenantRow, Base):
    """An address that gets no messages of a purpose any more."""

    __tablename__ = "message_suppressions"
    __searched_by__ = ("address", "reason")
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "channel", "address", "purpose", name="uq_message_suppressions_address"
        ),
    )
    channel: Mapped[MessageChannel] = mapped_column(enum_column(MessageChannel))
    address: Mapped[str] = mapped_column(String(320))
    purpose: Mapped[MessagePurpose] = mapped_column(enum_column(MessagePurpose))
    source: Mapped[SuppressionSource] = mapped_column(enum_column(SuppressionSource))
    reason: Mapped[str] = mapped_column(String(500), default="")
    created_by: Mapped[str] = mapped_column(String(200))


class OutboxInstance(TenantRow, Base):
    """A copy of the hub that may send, or that waits for a person's word (`delivery.instances`).

    Its id is that of a file beside the database, which no backup has. `generation` counts on with every batch that is sent,
    here and in the file: if the file is ahead, the database was restored from a backup.
    """

    __tablename__ = "outbox_instances"
    host: Mapped[str] = mapped_column(String(200))
    generation: Mapped[int] = mapped_column(BigInteger, default=0)
    is_confirmed: Mapped[bool] = mapped_column(default=False)
    confirmed_by: Mapped[str | None] = mapped_column(String(200))
    confirmed_at: Mapped[datetime | None]


REFERENCES = (
    Reference("automatic_message_rules.event_id", "events", Clone.REMAP, Erase.ROW),
    Reference("broadcast_messages.event_id", "events", Clone.REMAP, Erase.ROW),
    Reference("message_deliveries.broadcast_id", "broadcast_messages", Clone.DROP, Erase.ROW),
    Reference("message_deliveries.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("message_deliveries.sender_id", "message_senders", Clone.DROP, Erase.REFERENCE),
    Reference("message_deliveries.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.MOVE),
    Reference("message_templates.event_id", "events", Clone.REMAP, Erase.ROW),
)


def _newest_templates(rows: Sequence[Values], _: SourceRows) -> list[Values]:
    """Return, of each template, the newest version that is published, or the draft if none is."""
    newest: dict[tuple[str, str, str], Values] = {}
    for row in sorted(rows, key=lambda row: (row["published_at"] is not None, row["version"])):
        if row["archived_at"] is None:
            newest[row["name"], row["channel"], row["locale"]] = row
    return list(newest.values())


def _broadcasts_to_copy(rows: Sequence[Values], _: SourceRows) -> list[Values]:
    """Return the broadcasts to all or to a filtered list; those to chosen people are about people of the source alone."""
    return [
        row
        for row in rows
        if row["status"] is not BroadcastStatus.CANCELLED
        and row["origin_id"] is None
        and not {"ids", "items_of"} & row["audience"].keys()
    ]


MESSAGES_PART = Part("messages", N_("Message templates and automatic messages"), order=35)
BROADCASTS_PART = Part(
    "broadcasts",
    N_("Broadcasts"),
    hint=N_("As drafts, with the times at which they would go out. Those to chosen people are left out."),
    order=36,
)
CLONING = (
    CopiedTable(
        "message_templates",
        MESSAGES_PART,
        label=N_("Message template"),
        names=("name", "channel", "locale"),
        columns={
            "scope": Rewrite(),
            "subject": Rewrite(),
            "body": Rewrite(),
            "defaults": Rewrite(),
            "version": StartAnew(1),
            "revision": StartAnew(1),
            "published_at": StartAnew(lambda copying: copying.row["published_at"] and copying.now),
            "archived_at": StartAnew(),
            "created_by": StartAnew(lambda copying: copying.actor),
        },
        select=_newest_templates,
        versions_by=("name", "channel", "locale"),
    ),
    CopiedTable(
        "automatic_message_rules",
        MESSAGES_PART,
        label=N_("Automatic message"),
        names=("trigger",),
        entity="automatic_rule",
        columns={
            "channels": Keep(),
            "is_active": if_active("is_active"),
            "active_since": StartAnew(
                lambda copying: copying.now if copying.stays_active and copying.row["is_active"] else None
            ),
            "reminded_for": StartAnew(),
            "version": StartAnew(1),
        },
        volatile=frozenset({"reminded_for"}),
    ),
    CopiedTable(
        "broadcast_messages",
        BROADCASTS_PART,
        label=N_("Broadcast"),
        names=("title",),
        entity="broadcast",
        columns={
            "templates": Rewrite(keeps=("message_templates",)),
            "channels": Keep(),
            "audience": Rewrite(),
            "audience_hash": StartAnew(),
            "counts": StartAnew({}),
            "defaults": Rewrite(),
            "status": StartAnew(BroadcastStatus.DRAFT),
            "reason": StartAnew(),
            "scheduled_at": ShiftInstant(N_("Scheduled for")),
            "latest_at": ShiftInstant(N_("Not after"), after="scheduled_at"),
            "origin_id": StartAnew(),
            "bulletin": Rewrite(),
            "bulletin_until": ShiftInstant(N_("Until"), after="scheduled_at"),
            "started_at": StartAnew(),
            "ended_at": StartAnew(),
            "requested_by": StartAnew(lambda copying: copying.actor),
            "version": StartAnew(1),
        },
        select=_broadcasts_to_copy,
    ),
    LeftOut(
        ("message_deliveries",),
        N_("Sent messages"),
        N_("They were written to people of the other event."),
    ),
)
