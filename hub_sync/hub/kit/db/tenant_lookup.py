"""Look up a tenant before the caller is known, for signing in.

Every row belongs to a tenant (`kit.db.tables`), so the kit may know that a tenant has an id, a slug and a name. The domain
of tenants imports accounts, so accounts can't import it.
"""

from sqlalchemy import column, select, table

from hub_sync.hub.kit.db.unit_of_work import Work

_TENANTS = table("tenants", column("id"), column("slug"), column("name"))


def find_tenant_id(work: Work, slug: str) -> str | None:
    """Return the id of the tenant with this slug, or without a slug of the only tenant; None if there is none."""
    statement = select(_TENANTS.c.id)
    if slug:
        statement = statement.where(_TENANTS.c.slug == slug)
    tenant_ids = work.session.scalars(statement.limit(2)).all()
    return str(tenant_ids[0]) if len(tenant_ids) == 1 else None


def all_tenant_ids(work: Work) -> list[str]:
    """Return the ids of all tenants."""
    return list(work.session.scalars(select(_TENANTS.c.id).order_by(_TENANTS.c.id)))


def find_tenant_name(work: Work, tenant_id: str) -> str:
    """Return the tenant's name; empty if there is no such tenant."""
    return work.session.scalar(select(_TENANTS.c.name).where(_TENANTS.c.id == tenant_id)) or ""


def has_several_tenants(work: Work) -> bool:
    """Return True if there are several tenants, so that people must name theirs."""
    return len(work.session.scalars(select(_TENANTS.c.id).limit(2)).all()) > 1
