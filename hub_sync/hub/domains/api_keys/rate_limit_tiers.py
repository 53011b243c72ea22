"""Rate limit tiers of API keys (report P4-01, item 4)."""

from hub_sync.contract.enums import RateLimitTier

CALLS_PER_MINUTE = {RateLimitTier.STANDARD: 100, RateLimitTier.ELEVATED: 500, RateLimitTier.PREMIUM: 2000}


def calls_a_minute(tier: RateLimitTier, rate_limit: int | None) -> int:
    """Return the calls a minute that a key of this tier may make; `rate_limit` is the key's own, of tier CUSTOM."""
    return CALLS_PER_MINUTE[tier] if rate_limit is None else rate_limit
