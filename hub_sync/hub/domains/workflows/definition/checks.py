"""The checks before a definition is published: what passes them ends for everybody, by whatever is decided."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.model import (
    Assignees,
    Definition,
    JoinRule,
    OnTimeout,
    StepDefinition,
)
from hub_sync.hub.domains.workflows.definition.regions import Regions
from hub_sync.hub.kit.i18n import N_


class FaultCode(StrEnum):
    """A reason for which a definition can't be published."""

    NO_STEPS = "NO_STEPS"
    KEY_TWICE = "KEY_TWICE"
    STEP_UNKNOWN = "STEP_UNKNOWN"
    CYCLE = "CYCLE"
    UNREACHABLE = "UNREACHABLE"
    FORK_WITHOUT_JOIN = "FORK_WITHOUT_JOIN"
    JOIN_WITHOUT_FORK = "JOIN_WITHOUT_FORK"
    JOIN_SHARED = "JOIN_SHARED"
    FEW_BRANCHES = "FEW_BRANCHES"
    BRANCH_TWICE = "BRANCH_TWICE"
    BRANCH_OPEN = "BRANCH_OPEN"
    NOT_BALANCED = "NOT_BALANCED"
    JOIN_SKIPPED = "JOIN_SKIPPED"
    TOO_MANY_NEEDED = "TOO_MANY_NEEDED"
    NO_N = "NO_N"
    NO_ASSIGNEE = "NO_ASSIGNEE"
    ASSIGNEE_UNKNOWN = "ASSIGNEE_UNKNOWN"
    NO_ESCALATION = "NO_ESCALATION"
    NO_TEMPLATE = "NO_TEMPLATE"
    NO_FIELDS = "NO_FIELDS"
    RETURN_IMPOSSIBLE = "RETURN_IMPOSSIBLE"
    CALENDAR_UNKNOWN = "CALENDAR_UNKNOWN"
    SLA_OF_AUTOMATIC = "SLA_OF_AUTOMATIC"


SENTENCES: dict[str, str] = {
    FaultCode.NO_STEPS: N_("There is no step yet."),
    FaultCode.KEY_TWICE: N_("Two steps have the key “%(key)s”."),
    FaultCode.STEP_UNKNOWN: N_("“%(step)s” leads to “%(key)s”, which is no step."),
    FaultCode.CYCLE: N_("“%(step)s” leads back to itself. Use “return” to send somebody back."),
    FaultCode.UNREACHABLE: N_("Nothing leads to “%(step)s”."),
    FaultCode.FORK_WITHOUT_JOIN: N_("The fork “%(step)s” has no join."),
    FaultCode.JOIN_WITHOUT_FORK: N_("The join “%(step)s” belongs to no fork."),
    FaultCode.JOIN_SHARED: N_("Two forks have the join “%(step)s”."),
    FaultCode.FEW_BRANCHES: N_("The fork “%(step)s” needs two branches at least."),
    FaultCode.BRANCH_TWICE: N_("The fork “%(step)s” has two branches with the key “%(key)s”."),
    FaultCode.BRANCH_OPEN: N_("The branch “%(branch)s” ends at “%(step)s” and does not lead to its join."),
    FaultCode.NOT_BALANCED: N_(
        "“%(step)s” belongs to two branches, or is both inside and outside of a fork."
    ),
    FaultCode.JOIN_SKIPPED: N_("“%(step)s” leads to the join “%(key)s” of another fork."),
    FaultCode.TOO_MANY_NEEDED: N_("The join “%(step)s” waits for %(n)s of %(branches)s branches."),
    FaultCode.NO_N: N_("The join “%(step)s” does not say how many branches it waits for."),
    FaultCode.NO_ASSIGNEE: N_("Nobody is assigned to “%(step)s”."),
    FaultCode.ASSIGNEE_UNKNOWN: N_(
        "“%(step)s” names a user or a role that may not decide, or is not there any more."
    ),
    FaultCode.NO_ESCALATION: N_("“%(step)s” does not say who may act once it is late."),
    FaultCode.NO_TEMPLATE: N_("“%(step)s” has no message, or one that is not there any more."),
    FaultCode.NO_FIELDS: N_("“%(step)s” does not say what is collected."),
    FaultCode.RETURN_IMPOSSIBLE: N_(
        "“%(step)s” can't return to “%(key)s”, which is not an earlier step of the same branch."
    ),
    FaultCode.CALENDAR_UNKNOWN: N_("“%(step)s” has business hours that are not there any more."),
    FaultCode.SLA_OF_AUTOMATIC: N_("“%(step)s” goes on by itself and has no deadline."),
}


@dataclass(frozen=True)
class Fault:
    """One fault: its code, the step that has it, and what its sentence names."""

    code: FaultCode
    key: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Surroundings:
    """The things of a tenant that a definition may name."""

    users: Collection[str] = ()
    """Ids of users who may decide."""
    roles: Collection[str] = ()
    """Roles that may decide."""
    templates: Collection[str] = ()
    calendars: Collection[str] = ()


def find_faults(definition: Definition, surroundings: Surroundings | None = None) -> list[Fault]:
    """Return what keeps a definition from being published.

    Args:
        definition: it.
        surroundings: what the tenant has; None: what the definition names outside of itself is not looked at.
    """
    if not definition.steps:
        return [Fault(FaultCode.NO_STEPS)]
    names = [
        *_keys(definition),
        *(fault for step in definition.steps for check in _OF_STEP for fault in check(definition, step)),
        *_shared_joins(definition),
    ]
    shape = [] if any(fault.code in _BROKEN for fault in names) else list(_shape(definition))
    outside = [] if surroundings is None else list(_outside(definition, surroundings))
    return [*names, *shape, *outside]


