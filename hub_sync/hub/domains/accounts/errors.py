"""What accounts refuse."""

from hub_sync.hub.kit.errors import Conflict, Forbidden, Gone, HubError, NotFound, Unauthorized, Unprocessable


class EmailTaken(Conflict):
    """Somebody of this tenant has the address already."""


class PasswordTooWeak(Unprocessable):
    """The password does not keep the rules."""


class SignInNeeded(Unauthorized):
    """Nobody is signed in, or their session is over."""


class CsrfTokenMissing(Forbidden):
    """A change without the proof that it comes from a page of ours (the CSRF token)."""


class SessionNotFound(NotFound):
    """The session has ended, or is another's."""


class WrongCredentials(Unauthorized):
    """No such account, another password, or an account that can't be used: which, nobody is told."""


class WrongCode(Unauthorized):
    """Not the second factor's code of now, or one that was used already."""


class WrongPassword(Forbidden):
    """Somebody who is signed in did not show their own password."""


class SignInBusy(HubError):
    """More passwords are checked at once than the memory is good for."""

    status = 503


class TooManyAttempts(HubError):
    """Too many tries to sign in; even the right password has to wait."""

    status = 429


class UserNotFound(NotFound):
    """There is no such person in the tenant."""


class UserChanged(HubError):
    """Somebody changed the account meanwhile."""

    status = 412


class UserNotActive(Conflict):
    """The account is deactivated."""


class LastAdministrator(Conflict):
    """Nobody would be left who can manage the tenant."""


class RoleExceedsOwnPermissions(Forbidden):
    """A role with permissions that the giver doesn't hold."""


class LinkInvalid(Gone):
    """The link was used, replaced by a newer one, or its time is over; or it never was one."""


class SecondFactorIsOn(Conflict):
    """A second factor is set up already."""


class SecondFactorIsOff(Conflict):
    """There is no second factor to use or switch off."""
