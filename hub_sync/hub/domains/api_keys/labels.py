"""Labels of API keys in the console."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub_sync.contract.enums import ApiKeyStatus, RateLimitTier
from hub_sync.hub.console import N_, _
from hub_sync.hub.domains import registry
from hub_sync.hub.kit.security.credential_bounds import DAY_S

HOUR_S = 3600

STATUSES: dict[str, tuple[str, str]] = {
    ApiKeyStatus.ACTIVE: (N_("Active"), "good"),
    ApiKeyStatus.ROTATED: (N_("Rotated"), "warn"),
    ApiKeyStatus.REVOKED: (N_("Revoked"), "bad"),
    ApiKeyStatus.EXPIRED: (N_("Expired"), "quiet"),
}
"""Word and tone."""
TIERS: dict[RateLimitTier, str] = {
    RateLimitTier.STANDARD: N_("Standard"),
    RateLimitTier.ELEVATED: N_("Elevated"),
    RateLimitTier.PREMIUM: N_("Premium"),
    RateLimitTier.CUSTOM: N_("Custom"),
}
GRACES: dict[int, tuple[str, str]] = {
    0: (N_("None"), N_("The old key stops at once: after a leak.")),
    HOUR_S: (N_("1 hour"), ""),
    DAY_S: (N_("24 hours"), N_("Enough to bring the new key to every program that uses it.")),
    7 * DAY_S: (N_("7 days"), ""),
}


@dataclass(frozen=True, slots=True)
class PermissionChoices:
    """The permissions of a group, as (permission, words) pairs; that for all of them comes first, if it may be given."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]


def permission_choices(
    permissions: frozenset[str], present: Iterable[str] = ()
) -> Sequence[PermissionChoices]:
    """Return the permissions that a form offers, in the language of the page.

    Args:
        permissions: what the person has, and so may give.
        present: what the key has already; it is shown whatever the person has.
    """
    selected = set(present)
    offered = []
    for group in registry().permission_groups:
        wildcard = f"{group.name}:*"
        labels = {str(permission): permission.label for permission in group.permissions}
        if len(labels) > 1 or wildcard in selected:
            labels = {wildcard: N_("Everything"), **labels}
        choices = [
            (name, _(label))
            for name, label in labels.items()
            if name in selected or registry().covers(permissions, name)
        ]
        if choices:
            offered.append(PermissionChoices(group.name, _(group.label), choices))
    return offered
