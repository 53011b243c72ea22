"""Errors that cross the wire. The class's name is the code that programs read.

    HubError
    ├── BadRequest 400        ├── NotFound 404          ├── Gone 410
    ├── Unauthorized 401      ├── Conflict 409          └── PayloadTooLarge 413
    └── Forbidden 403         └── Unprocessable 422

A domain derives its own from these: `class WaitlistFull(Conflict)` answers 409 with `error.code` "WaitlistFull".
"""


class HubError(Exception):
    """A refusal that the caller is told of; `message` is one sentence for a person."""

    status = 400

    def __init__(self, message: str, **details: object) -> None:
        """`details` become further members of the problem (never secrets)."""
        super().__init__(message)
        self.message = message
        self.details = details

    @property
    def code(self) -> str:
        """The code on the wire."""
        return type(self).__name__


class BadRequest(HubError):
    """The request can't be understood."""


class Unauthorized(HubError):
    """No credential, or one that is not known."""

    status = 401


class Forbidden(HubError):
    """The credential is known, and not enough."""

    status = 403


class NotFound(HubError):
    """There is no such thing (for this caller)."""

    status = 404


class Conflict(HubError):
    """The state of things does not allow it."""

    status = 409


class Gone(HubError):
    """It was there, and its time is over."""

    status = 410


class PayloadTooLarge(HubError):
    """The body is larger than this route takes."""

    status = 413


class Unprocessable(HubError):
    """The request is understood, and its content is not acceptable."""

    status = 422
