"""Which tenant somebody means before the hub knows who they are.

Every row of the kit belongs to a tenant (`kit.tables`), so the kit may know that one has an id, a slug and a name. What
tenants are is the business of their domain, which stands on accounts and so can't be asked by it.
"""

from sqlalchemy import column, select, table

from hub_sync.hub.kit.db.unit_of_work import Work

_TENANTS = table("tenants", column("id"), column("slug"), column("name"))


def find_tenant_id(work: Work, slug: str) -> str | None:
    """The tenant of a slug, or with no slug the only one there is."""
    chosen = select(_TENANTS.c.id)
    if slug:
        chosen = chosen.where(_TENANTS.c.slug == slug)
    found = work.session.scalars(chosen.limit(2)).all()
    return str(found[0]) if len(found) == 1 else None


def find_tenant_name(work: Work, tenant_id: str) -> str:
    """What the tenant is called; nothing where there is none."""
    return work.session.scalar(select(_TENANTS.c.name).where(_TENANTS.c.id == tenant_id)) or ""


def has_several_tenants(work: Work) -> bool:
    """Whether people have to say which organisation they mean."""
    return len(work.session.scalars(select(_TENANTS.c.id).limit(2)).all()) > 1
