"""Errors of events."""

from hub_sync.hub.kit.errors import Conflict, Forbidden, NotFound, PreconditionFailed, Unprocessable
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


class EventIsTemplate(Conflict):
    """The event is a template: it has no participants, and no station serves it."""

    template = N_("This is a template, and nobody comes to a template. Make an event from it first.")


class EventTemplateProtected(Forbidden):
    """The event is a template, and the caller may not change templates."""

    template = N_("This is a template. Only administrators change it; make an event from it instead.")


class EventTemplateStatusFixed(Conflict):
    """An event does not become a template by its status, nor a template an event."""

    template = N_(
        "A template is made by copying an event, and an event by copying a template. The status alone can't be changed."
    )


class EventChanged(PreconditionFailed):
    """The event was changed after it was read."""

    template = N_("The event was changed meanwhile; read it again.")
