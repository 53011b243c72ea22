"""Errors of accounts."""

from hub_sync.hub.kit.errors import (
    Conflict,
    Forbidden,
    Gone,
    HubError,
    NotFound,
    PreconditionFailed,
    Unauthorized,
    Unprocessable,
)
from hub_sync.hub.kit.i18n import N_


class EmailTaken(Conflict):
    """A user of this tenant has the address already."""

    template = N_("There is an account for this address already.")


class PasswordTooWeak(Unprocessable):
    """The password does not keep the rules: by itself, it is too short or too long."""

    template = N_("A password has at least %(minimum)s characters (and at most %(maximum)s).")


class PasswordTooUniform(PasswordTooWeak, variant=True):
    """The password repeats a few characters."""

    template = N_("A password has at least %(minimum)s different characters.")


class PasswordIsEmail(PasswordTooWeak, variant=True):
    """The password is the person's address, or the part before the @."""

    template = N_("A password is not the e-mail address.")


class SignInNeeded(Unauthorized):
    """There is no session, or it has ended."""

    template = N_("Sign in, or send an API key.")


class SignInTimedOut(SignInNeeded, variant=True):
    """The second factor was not shown in time."""

    template = N_("That took too long: sign in again.")


class CsrfTokenMissing(Forbidden):
    """A changing request without the CSRF token of its session."""

    template = N_("Send the header X-CSRF-Token with the session's token: reload the page, and try again.")


class SessionNotFound(NotFound):
    """The session has ended or belongs to another user."""

    template = N_("There is no such session.")


class WrongCredentials(Unauthorized):
    """The account is unknown or can't be used, or the password is wrong. The caller is not told which."""

    template = N_("E-mail address or password is wrong.")


class WrongCode(Unauthorized):
    """The code of the second factor is wrong or was used already."""

    template = N_("That code is not right, or was used already.")


class WrongPassword(Forbidden):
    """A signed-in user did not confirm with their own password."""

    template = N_("That is not your password.")


class SignInBusy(HubError):
    """Too many passwords are checked at the same time for the memory."""

    status = 503
    template = N_("Many people sign in just now. Try again in a moment.")


class TooManyAttempts(HubError):
    """Too many attempts to sign in; the right password has to wait too."""

    status = 429
    template = N_("Too many attempts. Try again in %(wait)s.")


class UserNotFound(NotFound):
    """The tenant has no such user."""

    template = N_("There is no such person.")


class UserEmailNotFound(UserNotFound, variant=True):
    """Nobody of the tenant has the address."""

    template = N_("Nobody has an account with the address %(email)s.")


class UserChanged(PreconditionFailed):
    """Somebody changed the account meanwhile."""

    template = N_("The account was changed meanwhile; read it again.")


class OwnPasswordChanged(UserChanged, variant=True):
    """Somebody's own password became another while they did something with it."""

    template = N_("Your password was changed meanwhile.")


class UserNotActive(Conflict):
    """The account is deactivated."""

    template = N_("The account is deactivated: activate it first.")


class LastAdministrator(Conflict):
    """No active administrator would be left in the tenant."""

    template = N_("The organisation needs at least one administrator: create another administrator first.")


class RoleExceedsOwnPermissions(Forbidden):
    """The role has permissions that the caller doesn't hold."""

    template = N_("That role has permissions that you don't hold yourself.")


class LinkInvalid(Gone):
    """The link is unknown, expired, used or replaced by a newer one."""

    template = N_("This link was used, or its time is over. Ask your administrator for a new one.")


class SecondFactorIsOn(Conflict):
    """A second factor is set up already."""

    template = N_("A second factor is set up already: switch it off first.")


class SecondFactorIsOff(Conflict):
    """There is no second factor to use or switch off."""

    template = N_("There is no second factor.")


class SecondFactorNotBegun(SecondFactorIsOff, variant=True):
    """A code was shown before the set-up began."""

    template = N_("Begin with the set-up first.")
