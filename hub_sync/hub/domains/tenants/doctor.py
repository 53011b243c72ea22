"""What `doctor` checks in tenants: that there is one, and that the ticket keys open."""

from collections.abc import Iterator

from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.tenants.ticket_keys import DERIVED_KEY_WARNING
from hub_sync.hub.kit.domain.doctor import Check, CheckContext, Finding
from hub_sync.hub.kit.security.encryption import SecretUnusable


def check_tenants(context: CheckContext) -> Iterator[Finding]:
    """Report how many tenants there are, and which keys of theirs are for development only."""
    found = tenants.all_tenants(context.work)
    if not found:
        yield Finding("tenants", "warn", "There is none yet: doorward-hub tenant create.")
        return
    yield Finding("tenants", "ok", f"{len(found)}.")
    slugs = {tenant.id: tenant.slug for tenant in found}
    for tenant_id, kid in tenants.development_keys(context.work):
        yield Finding("ticket key", "warn", f"{slugs[tenant_id]}, key {kid}: {DERIVED_KEY_WARNING}")


def check_ticket_keys(context: CheckContext) -> Iterator[Finding]:
    """Report whether every ticket key opens with the hub's secret."""
    found = tenants.all_tenants(context.work)
    if not found or context.secret_box is None:
        return
    try:
        for tenant in found:
            tenants.ticket_keys(context.work, context.secret_box, tenant.id)
    except (SecretUnusable, ValueError) as error:
        yield Finding("ticket keys", "fail", str(error))
    else:
        yield Finding("ticket keys", "ok", "All open with this hub's secret.")


CHECKS: tuple[Check, ...] = (check_tenants, check_ticket_keys)
