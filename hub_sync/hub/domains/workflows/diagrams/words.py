"""The words for what a definition consists of, for pages and forms."""

from hub_sync.contract.enums import StepType
from hub_sync.hub.console import N_, _, ngettext
from hub_sync.hub.console.i18n import formats
from hub_sync.hub.domains.accounts.manifest import ROLES
from hub_sync.hub.domains.workflows.definition.checks import SENTENCES, Fault
from hub_sync.hub.domains.workflows.definition.conditions import (
    FIELDS,
    Condition,
    ConditionMatch,
    Conditions,
    Operator,
)
from hub_sync.hub.domains.workflows.definition.model import (
    JoinRule,
    OnReject,
    OnTimeout,
    Reopening,
    StepDefinition,
    Voters,
)
from hub_sync.hub.kit.errors import fill_in

STEP_TYPES: dict[str, str] = {
    StepType.REVIEW: N_("Review"),
    StepType.APPROVAL: N_("Approval"),
    StepType.COLLECT: N_("Collect details"),
    StepType.NOTIFY: N_("Message"),
    StepType.PRINT: N_("Print"),
    StepType.FORK: N_("Fork"),
    StepType.JOIN: N_("Join"),
}
JOIN_RULES: dict[str, str] = {
    JoinRule.ALL: N_("Waits for all branches"),
    JoinRule.ANY: N_("Waits for one branch"),
    JoinRule.N_OF_M: N_("Waits for a number of branches"),
}
ON_REJECT: dict[str, str] = {
    OnReject.FAIL_FAST: N_("It fails at once"),
    OnReject.COUNT: N_("It fails once the others can't be enough"),
    OnReject.WAIT: N_("It waits until all branches have ended"),
}
VOTERS: dict[str, str] = {
    Voters.BRANCH: N_("One vote for each branch, whoever decides"),
    Voters.PERSON: N_("One vote for each person, for themselves or in somebody's place"),
}
ON_TIMEOUT: dict[str, str] = {
    OnTimeout.NONE: N_("It waits on"),
    OnTimeout.ESCALATE: N_("Others may act as well"),
    OnTimeout.PROCEED: N_("It goes on as if it were approved"),
    OnTimeout.FAIL: N_("It counts as rejected"),
}
REOPENINGS: dict[str, str] = {
    Reopening.RESUME: N_("It goes on"),
    Reopening.RESTART: N_("It starts anew"),
    Reopening.IGNORE: N_("It has none any more"),
}
OPERATORS: dict[str, str] = {
    Operator.IS: N_("is one of"),
    Operator.IS_NOT: N_("is none of"),
    Operator.CONTAINS: N_("contains one of"),
    Operator.IS_EMPTY: N_("is empty"),
    Operator.IS_FILLED: N_("is filled in"),
}
MATCHES: dict[str, str] = {
    ConditionMatch.ALL: N_("All of these hold"),
    ConditionMatch.ANY: N_("One of these holds"),
}


def role_name(role: str) -> str:
    """Return the name of a role; those that a tenant made have their own."""
    return _(ROLES[role]) if role in ROLES else role


def field_name(field: str) -> str:
    """Return the name of a participant's field, or of a further detail."""
    return _(FIELDS[field]) if field in FIELDS else field.removeprefix("extra.")


def condition_text(condition: Condition) -> str:
    """Return a condition in words: “Category is one of: Press, Speaker”."""
    words = f"{field_name(condition.field)} {_(OPERATORS[condition.operator])}"
    if condition.operator in (Operator.IS_EMPTY, Operator.IS_FILLED):
        return words
    return f"{words}: {', '.join(condition.values)}"


def conditions_text(conditions: Conditions) -> str:
    """Return conditions in words; nothing if they hold for everybody."""
    joined = "; " if conditions.match is ConditionMatch.ALL else f" {_('or')} "
    return joined.join(condition_text(each) for each in conditions.rules)


def join_text(step: StepDefinition, branches: int) -> str:
    """Return for how many branches a join waits, in words."""
    if step.rule is JoinRule.ALL:
        return _("All of %(count)s") % {"count": formats.number(branches)}
    needed = 1 if step.rule is JoinRule.ANY else step.n or 0
    return _("%(needed)s of %(count)s") % {
        "needed": formats.number(needed),
        "count": formats.number(branches),
    }


def sla_text(minutes: int) -> str:
    """Return the length of a deadline: 30 min, 8 h, 2 d."""
    if minutes % _DAY == 0:
        return ngettext("%(num)s day", "%(num)s days", minutes // _DAY) % {
            "num": formats.number(minutes // _DAY)
        }
    if minutes % _HOUR == 0:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // _HOUR) % {
            "num": formats.number(minutes // _HOUR)
        }
    return ngettext("%(num)s minute", "%(num)s minutes", minutes) % {"num": formats.number(minutes)}


_HOUR, _DAY = 60, 24 * 60


def fault_text(fault: Fault) -> str:
    """Return a fault as a sentence."""
    return fill_in(_(SENTENCES[fault.code]), fault.parameters)
