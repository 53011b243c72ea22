"""Errors of check-in."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class CheckpointNotFound(NotFound):
    """There is no such checkpoint at the event."""

    template = N_("There is no such checkpoint.")


class ZoneNotFound(NotFound):
    """No checkpoint of the event leads to this zone."""

    template = N_("No checkpoint of the event leads to a zone of this name.")


class ConflictNotFound(NotFound):
    """There is no such conflict at the event."""

    template = N_("There is no such conflict.")


class ConflictResolvedAlready(Conflict):
    """Somebody else resolved it meanwhile, or resolved it with another note."""

    template = N_("This was resolved already. Open it again to change what was noted.")


class ConflictNotResolved(Conflict):
    """There is nothing to open again: nobody has resolved it."""

    template = N_("Nobody has resolved this, so there is nothing to open again.")


class ScanNotFound(NotFound):
    """The event's access log has no such row."""

    template = N_("The event's access log has no such row.")


class ScanIdReused(Conflict):
    """The id is that of another scan."""

    template = N_("This id was used for another scan; give each scan its own.")


class GroupChanged(Conflict):
    """Somebody who was to be admitted with a group is not in it any more."""

    template = N_("The group was changed meanwhile; scan the ticket again.")


class CheckpointExists(Conflict):
    """The event has a checkpoint of this name."""

    template = N_("The event has a checkpoint “%(name)s” already.")


class CheckpointChanged(PreconditionFailed):
    """Somebody changed the checkpoint meanwhile."""

    template = N_("The checkpoint was changed meanwhile; read it again.")


class OpeningHoursIncomplete(Unprocessable):
    """Opening hours need both a beginning and an end."""

    template = N_("Opening hours need both a beginning and an end.")


class ReentryIncomplete(Unprocessable):
    """The re-entry policy needs a number: of minutes, or of entries."""

    template = N_("This policy for coming in again needs “%(member)s”.")
