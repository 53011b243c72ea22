"""Permissions (one list for all tenants), a tenant's roles and its people."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.tables import ID_LENGTH, Base, Row, Stamped, belongs_to


class PermissionDefinition(Base):
    """A permission that exists; reference data, the same for every tenant."""

    __tablename__ = "permissions"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    from_report: Mapped[bool]


class RoleDefinition(Row, Base):
    """A role of a tenant."""

    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)
    name: Mapped[str] = mapped_column(String(32))


class RolePermission(Stamped, Base):
    """What a role may do."""

    __tablename__ = "role_permissions"
    __table_args__ = (belongs_to("roles", "role_id", ondelete="CASCADE"),)
    tenant_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    role_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    permission: Mapped[str] = mapped_column(String(64), ForeignKey("permissions.key"), primary_key=True)


class User(Row, Base):
    """A person who signs in. `email` is stored in lower case; `password_hash` is argon2id."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("tenant_id", "email"),
        ForeignKeyConstraint(["tenant_id", "role"], ["roles.tenant_id", "roles.name"]),
    )
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200), default="")
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool] = mapped_column(default=True)
    last_signed_in_at: Mapped[datetime | None]