_BROKEN = frozenset((FaultCode.KEY_TWICE, FaultCode.STEP_UNKNOWN))
"""The names lead nowhere, so that nothing can be said about the shape."""


def _fault(code: FaultCode, step: StepDefinition, **parameters: Any) -> Fault:
    return Fault(code, step.key, {"step": step.name, **parameters})


def _keys(definition: Definition) -> Iterator[Fault]:
    for key, count in Counter(step.key for step in definition.steps).items():
        if count > 1:
            yield Fault(FaultCode.KEY_TWICE, key, {"key": key})


def _followers(definition: Definition, step: StepDefinition) -> Iterator[Fault]:
    named = (*step.followers, *(branch.first for branch in step.branches))
    for key in dict.fromkeys(named):
        if key not in definition.by_key:
            yield _fault(FaultCode.STEP_UNKNOWN, step, key=key)


def _fork(definition: Definition, step: StepDefinition) -> Iterator[Fault]:
    if step.type is not StepType.FORK:
        return
    join = definition.by_key.get(step.join or "")
    if step.join is None or (join is not None and join.type is not StepType.JOIN):
        yield _fault(FaultCode.FORK_WITHOUT_JOIN, step)
    if len(step.branches) < _FEWEST:
        yield _fault(FaultCode.FEW_BRANCHES, step)
    for key, count in Counter(branch.key for branch in step.branches).items():
        if count > 1:
            yield _fault(FaultCode.BRANCH_TWICE, step, key=key)


_FEWEST = 2


def _join(definition: Definition, step: StepDefinition) -> Iterator[Fault]:
    if step.type is not StepType.JOIN:
        return
    fork = definition.forks.get(step.key)
    if fork is None:
        yield _fault(FaultCode.JOIN_WITHOUT_FORK, step)
    elif step.rule is JoinRule.N_OF_M and step.n is None:
        yield _fault(FaultCode.NO_N, step)
    elif step.rule is JoinRule.N_OF_M and (step.n or 0) > len(fork.branches):
        yield _fault(FaultCode.TOO_MANY_NEEDED, step, n=step.n, branches=len(fork.branches))


def _parts(_: Definition, step: StepDefinition) -> Iterator[Fault]:
    if step.is_human and not step.assignees:
        yield _fault(FaultCode.NO_ASSIGNEE, step)
    if step.type is StepType.NOTIFY and not step.template_id:
        yield _fault(FaultCode.NO_TEMPLATE, step)
    if step.type is StepType.COLLECT and not step.collect:
        yield _fault(FaultCode.NO_FIELDS, step)
    if step.sla is not None and not (step.is_human or step.type is StepType.JOIN):
        yield _fault(FaultCode.SLA_OF_AUTOMATIC, step)
    if step.sla is not None and step.sla.on_timeout is OnTimeout.ESCALATE and not step.sla.escalate_to:
        yield _fault(FaultCode.NO_ESCALATION, step)


_OF_STEP: tuple[Callable[[Definition, StepDefinition], Iterator[Fault]], ...] = (
    _followers,
    _fork,
    _join,
    _parts,
)


def _shared_joins(definition: Definition) -> Iterator[Fault]:
    forks = Counter(step.join for step in definition.steps if step.type is StepType.FORK and step.join)
    for key, count in forks.items():
        if count > 1 and key in definition.by_key:
            yield _fault(FaultCode.JOIN_SHARED, definition.step(key))


def _shape(definition: Definition) -> Iterator[Fault]:
    regions = Regions(definition)
    cycle = regions.find_cycle()
    if cycle:
        yield _fault(FaultCode.CYCLE, definition.step(cycle[0]))
        return
    for step in definition.steps:
        if step.key not in regions.of:
            yield _fault(FaultCode.UNREACHABLE, step)
        elif len(regions.of[step.key]) > 1:
            yield _fault(FaultCode.NOT_BALANCED, step)
        else:
            yield from _branch(definition, regions, step)


def _branch(definition: Definition, regions: Regions, step: StepDefinition) -> Iterator[Fault]:
    (region,) = regions.of[step.key]
    if region and step.key in regions.ends[region]:
        branch = next(each for each in definition.step(region[-2]).branches if each.key == region[-1])
        yield _fault(FaultCode.BRANCH_OPEN, step, branch=branch.name)
    if step.type is not StepType.FORK:
        for key in step.followers:
            if key in definition.forks and region not in regions.arrivals[key]:
                yield _fault(FaultCode.JOIN_SKIPPED, step, key=definition.step(key).name)
    for key in step.return_to:
        if key not in regions.earlier(step.key) or not definition.step(key).is_human:
            named = definition.by_key.get(key)
            yield _fault(FaultCode.RETURN_IMPOSSIBLE, step, key=named.name if named else key)


def _outside(definition: Definition, surroundings: Surroundings) -> Iterator[Fault]:
    for step in definition.steps:
        if (step.is_human and not _are_known(step.assignees, surroundings)) or (
            step.sla is not None and not _are_known(step.sla.escalate_to, surroundings)
        ):
            yield _fault(FaultCode.ASSIGNEE_UNKNOWN, step)
        if step.sla is not None and step.sla.calendar_id not in ("", *surroundings.calendars):
            yield _fault(FaultCode.CALENDAR_UNKNOWN, step)
        if step.type is StepType.NOTIFY and step.template_id not in ("", *surroundings.templates):
            yield _fault(FaultCode.NO_TEMPLATE, step)


def _are_known(assignees: Assignees, surroundings: Surroundings) -> bool:
    return set(assignees.users) <= set(surroundings.users) and set(assignees.roles) <= set(surroundings.roles)
