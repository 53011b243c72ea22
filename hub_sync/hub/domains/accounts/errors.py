"""What accounts refuse."""

from hub_sync.hub.kit.errors import Conflict, Forbidden, Unauthorized, Unprocessable


class EmailTaken(Conflict):
    """Somebody of this tenant has the address already."""


class PasswordTooWeak(Unprocessable):
    """The password does not keep the rules."""


class SignInNeeded(Unauthorized):
    """Nobody is signed in, or their session is over."""


class ProofMissing(Forbidden):
    """A change without the proof that it comes from a page of ours (the CSRF token)."""
