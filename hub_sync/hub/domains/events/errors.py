"""Errors of events."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class EventNotFound(NotFound):
    """There is no such event in the tenant."""

    template = N_("There is no such event.")


class EventExists(Conflict):
    """The slug is taken."""

    template = N_("There is an event “%(slug)s” already.")


class EventDatesReversed(Unprocessable):
    """The event ends before it starts."""

    template = N_("The event must end after it starts.")


class EventChanged(PreconditionFailed):
    """Somebody changed the event meanwhile."""

    template = N_("The event was changed meanwhile; read it again.")
