"""Errors of workflows."""

from hub_sync.hub.kit.errors import Conflict, Forbidden, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class WorkflowNotFound(NotFound):
    """The event has no such workflow."""

    template = N_("There is no such workflow.")


class WorkflowVersionNotFound(NotFound):
    """The workflow has no such version."""

    template = N_("There is no such version of the workflow.")


class WorkflowChanged(PreconditionFailed):
    """The workflow was changed after it was read."""

    template = N_("The workflow was changed meanwhile; read it again.")


class WorkflowExists(Conflict):
    """The event has a workflow of this name."""

    template = N_("There is a workflow “%(name)s” already.")


class WorkflowInUse(Conflict):
    """The workflow was executed; its history names it."""

    template = N_("The workflow “%(name)s” was executed and can't be deleted. You can switch it off.")


class WorkflowShapeAmbiguous(Unprocessable):
    """A new workflow names a shape and steps of its own."""

    template = N_("Give a shape or a definition, not both.")


class WorkflowFaulty(Unprocessable):
    """The draft can't run as it is; `faults` has all faults."""

    template = N_("The workflow can't run like this; number of faults: %(count)s.")


class WorkflowExecutionNotFound(NotFound):
    """The event has no such execution."""

    template = N_("There is no such execution of a workflow.")


class WorkflowTaskNotFound(NotFound):
    """The event has no such task."""

    template = N_("There is no such task.")


class WorkflowNotPublished(Conflict):
    """The workflow has no published version, or is switched off."""

    template = N_("The workflow “%(name)s” is not published, or is switched off.")


class WorkflowEventCalledOff(Conflict):
    """Nobody is put into a workflow of an event that is called off: its executions have ended with it."""

    template = N_("The event is called off; workflows start again once it takes place after all.")


class WorkflowRunsAlready(Conflict):
    """The participant is in the workflow already."""

    template = N_("This participant is in the workflow already.")


class WorkflowExecutionEnded(Conflict):
    """The execution has ended."""

    template = N_("This workflow has ended for the participant.")


class WorkflowDecidedSince(Conflict):
    """Somebody has decided in the workflow since it was started, so that the start stays."""

    template = N_("Somebody has decided in this workflow since; cancel it if it is not to go on.")


class NoTaskToDecide(NotFound):
    """Nothing in the participant's workflow waits for whoever asks."""

    template = N_("Nothing waits for you in this participant's workflow.")


class WorkflowTaskEnded(Conflict):
    """The task was decided or has become needless; the answer is in the history."""

    template = N_(
        "This task is not open any more. Your answer was written into the history, and changes nothing."
    )


class WorkflowTaskChanged(PreconditionFailed):
    """The task was changed after it was read."""

    template = N_("The task was changed meanwhile; read it again.")


class NotAssigned(Forbidden):
    """The task belongs to others, or no task of the execution is or was theirs."""

    template = N_("This task is assigned to others.")


class NothingToPrint(Conflict):
    """The task is none that prints, or nobody of the tasks gets a ticket."""

    template = N_("There is nothing to print here.")


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
    """The person, or whom they represent, has decided in another branch of the fork, and its join counts persons."""

    template = N_(
        "You, or the person in whose place you decide, have a vote in another branch already; here, each person has one vote."
    )


class DecisionTakenEffect(Conflict):
    """The decision has taken effect, and can't be taken back."""

    template = N_("The decision has taken effect and can't be taken back any more.")


class NothingDecided(Conflict):
    """The task is open, so that there is no decision to take back or to apply."""

    template = N_("Nothing is decided yet: the task is open.")


class InboxOfNobody(Forbidden):
    """The caller is an API key, which has no inbox."""

    template = N_("An API key has no inbox; only people do.")


class DelegationNotFound(NotFound):
    """There is no such delegation, or it is not the caller's."""

    template = N_("There is no such delegation.")


class DelegationOfOthers(Forbidden):
    """Only whoever may manage workflows delegates for others."""

    template = N_("Only somebody who may manage workflows can delegate for others.")


class DelegationOfNobody(Unprocessable):
    """An API key delegates, and does not say for whom."""

    template = N_("Say who is away; an API key is nobody.")


class DelegationToOneself(Unprocessable):
    """The delegate is whoever is away."""

    template = N_("Somebody who is away can't be their own delegate.")


class DelegationEndsFirst(Unprocessable):
    """The delegation ends before it begins, or is over already."""

    template = N_("The delegation has to end after it begins, and not in the past.")


class DelegateMayNotDecide(Unprocessable):
    """The delegate, or whoever is away, is not active or may not decide tasks."""

    template = N_("A delegation needs two active users who may decide tasks.")


class StepNotFound(NotFound):
    """The draft has no such step."""

    template = N_("There is no such step; perhaps somebody has removed it meanwhile.")


class BranchNotFound(NotFound):
    """The fork has no such branch."""

    template = N_("There is no such branch; perhaps somebody has removed it meanwhile.")


class PlaceNotFound(Unprocessable):
    """The place for a new step is not there."""

    template = N_("This place is not there any more; choose another one.")


class TooManySteps(Unprocessable):
    """The workflow would have too many steps."""

    template = N_("A workflow has %(most)s steps at most.")


class TooManyBranches(Unprocessable):
    """The fork would have too many branches."""

    template = N_("A fork has %(most)s branches at most.")
