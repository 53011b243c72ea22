"""Changes of a draft, step by step: what was balanced stays so. A fork comes with its branches and its join, and goes with them."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.model import (
    MOST_BRANCHES,
    MOST_STEPS,
    Branch,
    Definition,
    StepDefinition,
)
from hub_sync.hub.domains.workflows.definition.regions import Regions
from hub_sync.hub.domains.workflows.errors import (
    BranchNotFound,
    PlaceNotFound,
    StepNotFound,
    TooManyBranches,
    TooManySteps,
)

START = "start"
_KEY_LENGTH = 40
P = TypeVar("P", bound=BaseModel)


class StepPlace(NamedTuple):
    """A place for a new step: at the start, after a step, or first in a branch of a fork."""

    after: str = ""
    fork: str = ""
    branch: str = ""

    @classmethod
    def parse(cls, text: str) -> "StepPlace":
        """Return the place that a form names: `start`, `after:STEP` or `in:FORK:BRANCH`.

        Raises:
            PlaceNotFound: 422, it names none.
        """
        kind, _, rest = text.partition(":")
        if text == START:
            return cls()
        if kind == "after" and rest:
            return cls(after=rest)
        fork, _, branch = rest.partition(":")
        if kind == "in" and fork and branch:
            return cls(fork=fork, branch=branch)
        raise PlaceNotFound

    def __str__(self) -> str:
        """Return it as a form names it."""
        if self.after:
            return f"after:{self.after}"
        return f"in:{self.fork}:{self.branch}" if self.fork else START


def free_key(definition: Definition, name: str, fallback: str = "step", taken: Iterable[str] = ()) -> str:
    """Return a key for a new step that says its name, and that no step has.

    >>> free_key(Definition(), "Review of the documents")
    'review-of-the-documents'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_KEY_LENGTH].strip("-") or fallback
    used = {*definition.by_key, *taken}
    return next(
        each
        for each in (key, *(f"{key}-{n}" for n in range(2, MOST_STEPS + MOST_BRANCHES + 2)))
        if each not in used
    )


def add_step(definition: Definition, place: StepPlace, step: StepDefinition) -> Definition:
    """Return the definition with a step at a place; what followed there follows the new step.

    Raises:
        PlaceNotFound, TooManySteps: 422.
    """
    return _insert(definition, place, [step], step)


def add_fork(
    definition: Definition,
    place: StepPlace,
    fork: StepDefinition,
    join: StepDefinition,
    steps: Sequence[StepDefinition],
) -> Definition:
    """Return the definition with a fork at a place: each of the steps is on a branch of its own, and the join closes them.

    Raises:
        PlaceNotFound, TooManySteps: 422.
    """
    branches = tuple(Branch(key=step.key, name=step.name, first=step.key) for step in steps)
    opened = _changed(fork, join=join.key, branches=branches)
    inner = [_changed(step, next=join.key) for step in steps]
    return _insert(definition, place, [opened, *inner, join], join)


def add_branch(definition: Definition, fork_key: str, step: StepDefinition) -> Definition:
    """Return the definition with another branch of a fork, with one step on it.

    Raises:
        StepNotFound: 404. TooManySteps, TooManyBranches: 422.
    """
    fork = get_step(definition, fork_key)
    if len(fork.branches) >= MOST_BRANCHES:
        raise TooManyBranches(most=MOST_BRANCHES)
    keys = [branch.key for branch in fork.branches]
    key = step.key if step.key not in keys else free_key(definition, step.name, taken=keys)
    branch = Branch(key=key, name=step.name, first=step.key)
    wider = _changed(fork, branches=(*fork.branches, branch))
    at = next((n for n, each in enumerate(definition.steps) if each.key == fork.join), len(definition.steps))
    steps = [wider if each.key == fork_key else each for each in definition.steps]
    return _with(definition, [*steps[:at], _changed(step, next=fork.join), *steps[at:]])


def remove_branch(definition: Definition, fork_key: str, branch_key: str) -> Definition:
    """Return the definition without a branch of a fork, and all that is on it.

    Raises:
        StepNotFound, BranchNotFound: 404.
    """
    fork = get_step(definition, fork_key)
    if branch_key not in [branch.key for branch in fork.branches]:
        raise BranchNotFound
    gone = _inside(definition, fork_key, branch_key)
    kept_branches = tuple(branch for branch in fork.branches if branch.key != branch_key)
    steps = [
        _changed(each, branches=kept_branches) if each.key == fork_key else each
        for each in definition.steps
        if each.key not in gone
    ]
    return _with(definition, [_without_links(each, gone) for each in steps])


