"""Errors of operators."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class OperatorNotFound(NotFound):
    """There is no such operator at the event."""

    template = N_("There is no such operator.")


class OperatorExists(Conflict):
    """The event has an operator of this name."""

    template = N_(
        "The event has an operator “%(name)s” already. Stations list them by name: tell the two apart."
    )


class OperatorChanged(PreconditionFailed):
    """Somebody changed the operator meanwhile."""

    template = N_("The operator was changed meanwhile; read them again.")


class TooManyOperators(Conflict):
    """The event has as many operators as stations take."""

    template = N_("An event has at most %(most)s operators. Delete those who are not needed any more.")


class PinInvalid(Unprocessable):
    """The text is no PIN."""

    template = N_("A PIN has four to eight digits.")


class PinTooEasy(Unprocessable):
    """The PIN is one of those that are guessed first."""

    template = N_("This PIN is guessed first: not one digit repeated, and not digits in a row.")


class StationNotAtEvent(Unprocessable):
    """The event has no such station."""

    template = N_("One of the stations does not belong to this event.")
