"""What accounts refuse."""

from hub_sync.hub.kit.errors import Conflict, Unprocessable


class EmailTaken(Conflict):
    """Somebody of this tenant has the address already."""


class PasswordTooWeak(Unprocessable):
    """The password does not keep the rules."""
