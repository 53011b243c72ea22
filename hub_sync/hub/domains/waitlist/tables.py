"""The waitlist of an event: its settings, who waits, and the offers made from it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import WaitlistPriority, WaitlistStatus
from hub_sync.hub.kit.db.cloning import CopiedTable, Keep, LeftOut, Part, StartAnew, if_active
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, tenant_foreign_key
from hub_sync.hub.kit.i18n import N_
from hub_sync.rules.waitlist.entries import PartyRule


class PromotionOutcome(StrEnum):
    """The outcome of an offer."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    UNDELIVERED = "UNDELIVERED"


class WaitlistSettings(TenantRow, Base):
    """The settings of an event's waitlist. An event without a row has none.

    `quotas` has the seats that categories have for themselves. `door_minute`: so many minutes after the start,
    seats of people who did not come are given at the door; None: never. `evaluated_at` is when free seats were last looked at, and `look_at`
    when that is due again though nothing happens.
    """

    __tablename__ = "waitlist_settings"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "event_id"),
        Index("ix_waitlist_settings_event", "event_id"),
        Index("ix_waitlist_settings_look", "look_at"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    is_active: Mapped[bool] = mapped_column(default=False)
    is_paused: Mapped[bool] = mapped_column(default=False)
    is_public: Mapped[bool] = mapped_column(default=False)
    party_rule: Mapped[PartyRule] = mapped_column(enum_column(PartyRule), default=PartyRule.SKIP)
    largest_party: Mapped[int] = mapped_column(default=10)
    most_entries: Mapped[int | None]
    collect_minutes: Mapped[int] = mapped_column(default=360)
    hold_minutes: Mapped[int] = mapped_column(default=1440)
    last_offer_minutes: Mapped[int] = mapped_column(default=0)
    door_minute: Mapped[int | None]
    quotas: Mapped[dict[str, Any]] = mapped_column(default=dict)
    evaluated_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class WaitlistEntry(TenantRow, Base):
    """A participant's place; its position is derived (rank, time of joining, id). Of the token of its page only the SHA-256 is kept.

    `seats_accepted` counts the seats that the party has; a party that was split waits for the rest. `skips`, `collecting_since` and
    `collect_from` are as in `rules.waitlist.entries.WaitingEntry`. `end_reason` says why a place ended without its person's doing.
    """

    __tablename__ = "waitlist_entries"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("participants", "participant_id"),
        UniqueConstraint("tenant_id", "participant_id"),
        Index("ix_waitlist_entries_next", "tenant_id", "event_id", "status", "joined_at"),
        Index("ix_waitlist_entries_by_token", "token_hash"),
        CheckConstraint("party_size >= 1", name="party_size"),
        CheckConstraint("seats_accepted BETWEEN 0 AND party_size", name="seats_accepted"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    participant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    priority: Mapped[WaitlistPriority] = mapped_column(
        enum_column(WaitlistPriority), default=WaitlistPriority.NORMAL
    )
    party_size: Mapped[int] = mapped_column(default=1)
    seats_accepted: Mapped[int] = mapped_column(default=0)
    category: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[WaitlistStatus] = mapped_column(
        enum_column(WaitlistStatus), default=WaitlistStatus.WAITING
    )
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(32), default="")
    skips: Mapped[int] = mapped_column(default=0)
    collecting_since: Mapped[datetime | None]
    collect_from: Mapped[int | None]
    token_hash: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16), default="")
    version: Mapped[int] = mapped_column(default=1)


class WaitlistPromotion(TenantRow, Base):
    """An offer with seats held until a time. `category`: the list of seats that they are from; `delivered_at`: when its person had it."""

    __tablename__ = "waitlist_promotions"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("waitlist_entries", "entry_id"),
        Index("ix_waitlist_promotions_entry", "tenant_id", "entry_id"),
        Index("ix_waitlist_promotions_open", "tenant_id", "event_id", "outcome"),
        Index("ix_waitlist_promotions_due", "outcome", "hold_until"),
        CheckConstraint("seats >= 1", name="seats"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    entry_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    hold_until: Mapped[datetime]
    seats: Mapped[int]
    category: Mapped[str] = mapped_column(String(64), default="")
    trigger: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[PromotionOutcome] = mapped_column(
        enum_column(PromotionOutcome), default=PromotionOutcome.OPEN
    )
    delivered_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]


class WaitlistDoorSeat(TenantRow, Base):
    """A seat that a gate may give to somebody on the waitlist (`door/`), leased to that gate alone.

    `holder_id` is the participant who did not come; None: nobody has the seat. `category` is the list that it belongs to. Once it is
    given, it has the entry, the row of the journal and its corrected time. A seat that came back is leased anew, with another id.
    """

    __tablename__ = "waitlist_door_seats"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("kiosk_devices", "device_id"),
        tenant_foreign_key("participants", "holder_id"),
        tenant_foreign_key("waitlist_entries", "entry_id"),
        Index("ix_waitlist_door_seats_open", "tenant_id", "event_id", "returned_at"),
        Index("ix_waitlist_door_seats_holder", "tenant_id", "holder_id"),
        Index("ix_waitlist_door_seats_entry", "tenant_id", "entry_id"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    holder_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    category: Mapped[str] = mapped_column(String(64), default="")
    entry_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    fill_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    given_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    returned_at: Mapped[datetime | None]


class WaitlistGuest(TenantRow, Base):
    """A participant who has a seat of a party (`guests`). `number`: of the seat; that of the party's own person is 1."""

    __tablename__ = "waitlist_guests"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("waitlist_entries", "entry_id"),
        tenant_foreign_key("participants", "participant_id"),
        UniqueConstraint("tenant_id", "participant_id"),
        Index("ix_waitlist_guests_entry", "tenant_id", "entry_id"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    entry_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    participant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    number: Mapped[int]


REFERENCES = (
    Reference("waitlist_settings.event_id", "events", Clone.REMAP, Erase.ROW),
    Reference("waitlist_entries.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("waitlist_entries.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.MOVE),
    Reference("waitlist_promotions.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("waitlist_promotions.entry_id", "waitlist_entries", Clone.DROP, Erase.ROW),
    Reference("waitlist_door_seats.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("waitlist_door_seats.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("waitlist_door_seats.holder_id", "participants", Clone.DROP, Erase.NOTHING, Merge.MOVE),
    Reference("waitlist_door_seats.entry_id", "waitlist_entries", Clone.DROP, Erase.ROW),
    Reference("waitlist_guests.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("waitlist_guests.entry_id", "waitlist_entries", Clone.DROP, Erase.ROW),
    Reference("waitlist_guests.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.MOVE),
)


WAITLIST_PART = Part("waitlist", N_("Settings of the waitlist"), order=45)
CLONING = (
    CopiedTable(
        "waitlist_settings",
        WAITLIST_PART,
        label=N_("Settings of the waitlist"),
        names=(),
        entity="waitlist",
        columns={
            "is_active": if_active("is_active"),
            "is_paused": StartAnew(False),
            "quotas": Keep(),
            "evaluated_at": StartAnew(),
            "look_at": StartAnew(),
            "version": StartAnew(1),
        },
        volatile=frozenset({"evaluated_at", "look_at"}),
    ),
    LeftOut(
        ("waitlist_entries", "waitlist_promotions", "waitlist_door_seats", "waitlist_guests"),
        N_("Who waits"),
        N_("They wait for seats of the other event."),
    ),
)
