"""Errors of deadlines."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed
from hub_sync.hub.kit.i18n import N_


class SlaClockNotFound(NotFound):
    """The event has no such clock."""

    template = N_("There is no such deadline.")


class SlaClockChanged(PreconditionFailed):
    """Somebody changed the clock meanwhile, or it has warned or breached."""

    template = N_("The deadline has changed meanwhile; read it again.")


class SlaClockNotRunning(Conflict):
    """The clock is paused, late or at its end."""

    template = N_("This deadline is not running.")


class SlaClockNotPaused(Conflict):
    """The clock is not paused."""

    template = N_("This deadline is not paused.")


class SlaClockEnded(Conflict):
    """The step is done or cancelled."""

    template = N_("This step is over already.")
