"""Errors that cross the wire. The name of the class is the code that programs read.

    HubError
    ├── BadRequest 400        ├── NotFound 404          ├── Gone 410
    ├── Unauthorized 401      ├── Conflict 409          ├── PreconditionFailed 412
    └── Forbidden 403         └── Unprocessable 422     └── PayloadTooLarge 413

A domain derives its own from these, and gives each one sentence with named parameters:

    class EventExists(Conflict):
        \"\"\"The slug is taken.\"\"\"

        template = N_("There is an event “%(slug)s” already.")

    raise EventExists(slug=slug)

REST answers the English sentence with the parameters as members of the problem; the console translates the template
and then fills it in. So no program ever has to read a sentence.
"""

from typing import ClassVar

from hub_sync.hub.kit.i18n import N_


class HubError(Exception):
    """An error that the caller is told of.

    Attributes:
        status: the HTTP status.
        template: one English sentence for a person, marked with `N_`, with placeholders such as `%(slug)s`.
        parameters: what fills the placeholders in, and whatever else programs should know (never secrets).
    """

    status: ClassVar[int] = 400
    template: str = N_("The request can't be understood.")

    def __init__(self, sentence: str = "", /, **parameters: object) -> None:
        """Make the error with its parameters. `sentence` in the template's place is going away."""
        if sentence:
            self.template = sentence.replace("%", "%%")
        self.parameters = parameters
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.template % self.parameters

    @property
    def code(self) -> str:
        """The code on the wire."""
        return type(self).__name__


class BadRequest(HubError):
    """The request can't be understood."""


class Unauthorized(HubError):
    """No credential, or one that is not known."""

    status = 401
    template = N_("Sign in, or send an API key.")


class Forbidden(HubError):
    """The credential is known, and not enough."""

    status = 403
    template = N_("You may not do this.")


class NotFound(HubError):
    """There is no such thing (for this caller)."""

    status = 404
    template = N_("There is nothing at this address.")


class Conflict(HubError):
    """The state of things does not allow it."""

    status = 409
    template = N_("This can't be done now.")


class Gone(HubError):
    """It was there, and its time is over."""

    status = 410
    template = N_("This is over.")


class PreconditionFailed(HubError):
    """It is not any more as the caller read it."""

    status = 412
    template = N_("It is not any more as you read it; read it again.")


class PayloadTooLarge(HubError):
    """The body is larger than this route takes."""

    status = 413
    template = N_("This is too large.")


class Unprocessable(HubError):
    """The request is understood, and its content is not acceptable."""

    status = 422
    template = N_("This can't be accepted.")
