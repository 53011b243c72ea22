"""Errors of bulk operations, and the reasons of their items."""

from hub_sync.hub.kit.errors import Conflict, Forbidden, Gone, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class BulkOperationNotFound(NotFound):
    """The event has no such bulk operation."""

    template = N_("There is no such bulk operation.")


class BulkActionUnknown(Unprocessable):
    """There is no action of this name."""

    template = N_("There is no action “%(action)s”. It takes one of: %(allowed)s.")


class BulkArgumentsInvalid(Unprocessable):
    """The arguments are not those of the action."""

    template = N_("The arguments of “%(action)s” are not right: %(problem)s")


class BulkSelectionInvalid(Unprocessable):
    """The selection is none."""

    template = N_("Choose the participants by their ids, by a filter or from another operation, in one way.")


class BulkSelectionTooLarge(BulkSelectionInvalid, variant=True):
    """The selection has more members than an operation takes."""

    template = N_("An operation takes at most %(most)s participants. Narrow the selection down.")


class BulkOperationBusy(Conflict):
    """Another call is doing something with the operation."""

    template = N_("The preview is being made just now. Wait a moment.")


class BulkOperationState(Conflict):
    """The operation is in no state for this."""

    template = N_("That can't be done with an operation that is %(state)s.")


class BulkNothingToDo(BulkOperationState, variant=True):
    """The preview has nothing to do."""

    template = N_("There is nothing to do: no participant of the selection would change.")


class BulkPreviewChanged(PreconditionFailed):
    """The preview was made anew since it was read."""

    template = N_("The preview was made anew meanwhile. Look at it, then start it again.")


class BulkUndoOver(Gone):
    """The time in which the operation could be undone is over."""

    template = N_("This operation could be undone until %(until)s. That time is over.")


class BulkNotUndoable(BulkOperationState, variant=True):
    """The action leaves nothing that could be taken back."""

    template = N_("What this operation did can't be taken back.")


class BulkAlreadySo(Conflict):
    """The target is as the action would make it."""

    template = N_("Nothing to change.")


class BulkTargetChanged(PreconditionFailed):
    """The target was changed since the preview."""

    template = N_("Changed by somebody else since the preview.")


class BulkChangedSince(PreconditionFailed):
    """The target was changed since the operation, so that it is not undone."""

    template = N_("Changed by somebody else since the operation.")


class BulkTargetGone(NotFound):
    """The target is deleted."""

    template = N_("The registration is not there any more.")


class BulkItemDefect(Conflict):
    """The hub has a defect, which its log describes."""

    template = N_(
        "The hub failed at this one by a defect of its own; its log says more. Nothing of it was done."
    )


class BulkRightsLost(Forbidden):
    """The rights of whoever runs the operation are gone."""

    template = N_("Whoever started it may not do this any more: %(permissions)s.")


class BulkSwitchedOff(Conflict):
    """Bulk operations were switched off while it ran."""

    template = N_("Bulk operations were switched off while it ran.")


class BulkEventGone(NotFound):
    """The event was deleted while the operation ran."""

    template = N_("The event was deleted while it ran.")


class BulkNoFile(Conflict):
    """The operation has no file of tickets."""

    template = N_("This operation has issued no tickets that could be downloaded.")


class BulkNobodyChosen(BulkSelectionInvalid, variant=True):
    """Nobody was ticked in the list."""

    template = N_("Nobody is ticked. Tick participants in the list, or choose everybody of the list.")


class BulkNothingChosen(BulkSelectionInvalid, variant=True):
    """No action was chosen."""

    template = N_("Choose one of the actions.")
