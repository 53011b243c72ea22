"""Public functions of tenants and their ticket keys."""

from sqlalchemy import select

from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.tenants.errors import TenantExists, TenantNotFound, TenantSlugNotFound
from hub_sync.hub.domains.tenants.manifest import TENANT_CREATED, TenantCreated
from hub_sync.hub.domains.tenants.tables import QrKey, Tenant
from hub_sync.hub.domains.tenants.ticket_key_states import describe_keys
from hub_sync.hub.domains.tenants.ticket_key_storage import (
    DERIVED_KEY_WARNING,
    StationKeys,
    add_key,
    awaited_keys,
    development_keys,
    encrypted_keys,
    end_replaced,
    first_key,
    key_ring,
    open_material,
    retire_key,
    rotate_key,
    set_format,
    station_keys,
    ticket_keys,
)
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.security.encryption import SecretBox

__all__ = [
    "DERIVED_KEY_WARNING",
    "QrKey",
    "StationKeys",
    "Tenant",
    "add_key",
    "all_tenants",
    "awaited_keys",
    "by_slug",
    "create",
    "describe_keys",
    "development_keys",
    "encrypted_keys",
    "end_replaced",
    "get",
    "key_ring",
    "open_material",
    "retire_key",
    "rotate_key",
    "set_format",
    "station_keys",
    "ticket_keys",
]


def create(
    work: Work,
    seal: SecretBox,
    *,
    slug: str,
    name: str,
    qr_encryption_key: str = "",
    session_secret: str = "",
) -> Tenant:
    """Create a tenant with its roles and its first ticket key.

    Raises:
        TenantExists: the slug is taken.
        ValueError: QR_ENCRYPTION_KEY is not 64 hex digits.
    """
    key, source = first_key(qr_encryption_key, session_secret)
    if work.session.scalar(select(Tenant.id).where(Tenant.slug == slug)):
        raise TenantExists(slug=slug)
    tenant = Tenant(id=work.new_id(), slug=slug, name=name)
    work.session.add(tenant)
    work.session.flush()
    accounts.seed_roles(work, tenant.id)
    add_key(work, seal, tenant.id, key, source)
    audit.record(work, tenant.id, TENANT_CREATED, tenant.id, after=snapshot(tenant))
    domain_events.emit(work, tenant.id, TenantCreated(entity_id=tenant.id, slug=slug))
    return tenant


def get(work: Work, tenant_id: str) -> Tenant:
    """Return the tenant with this id.

    Raises:
        TenantNotFound.
    """
    tenant = work.session.get(Tenant, tenant_id)
    if tenant is None:
        raise TenantNotFound
    return tenant


def by_slug(work: Work, slug: str) -> Tenant:
    """Return the tenant with this slug.

    Raises:
        TenantNotFound.
    """
    tenant = work.session.scalar(select(Tenant).where(Tenant.slug == slug))
    if tenant is None:
        raise TenantSlugNotFound(slug=slug)
    return tenant


def all_tenants(work: Work) -> list[Tenant]:
    """Return all tenants of this hub, by slug."""
    return list(work.session.scalars(select(Tenant).order_by(Tenant.slug)))
