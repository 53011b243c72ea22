"""Errors of workflows."""

from hub_sync.hub.kit.errors import Conflict, Forbidden, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class WorkflowNotFound(NotFound):
    """The event has no such workflow."""

    template = N_("There is no such workflow.")


class WorkflowExecutionNotFound(NotFound):
    """The event has no such execution."""

    template = N_("There is no such execution of a workflow.")


class WorkflowTaskNotFound(NotFound):
    """The event has no such task."""

    template = N_("There is no such task.")


class WorkflowNotPublished(Conflict):
    """The workflow has no published version, or is switched off."""

    template = N_("The workflow “%(name)s” is not published, or is switched off.")


class WorkflowRunsAlready(Conflict):
    """The participant is in the workflow already."""

    template = N_("This participant is in the workflow already.")


class WorkflowExecutionEnded(Conflict):
    """The execution has ended."""

    template = N_("This workflow has ended for the participant.")


class WorkflowTaskEnded(Conflict):
    """The task was decided or has become needless; the answer is in the history."""

    template = N_(
        "This task is not open any more. Your answer was written into the history, and changes nothing."
    )


class WorkflowTaskChanged(PreconditionFailed):
    """The task was changed after it was read."""

    template = N_("The task was changed meanwhile; read it again.")


class NotAssigned(Forbidden):
    """The task belongs to others."""

    template = N_("This task is assigned to others.")


class BypassNotAllowed(Forbidden):
    """Only whoever may manage workflows skips a step."""

    template = N_("Only somebody who may manage workflows can skip a step.")


class DecisionReasonMissing(Unprocessable):
    """A decision that somebody has to live with needs a reason."""

    template = N_("Please give a reason.")


class ReturnImpossible(Unprocessable):
    """The step can't be sent back to this one."""

    template = N_("It can't be sent back to this step.")


class CollectedFieldsMissing(Unprocessable):
    """The participant lacks fields that the step collects."""

    template = N_("These details of the participant are still missing: %(fields)s.")


class VotedAlready(Conflict):
    """The person has decided in another branch of the fork, and its join counts persons."""

    template = N_("You have decided in another branch already; here, each person has one vote.")


class DecisionTakenEffect(Conflict):
    """The decision has taken effect, and can't be taken back."""

    template = N_("The decision has taken effect and can't be taken back any more.")
