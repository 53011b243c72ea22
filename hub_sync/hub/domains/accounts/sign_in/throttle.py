"""Rate limits of sign-in. Every attempt counts, also a right one, so that a 429 tells a guesser nothing."""

import hashlib
from typing import NamedTuple

from hub_sync.hub.domains.accounts.errors import TooManyAttempts
from hub_sync.hub.kit.networks import network_key
from hub_sync.hub.kit.security.rate_limits import RateLimits


class RateAllowance(NamedTuple):
    """A number of attempts within a number of minutes."""

    tries: int
    minutes: int


PER_ADDRESS = RateAllowance(60, 1)
"""Generous: a whole venue may sit behind one address."""
PER_PERSON_THERE = RateAllowance(8, 1)
"""One account, tried from one address."""
PER_ACCOUNT = RateAllowance(40, 15)
"""One account, tried from any browser that is not known."""
PER_KNOWN_BROWSER = RateAllowance(10, 15)
"""One account, tried from a known browser: guesses from elsewhere do not lock it out."""
PER_CODE = (RateAllowance(5, 1), RateAllowance(15, 15))
"""Codes of a second factor, and the own password of a signed-in user."""
AUDITED_FAILURES = RateAllowance(60, 1)
"""Failed sign-ins that the audit log records per tenant."""


class SignInThrottle:
    """Counter of sign-in attempts, in the same store as the rate limits of requests."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits

    def count_password_attempt(self, tenant: str, address: str, email: str, known_browser: str = "") -> None:
        """Count an attempt to sign in; `known_browser` is the id of a known browser, or "".

        Raises:
            TooManyAttempts: 429.
        """
        place = network_key(address)
        # The address comes first, so that one caller can't fill the memory with counted names.
        self._take(f"sign-in-from:{place}", PER_ADDRESS)
        self._take(f"sign-in:{_digest(tenant, place, email)}", PER_PERSON_THERE)
        if known_browser:
            self._take(f"sign-in-with:{known_browser}", PER_KNOWN_BROWSER)
        else:
            self._take(f"sign-in-as:{_digest(tenant, email)}", PER_ACCOUNT)

    def count_code_attempt(self, user_id: str) -> None:
        """Count an attempt of a known user to enter a code or their password.

        Raises:
            TooManyAttempts: 429.
        """
        for allowance in PER_CODE:
            self._take(f"code:{user_id}:{allowance.minutes}", allowance)

    def should_audit_failure(self, tenant_id: str) -> bool:
        """Return True if the audit log may record one more failure."""
        tries, minutes = AUDITED_FAILURES
        return self._limits.acquire(f"sign-in-failed:{tenant_id}", tries, minutes).granted

    def _take(self, name: str, allowance: RateAllowance) -> None:
        decision = self._limits.acquire(name, allowance.tries, allowance.minutes)
        if not decision.granted:
            wait_s = max(1, decision.reset_s)
            wait = f"{wait_s} s" if wait_s < 100 else f"{-(-wait_s // 60)} minutes"  # noqa: PLR2004 - reads better
            raise TooManyAttempts(wait=wait, retry_after_s=wait_s)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
