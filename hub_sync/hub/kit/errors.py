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

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from hub_sync.hub.kit.i18n import N_


class HubError(Exception):
    """An error that the caller is told of.

    A subclass that is declared with `variant=True` has a sentence of its own under its parent's code.

    Attributes:
        status: the HTTP status.
        code: the code on the wire: the name of the class, or of its parent if it is a variant.
        template: one English sentence for a person, marked with `N_`, with placeholders such as `%(slug)s`.
        parameters: what fills the placeholders in, and whatever else programs should know (never secrets).
        after_rollback: what is to be stored all the same, in a transaction of its own (a `Work`) after that of the error.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "HubError"
    template: str = N_("The request can't be understood.")
    after_rollback: Sequence[Callable[[Any], None]] = ()

    def __init_subclass__(cls, *, variant: bool = False) -> None:
        """Name the code after the class."""
        super().__init_subclass__()
        if not variant:
            cls.code = cls.__name__

    def __init__(self, **parameters: object) -> None:
        """Create the error with its parameters."""
        self.parameters = parameters
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The sentence in English."""
        return fill_in(self.template, self.parameters)


def fill_in(template: str, parameters: Mapping[str, Any]) -> str:
    """Return a template with its parameters; several values are listed, and an instant is written as ISO 8601 has it.

    >>> fill_in("You lack %(permissions)s.", {"permissions": ["events:read", "events:update"]})
    'You lack events:read, events:update.'
    """
    return template % {name: _spelled(value) for name, value in parameters.items()}


def first_line(error: BaseException) -> str:
    r"""Return the first line of what an error says, for a line of the log; the name of its class if it says nothing.

    >>> first_line(ValueError("no such row\nDETAIL: …")), first_line(LookupError())
    ('no such row', 'LookupError')
    """
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _spelled(value: Any) -> Any:
    if isinstance(value, list | tuple | frozenset | set):
        return ", ".join(map(str, value))
    return value.isoformat() if hasattr(value, "isoformat") else value


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
    template = N_("It was changed in the meantime. Read it again.")


class PayloadTooLarge(HubError):
    """The body is larger than this route takes."""

    status = 413
    template = N_("This is too large.")


class Unprocessable(HubError):
    """The request is understood, and its content is not acceptable."""

    status = 422
    template = N_("This can't be accepted.")
