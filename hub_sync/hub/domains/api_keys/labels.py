"""What the console calls the things about keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub_sync.contract.enums import ApiKeyStatus, RateLimitTier
from hub_sync.contract.permissions import ALL_PERMISSIONS, covers
from hub_sync.hub.console import N_, _
from hub_sync.hub.domains.api_keys.schemas import DAY_S

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
LABELS: dict[str, str] = {
    "name": N_("Name"),
    "permissions": N_("Permissions"),
    "tier": N_("Calls a minute"),
    "rate_limit": N_("Own limit"),
    "ip_allow_list": N_("Allowed addresses"),
    "expires_at": N_("Expires"),
    "status": N_("Status"),
    "grace_until": N_("Good until"),
    "revoked_at": N_("Revoked"),
    "rotated_to_id": N_("Replaced by"),
}
WORDS: dict[str, str] = {status: label for status, (label, _tone) in STATUSES.items()} | {
    tier.value: label for tier, label in TIERS.items()
}
DOMAINS: dict[str, str] = {
    "events": N_("Events"),
    "participants": N_("Participants"),
    "tickets": N_("Tickets"),
    "checkpoints": N_("Checkpoints"),
    "check-in": N_("Check-in"),
    "access-logs": N_("Access log"),
    "occupancy": N_("Occupancy"),
    "devices": N_("Stations"),
    "kiosk": N_("Kiosks"),
    "workflows": N_("Workflows"),
    "webhooks": N_("Webhooks"),
    "bulk-operations": N_("Bulk operations"),
    "duplicates": N_("Duplicates"),
    "blacklist": N_("Blacklist"),
    "waitlist": N_("Waitlist"),
    "communication": N_("Messages"),
    "event-clone": N_("Event series"),
    "api-keys": N_("API keys"),
    "users": N_("Users"),
    "feature-flags": N_("Features"),
    "audit": N_("Audit"),
    "tenant": N_("Organisation"),
}
ACTIONS: dict[str, str] = {
    "read": N_("Look at"),
    "create": N_("Make"),
    "update": N_("Change"),
    "delete": N_("Delete"),
    "manage": N_("Manage"),
    "scan": N_("Scan"),
    "issue": N_("Issue"),
    "execute": N_("Run"),
    "review": N_("Review"),
    "broadcast": N_("Send to many"),
}


@dataclass(frozen=True, slots=True)
class PermissionGroup:
    """The permissions of a domain, as (permission, words) pairs; that for all of them comes first, if it may be given."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]


def permission_groups(held: frozenset[str], given: Iterable[str] = ()) -> Sequence[PermissionGroup]:
    """What somebody who holds these permissions can give; and what a key has already, to see it."""
    had = set(given)
    names = list(DOMAINS)
    of_domains: dict[str, list[str]] = {}
    for one in map(str, ALL_PERMISSIONS):
        of_domains.setdefault(one.partition(":")[0], []).append(one)
    found = []
    for domain in sorted(of_domains, key=lambda name: names.index(name) if name in names else len(names)):
        ones = of_domains[domain]
        offered = [*([f"{domain}:*"] if len(ones) > 1 or f"{domain}:*" in had else []), *ones]
        choices = [(one, _action(one)) for one in offered if one in had or covers(held, one)]
        if choices:
            found.append(PermissionGroup(domain, _(DOMAINS.get(domain, domain)), choices))
    return found


def _action(permission: str) -> str:
    action = permission.partition(":")[2]
    return _("Everything") if action == "*" else _(ACTIONS.get(action, action))
