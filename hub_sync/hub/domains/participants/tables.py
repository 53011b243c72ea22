"""The table of participants: one row for each registration."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.participants.manifest import PARTICIPANT, PARTICIPANTS_READ
from hub_sync.hub.kit.db.cloning import LeftOut
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import (
    ID_LENGTH,
    Base,
    TenantRow,
    enum_column,
    tenant_foreign_key,
)
from hub_sync.hub.kit.domain.entity_names import EntityNames, joined
from hub_sync.hub.kit.events.change_feed import FeedTracked, feed_index
from hub_sync.hub.kit.i18n import N_
from hub_sync.rules.text_normalization import normalize_code


def _partial_index(name: str, column: str) -> Index:
    """Return an index for lists: these leave out deleted rows."""
    condition = text("deleted_at IS NULL")
    columns = ("tenant_id", "event_id", column, "id")
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


_HAS_EXTERNAL_ID = text("external_id IS NOT NULL AND deleted_at IS NULL")


class Participant(Searchable, FeedTracked, TenantRow, Base):
    """A person registered for one event.

    `code_normal` is `rules.text_normalization.normalize_code(registration_code)`. It is unique in the event, and typed
    codes are looked up by it. `standing` is as in `contract.sync.PARTICIPANT_FIELDS` ("" is good). A deleted row stays
    as a tombstone for the gates.
    """

    __tablename__ = "participants"
    __searched_by__ = ("first_name", "last_name", "email", "registration_code", "external_id", "group_ref")
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        feed_index("participants"),
        Index("uq_participants_code", "tenant_id", "event_id", "code_normal", unique=True),
        Index(
            "uq_participants_external_id",
            "tenant_id",
            "event_id",
            "external_id",
            unique=True,
            sqlite_where=_HAS_EXTERNAL_ID,
            postgresql_where=_HAS_EXTERNAL_ID,
        ),
        Index("ix_participants_email", "tenant_id", "email"),
        Index("ix_participants_standing", "tenant_id", "event_id", "standing"),
        Index("ix_participants_snapshot", "tenant_id", "event_id", "id"),
        _partial_index("ix_participants_status", "status"),
        _partial_index("ix_participants_category", "category"),
        _partial_index("ix_participants_name", "last_name"),
        _partial_index("ix_participants_group", "group_ref"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    first_name: Mapped[str] = mapped_column(String(200), default="")
    last_name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str | None] = mapped_column(String(320))
    phone: Mapped[str | None] = mapped_column(String(64))
    registration_code: Mapped[str] = mapped_column(String(64))
    code_normal: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str | None] = mapped_column(String(64))
    """The registration's id in another system, by which an import knows it again."""
    status: Mapped[ParticipantStatus] = mapped_column(
        enum_column(ParticipantStatus), default=ParticipantStatus.PENDING
    )
    category: Mapped[str] = mapped_column(String(64), default="")
    group_ref: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """What the members of a group share, such as the number of a family's order; "": no group."""
    photo: Mapped[str | None] = mapped_column(String(500))
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    standing: Mapped[str] = mapped_column(String(255), default="")
    tickets_valid_from: Mapped[datetime | None]
    """A whole second: tickets that were sealed before are replaced; None: none is."""
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


def _name(first_name: str, last_name: str, code: str) -> str:
    return joined(first_name, last_name) or code


ENTITY_NAMES = (
    EntityNames(
        PARTICIPANT,
        Participant,
        (Participant.first_name, Participant.last_name, Participant.registration_code),
        _name,
        permission=PARTICIPANTS_READ,
        exact=lambda text: Participant.code_normal == normalize_code(text),
    ),
)


REFERENCES = (Reference("participants.event_id", "events", Clone.DROP, Erase.ROW),)


CLONING = (
    LeftOut(
        ("participants",),
        N_("Participants"),
        N_(
            "They registered for the other event. Chosen ones can be carried over, with new registration codes."
        ),
    ),
)
