"""Doctor check of accounts: every tenant has somebody who can manage it."""

from collections.abc import Iterator

from hub_sync.hub.domains.accounts.users.service import tenants_without_administrator
from hub_sync.hub.kit.domain.doctor import Check, CheckContext, Finding, first_few


def check_administrators(context: CheckContext) -> Iterator[Finding]:
    """Warn about tenants in which no administrator can sign in; one who was invited and has no password can't."""
    slugs = tenants_without_administrator(context.work)
    if slugs:
        message = f"No active one who can sign in: {first_few(slugs)}. Create one: doorward-hub admin create --tenant SLUG."
        yield Finding("administrators", "warn", message)


CHECKS: tuple[Check, ...] = (check_administrators,)
