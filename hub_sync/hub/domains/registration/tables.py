"""The registration page of an event, and what people sent by it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.cloning import (
    CopiedTable,
    Keep,
    LeftOut,
    Part,
    Rewrite,
    ShiftInstant,
    StartAnew,
    if_active,
)
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, tenant_foreign_key
from hub_sync.hub.kit.i18n import N_


class RegistrationSettings(TenantRow, Base):
    """The settings of an event's page. An event without a row has none.

    `categories` are those that may be chosen, each with its seats (null: no limit of its own). `consent_version` grows with each new
    text, so that a consent says to what it was given.
    """

    __tablename__ = "registration_settings"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "event_id"),
        Index("ix_registration_settings_event", "event_id"),
        CheckConstraint("largest_party >= 1", name="largest_party"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    is_active: Mapped[bool] = mapped_column(default=False)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    approves: Mapped[bool] = mapped_column(default=False)
    confirms_email: Mapped[bool] = mapped_column(default=False)
    needs_phone: Mapped[bool] = mapped_column(default=False)
    largest_party: Mapped[int] = mapped_column(default=1)
    categories: Mapped[dict[str, Any]] = mapped_column(default=dict)
    intro: Mapped[str] = mapped_column(Text, default="")
    consent_text: Mapped[str] = mapped_column(Text, default="")
    consent_version: Mapped[int] = mapped_column(default=0)
    marketing_text: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)


class Registration(TenantRow, Base):
    """A form that somebody sent by the page. Of the token of its page only the SHA-256 is stored.

    `content` and `email` hold what was typed until the address is confirmed; then the participant has it, and they are empty.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("participants", "participant_id"),
        Index("ix_registrations_participant", "tenant_id", "participant_id"),
        Index("ix_registrations_email", "tenant_id", "event_id", "email"),
        Index("ix_registrations_by_token", "token_hash"),
        Index("ix_registrations_unconfirmed", "expires_at"),
        CheckConstraint("party_size >= 1", name="party_size"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    participant_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    email: Mapped[str | None] = mapped_column(String(320))
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    party_size: Mapped[int] = mapped_column(default=1)
    group_ref: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str] = mapped_column(String(16), default="")
    consent_version: Mapped[int | None]
    consent_text: Mapped[str] = mapped_column(Text, default="")
    consented_at: Mapped[datetime | None]
    marketing_text: Mapped[str] = mapped_column(Text, default="")
    marketing_at: Mapped[datetime | None]
    token_hash: Mapped[str] = mapped_column(String(64))
    confirmed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


REFERENCES = (
    Reference("registration_settings.event_id", "events", Clone.REMAP, Erase.ROW),
    Reference("registrations.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("registrations.participant_id", "participants", Clone.DROP, Erase.ROW, Merge.MOVE),
)


REGISTRATION_PART = Part("registration", N_("Registration page"), order=40)
CLONING = (
    CopiedTable(
        "registration_settings",
        REGISTRATION_PART,
        label=N_("Registration page"),
        names=(),
        entity="registration_page",
        columns={
            "is_active": if_active("is_active"),
            "opens_at": ShiftInstant(N_("Opens")),
            "closes_at": ShiftInstant(N_("Closes"), after="opens_at"),
            "categories": Keep(),
            "intro": Rewrite(),
            "consent_text": Rewrite(),
            "marketing_text": Rewrite(),
            "version": StartAnew(1),
        },
    ),
    LeftOut(
        ("registrations",),
        N_("Registrations and consents"),
        N_("Consent was given for the other event."),
    ),
)