def remove_step(definition: Definition, key: str) -> Definition:
    """Return the definition without a step; with a fork or a join go both, and all that is between them.

    What led to the step leads to what followed it. The only step of a branch takes the branch with it.

    Raises:
        StepNotFound: 404.
    """
    step = get_step(definition, key)
    if step.type is StepType.JOIN and key in definition.forks:
        step = definition.forks[key]
    for fork in definition.steps:
        for branch in fork.branches:
            if branch.first == step.key and fork.join is not None and _next_of(definition, step) == fork.join:
                return remove_branch(definition, fork.key, branch.key)
    gone = {step.key, *_inside(definition, step.key), *([step.join] if step.join else [])}
    following = _next_of(definition, step)

    def lead(target: str | None) -> str | None:
        return following if target == step.key else target

    steps = [_relinked(each, lead) for each in definition.steps if each.key not in gone]
    if definition.steps[0].key == step.key and following is not None:
        steps.sort(key=lambda each: each.key != following)
    return _with(definition, [_without_links(each, gone) for each in steps])


def replace_step(definition: Definition, step: StepDefinition) -> Definition:
    """Return the definition with another version of a step.

    Raises:
        StepNotFound: 404.
    """
    get_step(definition, step.key)
    return _with(definition, [step if each.key == step.key else each for each in definition.steps])


def get_step(definition: Definition, key: str) -> StepDefinition:
    """Return the step of a key.

    Raises:
        StepNotFound: 404.
    """
    if key not in definition.by_key:
        raise StepNotFound
    return definition.by_key[key]


def removed_with(definition: Definition, key: str) -> list[StepDefinition]:
    """Return the steps that go when a step is removed, in their order.

    Raises:
        StepNotFound: 404.
    """
    left = remove_step(definition, key).by_key
    return [step for step in definition.steps if step.key not in left]


def _insert(
    definition: Definition, place: StepPlace, new: Sequence[StepDefinition], last: StepDefinition
) -> Definition:
    steps = list(definition.steps)
    if len(steps) + len(new) > MOST_STEPS:
        raise TooManySteps(most=MOST_STEPS)
    first = new[0].key
    if place == StepPlace():
        following = steps[0].key if steps else None
        return _with(definition, [*_ended(new, last, following), *steps])
    if place.after:
        before = definition.by_key.get(place.after)
        if before is None or before.type is StepType.FORK:
            raise PlaceNotFound
        following, at = before.next, steps.index(before) + 1
        steps[at - 1] = _changed(before, next=first)
    else:
        fork = definition.by_key.get(place.fork)
        branch = next((each for each in fork.branches if each.key == place.branch), None) if fork else None
        if fork is None or branch is None:
            raise PlaceNotFound
        following, at = branch.first, steps.index(fork) + 1
        branches = tuple(_changed(each, first=first) if each is branch else each for each in fork.branches)
        steps[at - 1] = _changed(fork, branches=branches)
    return _with(definition, [*steps[:at], *_ended(new, last, following), *steps[at:]])


def _ended(
    new: Sequence[StepDefinition], last: StepDefinition, following: str | None
) -> list[StepDefinition]:
    return [_changed(each, next=following) if each is last else each for each in new]


def _next_of(definition: Definition, step: StepDefinition) -> str | None:
    """Return what follows a step; after a fork it is what follows its join."""
    if step.type is StepType.FORK:
        join = definition.by_key.get(step.join or "")
        return join.next if join else None
    return step.next


def _inside(definition: Definition, fork_key: str, branch_key: str = "") -> set[str]:
    """Return the steps on the branches of a fork, or on one of them."""
    regions = Regions(definition)
    result = set()
    for step in definition.steps:
        region = regions.one_of(step.key) or ()
        pairs = list(zip(region[::2], region[1::2], strict=False))
        if any(fork == fork_key and branch_key in ("", branch) for fork, branch in pairs):
            result.add(step.key)
    return result


def _relinked(step: StepDefinition, lead: Callable[[str | None], str | None]) -> StepDefinition:
    return _changed(
        step,
        next=lead(step.next),
        routes=tuple(_changed(route, to=lead(route.to)) for route in step.routes if lead(route.to)),
        branches=tuple(
            _changed(branch, first=lead(branch.first) or branch.first) for branch in step.branches
        ),
    )


def _without_links(step: StepDefinition, gone: set[str]) -> StepDefinition:
    return _changed(
        step,
        routes=tuple(route for route in step.routes if route.to not in gone),
        return_to=tuple(key for key in step.return_to if key not in gone),
    )


def _changed(part: P, **values: Any) -> P:
    return part.model_copy(update=values)


def _with(definition: Definition, steps: Sequence[StepDefinition]) -> Definition:
    if len(steps) > MOST_STEPS:
        raise TooManySteps(most=MOST_STEPS)
    return Definition.model_validate(
        {**definition.model_dump(), "steps": [step.model_dump() for step in steps]}
    )
