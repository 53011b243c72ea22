"""The flags that exist, and their state a tenant."""

from sqlalchemy import Boolean, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.references import Clone, Erase, Reference
from hub_sync.hub.kit.db.tables import Base, TenantRow


class FeatureFlagDefinition(Base):
    """A flag that exists; reference data, the same for every tenant."""

    __tablename__ = "feature_flags"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    enabled_by_default: Mapped[bool] = mapped_column(Boolean)


class FeatureFlagState(TenantRow, Base):
    """A tenant's own setting of a flag; without one the default holds."""

    __tablename__ = "feature_flag_states"
    __table_args__ = (UniqueConstraint("tenant_id", "key"),)
    key: Mapped[str] = mapped_column(String(64), ForeignKey("feature_flags.key"))
    enabled: Mapped[bool]


REFERENCES = (Reference("feature_flag_states.key", "feature_flags", Clone.COPY, Erase.NOTHING),)
