"""Errors of duplicates."""

from hub_sync.hub.kit.errors import Conflict, NotFound, Unprocessable
from hub_sync.hub.kit.i18n import N_


class DuplicateNotFound(NotFound):
    """The event has no such pair."""

    template = N_("There is no such pair.")


class DuplicateRunNotFound(NotFound):
    """The event has no such run."""

    template = N_("There is no such search for duplicates.")


class DuplicateDecided(Conflict):
    """The pair was merged already."""

    template = N_("This pair was merged already.")


class MergeNotFound(NotFound):
    """The event has no such merge."""

    template = N_("There is no such merge.")


class MergeWithItself(Unprocessable):
    """A registration can't be merged with itself."""

    template = N_("A registration can't be merged with itself.")


class MergeChoiceUnknown(Unprocessable):
    """A choice names a field that a merge does not choose."""

    template = N_("“%(field)s” is no field to choose.")


class MergeChainTooLong(Conflict):
    """Too many registrations were merged into one another."""

    template = N_("These registrations were merged too often. Undo an older merge first.")


class MergeUndone(Conflict):
    """The merge was undone already."""

    template = N_("This merge was undone already.")


class MergeUndoBlocked(Conflict):
    """A later merge has to be undone first: `merge_id`."""

    template = N_("The surviving registration was merged into another one since. Undo that merge first.")


class MergeUndoConflict(Conflict):
    """Fields of the survivor, or rows that moved, were changed after the merge: `conflicts` names them."""

    template = N_(
        "These were changed after the merge: %(conflicts)s. Keep what is there now, or leave the merge."
    )
