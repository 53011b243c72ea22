"""Errors of workflows."""

from hub_sync.hub.kit.errors import NotFound
from hub_sync.hub.kit.i18n import N_


class WorkflowNotFound(NotFound):
    """There is no such workflow in the event."""

    template = N_("There is no such workflow.")
