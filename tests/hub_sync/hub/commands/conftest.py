"""Users to sign in with, as the tests of accounts have them."""

from tests.hub_sync.hub.domains.accounts.conftest import people, sign_in

__all__ = ["people", "sign_in"]
