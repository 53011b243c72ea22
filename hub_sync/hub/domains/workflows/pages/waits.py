"""For whom an execution waits, since when, by which rule, until when, and what happens if nobody acts: in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub_sync.hub.console import _
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.console.i18n.isolation import isolated
from hub_sync.hub.domains.participants.errors import EventFull
from hub_sync.hub.domains.workflows.definition.model import Assignees, JoinRule, OnReject, OnTimeout, Voters
from hub_sync.hub.domains.workflows.diagrams.words import role_name
from hub_sync.hub.domains.workflows.execution_manifest import decision_word
from hub_sync.hub.domains.workflows.executions.schemas import WaitingFor, WaitingJoin, WaitKind


@dataclass(frozen=True)
class WaitView:
    """One thing for which an execution waits, as the page says it."""

    wait: WaitingFor
    title: str
    who: str
    rule: str
    until: datetime | None
    until_word: str
    otherwise: str

    @property
    def tone(self) -> str:
        """Its colour."""
        if self.wait.is_late or not self.wait.can_act:
            return "late"
        return "soft" if self.wait.kind is not WaitKind.DECISION else ""


def wait_view(wait: WaitingFor, names: Mapping[str, str], zone: str, problem: str = "") -> WaitView:
    """Return what the page says of one thing.

    Args:
        wait: it.
        names: the names of users by their ids.
        zone: the event's time zone, in which the rest of the page tells its times, too.
        problem: the sentence of the error that keeps an outcome back.
    """
    if wait.kind is WaitKind.OUTCOME:
        return WaitView(
            wait,
            _("The outcome"),
            "",
            problem,
            wait.until,
            _("Tried again"),
            _("The hub tries again each minute until it succeeds, or somebody cancels the workflow."),
        )
    if wait.kind is WaitKind.UNREADABLE:
        return WaitView(
            wait,
            _("Somebody who cancels it"),
            "",
            _(
                "The version by which it runs can't be read: an older version of the program wrote it, and its rules were others."
            ),
            None,
            "",
            _("Nothing goes on. Once it is cancelled, the workflow can be started anew."),
        )
    who = people_text(Assignees.model_construct(users=tuple(wait.users), roles=tuple(wait.roles)), names)
    if wait.delegates:
        deputies = formats.listed(isolated(names.get(each, "—")) for each in wait.delegates)
        who = _("%(people)s; in their place: %(deputies)s") % {"people": who, "deputies": deputies}
    if wait.kind is WaitKind.TAKE_BACK:
        word = decision_word(wait.decision, wait.type)
        decided = _(word) if word else ""
        return WaitView(
            wait,
            isolated(wait.step_name),
            who,
            _join_sentence(wait.join),
            wait.until,
            _("Takes effect"),
            _("Decided: %(decision)s. It takes effect by itself; until then it can be taken back.")
            % {"decision": decided},
        )
    return WaitView(
        wait,
        isolated(wait.step_name),
        who,
        _join_sentence(wait.join),
        wait.due_at,
        _("Was due") if wait.is_late else _("Due"),
        _otherwise(wait, names, zone),
    )


def people_text(people: Assignees, names: Mapping[str, str]) -> str:
    """Return people in words: their names, and the roles of which everybody may act."""
    named = [isolated(names.get(each, "—")) for each in people.users]
    roles = [
        _("everybody with the role %(role)s") % {"role": isolated(role_name(each))} for each in people.roles
    ]
    return formats.listed((*named, *roles)) or _("nobody")


def _otherwise(wait: WaitingFor, names: Mapping[str, str], zone: str) -> str:
    if wait.due_at is None:
        after = _("Nothing goes on by itself: the step has no deadline, and waits until somebody decides.")
    elif wait.on_timeout is OnTimeout.ESCALATE:
        people = {"people": people_text(wait.escalate_to, names)}
        after = (
            _("It is late. These may act as well now: %(people)s.")
            if wait.is_late
            else _("Then these may act as well: %(people)s.")
        ) % people
    elif wait.on_timeout is OnTimeout.PROCEED:
        after = _("Then it goes on as if it were approved.")
    elif wait.on_timeout is OnTimeout.FAIL:
        after = _("Then the step counts as rejected.")
    elif wait.is_late:
        after = _("It is late, and waits on until somebody decides.")
    else:
        after = _("Then it is late; it waits on until somebody decides.")
    return " ".join((*_stuck_sentences(wait), after, *_join_deadline(wait.join, zone)))


def _stuck_sentences(wait: WaitingFor) -> Sequence[str]:
    if wait.can_act:
        return ()
    return (_("Nobody of them can sign in and decide any more. Whoever manages workflows can decide it."),)


def _join_deadline(join: WaitingJoin | None, zone: str) -> Sequence[str]:
    if join is None or join.due_at is None or join.on_timeout not in (OnTimeout.PROCEED, OnTimeout.FAIL):
        return ()
    sentence = (
        _("At %(when)s the join “%(join)s” goes on with the branches that are there.")
        if join.on_timeout is OnTimeout.PROCEED
        else _("At %(when)s the join “%(join)s” fails.")
    )
    return (sentence % {"when": formats.moment(join.due_at, zone), "join": isolated(join.name)},)


def _join_sentence(join: WaitingJoin | None) -> str:
    if join is None:
        return _("One of them decides.")
    counts = {
        "join": isolated(join.name),
        "needed": formats.number(join.needed),
        "opened": formats.number(join.opened),
        "completed": formats.number(join.completed),
    }
    sentence = (
        _("“%(join)s” needs %(needed)s of %(opened)s branches; %(completed)s of them are done.") % counts
    )
    return " ".join((sentence, *_reject_sentences(join)))


def _reject_sentences(join: WaitingJoin) -> Sequence[str]:
    sentences = []
    if join.on_reject is OnReject.FAIL_FAST and join.rule is not JoinRule.ANY:
        sentences.append(_("One rejected branch rejects all."))
    if join.voters is Voters.PERSON:
        sentences.append(_("Each person has one vote."))
    return sentences


def problem_sentence(code: str) -> str:
    """Return why the hub keeps an outcome back."""
    if code == EventFull.__name__:
        return _("The event is full, so that the participant can't be approved.")
    return _("The hub refuses the participant's new status for now (%(code)s).") % {"code": code}
