"""Tables of the blacklist: its entries, the people whom they meet, and the events that are to be screened again."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.domains.blacklist.manifest import BLACKLIST_ENTRY, BLACKLIST_MANAGE
from hub_sync.hub.kit.db.cloning import CopiedTable, Keep, LeftOut, Part, StartAnew
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key
from hub_sync.hub.kit.domain.entity_names import EntityNames
from hub_sync.hub.kit.i18n import N_

DAY_LENGTH = 10
_NAME_LENGTH = 401


class BlacklistKind(StrEnum):
    """The kind of value that an entry has."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    DOCUMENT = "document"
    DOMAIN = "domain"


class BlacklistMatch(StrEnum):
    """The comparison; FUZZY only flags."""

    EXACT = "EXACT"
    FUZZY = "FUZZY"
    DOMAIN = "DOMAIN"


class BlacklistAction(StrEnum):
    """The effect of a match."""

    FLAG = "FLAG"
    BLOCK = "BLOCK"


class HitStatus(StrEnum):
    """What a person decided about a hit. PENDING: nothing yet, so that the entry's own effect holds."""

    PENDING = "PENDING"
    FLAGGED = "FLAGGED"
    BLOCKED = "BLOCKED"
    DISMISSED = "DISMISSED"


class Blacklist(Searchable, TenantRow, Base):
    """Someone to look twice at, or not to let in.

    `value` is the normal form that people are compared by; that of a document is a keyed hash, and its `label` is empty.
    `event_id` None: the entry holds for all events. Days are whole ones in the time zone of each event; None: no limit.
    """

    __tablename__ = "blacklist_entries"
    __searched_by__ = ("label", "reason")
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        Index("ix_blacklist_entries_value", "tenant_id", "kind", "value"),
        Index("ix_blacklist_entries_match", "tenant_id", "match"),
        Index(
            "uq_blacklist_entries_value",
            "tenant_id",
            text("coalesce(event_id, '')"),
            "kind",
            "match",
            "value",
            unique=True,
        ),
        CheckConstraint("match <> 'FUZZY' OR action = 'FLAG'", name="fuzzy_only_flags"),
    )
    event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    kind: Mapped[BlacklistKind] = mapped_column(enum_column(BlacklistKind))
    value: Mapped[str] = mapped_column(String(320))
    label: Mapped[str] = mapped_column(String(320), default="")
    """The value as somebody typed it."""
    match: Mapped[BlacklistMatch] = mapped_column(enum_column(BlacklistMatch), default=BlacklistMatch.EXACT)
    action: Mapped[BlacklistAction] = mapped_column(
        enum_column(BlacklistAction), default=BlacklistAction.BLOCK
    )
    reason: Mapped[str] = mapped_column(String(500), default="")
    valid_from: Mapped[str | None] = mapped_column(String(DAY_LENGTH))
    valid_until: Mapped[str | None] = mapped_column(String(DAY_LENGTH))
    created_by: Mapped[str] = mapped_column(String(200))
    station_hash: Mapped[str | None] = mapped_column(String(64))
    """The slow hash that the hashes of stations are made of (`rules.screening`); None: it is still to be computed."""
    version: Mapped[int] = mapped_column(default=1)


class BlacklistHit(TenantRow, Base):
    """An entry meets a participant. It has ids and hashes only, and goes with the participant or the entry.

    `data_hash` is that of both compared values: a decision holds until one of them changes.
    """

    __tablename__ = "blacklist_hits"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("participants", "participant_id"),
        tenant_foreign_key("blacklist_entries", "entry_id"),
        UniqueConstraint("tenant_id", "participant_id", "entry_id"),
        Index("ix_blacklist_hits_status", "tenant_id", "status", "id"),
        Index("ix_blacklist_hits_event", "tenant_id", "event_id", "participant_id"),
        Index("ix_blacklist_hits_entry", "tenant_id", "entry_id"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    participant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    entry_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    data_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[HitStatus] = mapped_column(enum_column(HitStatus), default=HitStatus.PENDING)
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class BlacklistAttempt(TenantRow, Base):
    """Somebody was not registered because of an entry: who tried it, for whom, and how often. It is deleted after some months."""

    __tablename__ = "blacklist_attempts"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("blacklist_entries", "entry_id"),
        Index("ix_blacklist_attempts_latest", "tenant_id", "updated_at", "id"),
        Index("ix_blacklist_attempts_entry", "tenant_id", "entry_id", "event_id"),
        Index("ix_blacklist_attempts_old", "updated_at"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    entry_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(_NAME_LENGTH))
    """The name that was typed; it may be empty."""
    actor: Mapped[str] = mapped_column(String(200))
    """Who tried it, as the audit log names them."""
    operation_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The import; None: a single registration."""
    attempts: Mapped[int] = mapped_column(default=1)


class BlacklistSweep(TenantRow, Base):
    """An event whose participants are screened again: `requested` counts the changes of the list, `done` those that are through.

    `swept_on` is the event's day for which the standings are right.
    """

    __tablename__ = "blacklist_sweeps"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "event_id"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    requested: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    swept_on: Mapped[str] = mapped_column(String(DAY_LENGTH), default="")
    leased_until: Mapped[datetime | None]


ENTITY_NAMES = (EntityNames(BLACKLIST_ENTRY, Blacklist, (Blacklist.label,), permission=BLACKLIST_MANAGE),)


REFERENCES = (
    Reference("blacklist_attempts.entry_id", "blacklist_entries", Clone.DROP, Erase.ROW),
    Reference("blacklist_attempts.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("blacklist_entries.event_id", "events", Clone.REMAP, Erase.ROW),
    Reference("blacklist_hits.entry_id", "blacklist_entries", Clone.DROP, Erase.ROW),
    Reference("blacklist_hits.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("blacklist_hits.participant_id", "participants", Clone.DROP, Erase.ROW, Merge.KEEP_BOTH),
    Reference("blacklist_sweeps.event_id", "events", Clone.DROP, Erase.ROW),
)


BLACKLIST_PART = Part(
    "blacklist",
    N_("Blacklist entries of this event alone"),
    hint=N_(
        "Somebody decided about a person and this event. Copy them only if they are meant for the other event, too; their validity "
        "stays as it is. Entries for all events hold in any case."
    ),
    is_default=False,
    permissions=(BLACKLIST_MANAGE,),
    order=60,
)
CLONING = (
    CopiedTable(
        "blacklist_entries",
        BLACKLIST_PART,
        label=N_("Blacklist entry"),
        names=("label", "kind"),
        entity="blacklist_entry",
        columns={
            "valid_from": Keep(),
            "valid_until": Keep(),
            "station_hash": Keep(),
            "created_by": StartAnew(lambda copying: copying.actor),
            "version": StartAnew(1),
        },
        volatile=frozenset({"station_hash"}),
    ),
    LeftOut(
        ("blacklist_hits", "blacklist_sweeps"),
        N_("Hits of the blacklist"),
        N_("Whoever is in the copy is compared anew."),
        in_empty=True,
    ),
    LeftOut(
        ("blacklist_attempts",),
        N_("Attempts that the blacklist blocked"),
        N_("They happened at the other event."),
    ),
)
