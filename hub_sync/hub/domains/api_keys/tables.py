"""API keys: only a bcrypt hash and a unique look-up prefix are kept."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.contract.enums import ApiKeyStatus, RateLimitTier
from hub_sync.hub.domains.api_keys.manifest import API_KEY
from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, json_type, tenant_foreign_key
from hub_sync.hub.kit.domain.entity_names import EntityNames


class ApiKey(Searchable, TenantRow, Base):
    """A key of an integrator; `rate_limit` (calls a minute) only with the CUSTOM tier."""

    __tablename__ = "api_keys"
    __searched_by__ = ("name", "prefix")
    __table_args__ = (
        tenant_foreign_key("users", "created_by"),
        tenant_foreign_key("api_keys", "rotated_to_id"),
        UniqueConstraint("tenant_id", "prefix"),
        Index("ix_api_keys_by_prefix", "prefix"),
        CheckConstraint("(tier = 'CUSTOM') = (rate_limit IS NOT NULL)", name="rate_limit"),
    )
    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(32))
    key_hash: Mapped[str] = mapped_column(String(128))
    key_check: Mapped[str | None] = mapped_column(String(8))
    """`key_format.check_value`; None: the key is older than check values."""
    permissions: Mapped[list[str]] = mapped_column(json_type(), default=list)
    tier: Mapped[RateLimitTier] = mapped_column(enum_column(RateLimitTier), default=RateLimitTier.STANDARD)
    rate_limit: Mapped[int | None]
    ip_allow_list: Mapped[list[str]] = mapped_column(json_type(), default=list)
    status: Mapped[ApiKeyStatus] = mapped_column(enum_column(ApiKeyStatus), default=ApiKeyStatus.ACTIVE)
    expires_at: Mapped[datetime | None]
    rotated_to_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    grace_until: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    usage_count: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), default=0)
    created_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    version: Mapped[int] = mapped_column(default=1)


ENTITY_NAMES = (EntityNames(API_KEY, ApiKey, (ApiKey.name,)),)


REFERENCES = (
    Reference("api_keys.created_by", "users", Clone.DROP, Erase.REFERENCE),
    Reference("api_keys.rotated_to_id", "api_keys", Clone.DROP, Erase.REFERENCE),
)
