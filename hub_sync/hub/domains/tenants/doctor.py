"""Doctor checks of tenants: there is a tenant, and its ticket keys open."""

from collections.abc import Iterator

from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tenants.ticket_key_storage import DERIVED_KEY_WARNING
from hub_sync.hub.kit.domain.doctor import Check, CheckContext, Finding
from hub_sync.hub.kit.security.encryption import SecretUnusable


def check_tenants(context: CheckContext) -> Iterator[Finding]:
    """Report the number of tenants and their keys that are for development only."""
    rows = tenants.all_tenants(context.work)
    if not rows:
        yield Finding("tenants", "warn", "There is none yet: doorward-hub tenant create.")
        return
    yield Finding("tenants", "ok", f"{len(rows)}.")
    slugs = {tenant.id: tenant.slug for tenant in rows}
    for tenant_id, kid in tenants.development_keys(context.work):
        yield Finding("ticket key", "warn", f"{slugs[tenant_id]}, key {kid}: {DERIVED_KEY_WARNING}")


def check_ticket_keys(context: CheckContext) -> Iterator[Finding]:
    """Report a ticket key that does not open with the hub's secret."""
    rows = tenants.all_tenants(context.work)
    if not rows or context.secret_box is None:
        return
    try:
        for tenant in rows:
            tenants.ticket_keys(context.work, context.secret_box, tenant.id)
    except (SecretUnusable, ValueError) as error:
        yield Finding("ticket keys", "fail", str(error))
    else:
        yield Finding("ticket keys", "ok", "All open with this hub's secret.")


CHECKS: tuple[Check, ...] = (check_tenants, check_ticket_keys)
