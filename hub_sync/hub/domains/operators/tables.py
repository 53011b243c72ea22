"""Operators of stations."""

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import OperatorRole
from hub_sync.hub.domains.operators.manifest import STATION_OPERATOR
from hub_sync.hub.kit.db.cloning import LeftOut
from hub_sync.hub.kit.db.name_column import UniquelyNamed
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, json_type, tenant_foreign_key
from hub_sync.hub.kit.domain.entity_names import EntityNames
from hub_sync.hub.kit.i18n import N_


class StationOperator(UniquelyNamed, Searchable, TenantRow, Base):
    """A person who signs on at an event's stations. Of the PIN only a verifier is stored (`rules.operator_pins`)."""

    __tablename__ = "station_operators"
    __searched_by__ = ("name",)
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        Index(
            "uq_station_operators_folded_name",
            "tenant_id",
            "event_id",
            "folded_name",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[OperatorRole] = mapped_column(enum_column(OperatorRole))
    pin_hash: Mapped[str] = mapped_column(String(200))
    pin_changed_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)
    device_ids: Mapped[list[str]] = mapped_column(json_type(), default=list)
    """The stations where they may sign on; empty: all of the event."""
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


ENTITY_NAMES = (EntityNames(STATION_OPERATOR, StationOperator, (StationOperator.name,)),)


REFERENCES = (Reference("station_operators.event_id", "events", Clone.DROP, Erase.ROW),)


CLONING = (
    LeftOut(
        ("station_operators",),
        N_("Operators of stations"),
        N_("A PIN is valid for one event. Issue new ones for the copy."),
    ),
)
