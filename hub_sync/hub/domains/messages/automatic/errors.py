"""Errors of automatic messages."""

from hub_sync.hub.kit.errors import NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class AutomaticTriggerUnknown(NotFound):
    """There is no such occasion."""

    template = N_("There is no automatic message for this occasion.")


class AutomaticRuleChanged(PreconditionFailed):
    """Somebody changed the rule meanwhile."""

    template = N_("This automatic message was changed meanwhile; read it again.")


class ReminderTimeMissing(Unprocessable):
    """A reminder needs a time before the start."""

    template = N_("Say how long before the start the reminder is sent.")
