"""Errors of broadcasts."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class BroadcastNotFound(NotFound):
    """There is no such broadcast."""

    template = N_("There is no such broadcast.")


class BroadcastChanged(PreconditionFailed):
    """Somebody changed the broadcast or its audience meanwhile."""

    template = N_("The broadcast was changed meanwhile. Look at its preview again.")


class BroadcastState(Conflict):
    """The state of the broadcast does not allow it."""

    template = N_("The state of this broadcast does not allow that: %(state)s.")


class BroadcastNotPreviewed(Conflict):
    """Nothing is sent that nobody has looked at."""

    template = N_("Make the preview first: nothing is sent to people whom nobody has counted.")


class BroadcastNobody(Conflict):
    """Nobody of the audience can be written to."""

    template = N_("Nobody of this audience can be written to.")


class BroadcastTemplateMissing(Unprocessable):
    """There is no published template of this name for this channel."""

    template = N_("There is no published template “%(name)s” for %(channel)s.")


class BroadcastTimesInvalid(Unprocessable):
    """The latest time lies before the time of sending."""

    template = N_("The latest time must lie after the time of sending.")


class BroadcastInThePast(Unprocessable):
    """The time of sending is over."""

    template = N_("This time is over. Choose a later one, or send now.")
