"""Errors of events."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class EventNotFound(NotFound):
    """The tenant has no such event."""

    template = N_("There is no such event.")


class EventExists(Conflict):
    """Another event of the tenant has the slug."""

    template = N_("There is an event “%(slug)s” already.")


class EventDatesReversed(Unprocessable):
    """The event ends before it starts."""

    template = N_("The event must end after it starts.")


class DoorsReversed(Unprocessable):
    """The doors close before they open."""

    template = N_("The doors must close after they open.")


class EventChanged(PreconditionFailed):
    """The event was changed after it was read."""

    template = N_("The event was changed meanwhile; read it again.")
