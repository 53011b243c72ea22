"""Errors of definitions."""

from hub_sync.hub.kit.errors import Conflict
from hub_sync.hub.kit.i18n import N_


class WorkflowUnreadable(Conflict):
    """What is stored of a workflow breaks rules of this hub that an older one did not have."""

    template = N_(
        "What is stored of this workflow can't be read: an older version of the program wrote it, and its rules were others. "
        "Replace the draft on the workflow's page, and publish a new version."
    )
