"""Errors of workflows."""

from hub_sync.hub.kit.errors import NotFound
from hub_sync.hub.kit.i18n import N_


class WorkflowNotFound(NotFound):
    """The event has no such workflow."""

    template = N_("There is no such workflow.")
