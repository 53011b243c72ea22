"""Browsers that people are signed in with."""

from dataclasses import dataclass

from hub_sync.hub.domains.accounts.errors import SignInNeeded
from hub_sync.hub.kit.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Somebody who is signed in, and what they may do."""

    user_id: str
    tenant_id: str
    email: str
    name: str
    role: str
    language: str
    permissions: frozenset[str]
    session_id: str


def signed_in(work: Work, token: str) -> SignedInUser:  # noqa: ARG001 - lands with sign-in
    """Whose session this is.

    Raises:
        SignInNeeded: 401: no token, an unknown or ended session, or one whose second factor is still awaited.
    """
    raise SignInNeeded("Sign in, or send an API key.")


def check_csrf(token: str, proof: str) -> None:
    """That a changing request comes from a page of ours.

    Raises:
        ProofMissing: 403.
    """
