"""Tests of the rate limit tiers."""

from hub_sync.contract.enums import RateLimitTier
from hub_sync.hub.domains.api_keys.rate_limit_tiers import CALLS_PER_MINUTE, calls_a_minute


def test_tiers_have_the_reports_figures() -> None:
    assert [CALLS_PER_MINUTE[tier] for tier in list(RateLimitTier)[:3]] == [100, 500, 2000]


def test_a_keys_own_limit_goes_before_its_tiers() -> None:
    assert calls_a_minute(RateLimitTier.CUSTOM, 7) == 7
    assert calls_a_minute(RateLimitTier.STANDARD, None) == 100
