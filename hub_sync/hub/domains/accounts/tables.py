"""Tables of permissions (shared by all tenants), roles, users, sessions and links."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.domains.accounts.manifest import USER
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import (
    ID_LENGTH,
    Base,
    TenantRow,
    Timestamped,
    enum_column,
    json_type,
    tenant_foreign_key,
)
from hub_sync.hub.kit.domain.entity_names import EntityNames
from hub_sync.hub.kit.security.issuers import MAX_OWNER


class PermissionDefinition(Base):
    """A permission that exists; reference data, the same for every tenant."""

    __tablename__ = "permissions"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    from_report: Mapped[bool]


class RoleDefinition(TenantRow, Base):
    """A role of a tenant."""

    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)
    name: Mapped[str] = mapped_column(String(32))


class RolePermission(Timestamped, Base):
    """A permission of a role."""

    __tablename__ = "role_permissions"
    __table_args__ = (tenant_foreign_key("roles", "role_id", ondelete="CASCADE"),)
    tenant_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    role_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    permission: Mapped[str] = mapped_column(String(64), ForeignKey("permissions.key"), primary_key=True)


class UserStatus(StrEnum):
    """Status of an account."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    DEACTIVATED = "DEACTIVATED"


class User(Searchable, TenantRow, Base):
    """A user. `email` is stored in lower case; `password_hash` is argon2id, empty until they set a password."""

    __tablename__ = "users"
    __searched_by__ = ("name", "email")
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
    password_changed_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(8), default="")
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """Last 30-second step whose code was used: no code works twice."""
    recovery_hashes: Mapped[list[str]] = mapped_column(json_type(), default=list)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def status(self) -> UserStatus:
        """Return the status; a user without a password has not accepted the invitation."""
        if not self.active:
            return UserStatus.DEACTIVATED
        return UserStatus.ACTIVE if self.password_hash else UserStatus.INVITED

    @property
    def second_factor(self) -> bool:
        """Return True if the user signs in with a second factor."""
        return self.totp_confirmed_at is not None


class TokenPurpose(StrEnum):
    """Purpose of a one-time link."""

    INVITATION = "INVITATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - a purpose


class UserSession(TenantRow, Base):
    """A session of a user. Of its cookie only the SHA-256 is stored."""

    __tablename__ = "user_sessions"
    __table_args__ = (
        tenant_foreign_key("users", "user_id", ondelete="CASCADE"),
        Index("uq_user_sessions_token_hash", "token_hash", unique=True),
        Index("ix_user_sessions_user", "tenant_id", "user_id"),
    )
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    token_hash: Mapped[str] = mapped_column(String(64))
    awaits_second_factor: Mapped[bool] = mapped_column(default=False)
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(45), default="")
    user_agent: Mapped[str] = mapped_column(String(200), default="")


class UserToken(TenantRow, Base):
    """A one-time link of a user. Of its token only the SHA-256 is stored."""

    __tablename__ = "user_tokens"
    __table_args__ = (
        tenant_foreign_key("users", "user_id", ondelete="CASCADE"),
        Index("uq_user_tokens_token_hash", "token_hash", unique=True),
        Index("ix_user_tokens_user", "tenant_id", "user_id"),
    )
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    purpose: Mapped[TokenPurpose] = mapped_column(enum_column(TokenPurpose))
    token_hash: Mapped[str] = mapped_column(String(64))
    issued_by: Mapped[str | None] = mapped_column(String(MAX_OWNER))
    """`Bounds.owner` of whoever issued it; None: whoever runs the hub."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


ENTITY_NAMES = (
    EntityNames(
        USER, User, (User.name, User.email), lambda name, email: name or email, actor=("user:", User.email)
    ),
)


REFERENCES = (
    Reference("role_permissions.permission", "permissions", Clone.COPY, Erase.NOTHING),
    Reference("role_permissions.role_id", "roles", Clone.COPY, Erase.ROW),
    Reference("user_sessions.user_id", "users", Clone.DROP, Erase.ROW),
    Reference("user_tokens.user_id", "users", Clone.DROP, Erase.ROW),
    Reference("users.role", "roles", Clone.COPY, Erase.NOTHING),
)
