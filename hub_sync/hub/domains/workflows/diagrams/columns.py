"""The lanes of a drawing: the steps of each region from top to bottom, with the branches of each fork beside each other.

Unlike the checks, this places every step of every definition, also of a draft with faults: a step that belongs to several regions
stands in the first, and what nothing leads to is left over.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.model import Branch, Definition, StepDefinition
from hub_sync.hub.domains.workflows.definition.regions import Region, Regions


@dataclass
class StepBlock:
    """A step, or a fork with its branches and its join."""

    step: StepDefinition
    join: StepDefinition | None = None
    lanes: list["BranchColumn"] = field(default_factory=list)

    @property
    def last(self) -> StepDefinition:
        """The step that the block is left by."""
        return self.join or self.step


@dataclass
class BranchColumn:
    """The blocks of a region from top to bottom; `branch`: that of a fork, None for the root."""

    branch: Branch | None = None
    blocks: list[StepBlock] = field(default_factory=list)


@dataclass
class Columns:
    """The root's lane, and the steps that stand in none."""

    root: BranchColumn
    left_over: list[StepDefinition]


def arrange(definition: Definition) -> Columns:
    """Return the lanes of a definition; each of its steps is in one, or left over."""
    return _Arrangement(definition).arrange()


class _Arrangement:
    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        regions = Regions(definition)
        self._region = {
            key: min(places, key=lambda each: (len(each), each))
            for key, places in regions.of.items()
            if places
        }
        self._members: dict[Region, list[StepDefinition]] = defaultdict(list)
        for step in {step.key: step for step in definition.steps}.values():
            if step.key in self._region:
                self._members[self._region[step.key]].append(step)
        self._placed: set[str] = set()

    def arrange(self) -> Columns:
        root = self._lane((), None)
        unique = {step.key: step for step in self._definition.steps}
        return Columns(root, [step for key, step in unique.items() if key not in self._placed])

    def _lane(self, region: Region, branch: Branch | None) -> BranchColumn:
        members = self._members[region]
        joins = {self._join_of(step).key for step in members if self._join_of(step) is not None}  # type: ignore[union-attr]
        blocks = {step.key: self._block(step, region) for step in members if step.key not in joins}
        return BranchColumn(branch, [blocks[key] for key in self._ordered(blocks.values())])

    def _join_of(self, step: StepDefinition) -> StepDefinition | None:
        """Return the join of a fork, if it stands in the fork's region and no other fork has it."""
        join = self._definition.by_key.get(step.join or "")
        if step.type is not StepType.FORK or join is None or join.type is not StepType.JOIN:
            return None
        if (
            self._region.get(join.key) != self._region[step.key]
            or self._definition.forks[join.key] is not step
        ):
            return None
        return join

    def _block(self, step: StepDefinition, region: Region) -> StepBlock:
        block = StepBlock(step, self._join_of(step))
        self._placed.add(step.key)
        if block.join is not None:
            self._placed.add(block.join.key)
        if step.type is StepType.FORK:
            branches = {branch.key: branch for branch in step.branches}
            block.lanes = [self._lane((*region, step.key, key), branch) for key, branch in branches.items()]
        return block

    def _ordered(self, blocks: Iterable[StepBlock]) -> list[str]:
        """Return the blocks' keys so that each stands after those that lead to it; where they go round, in their order."""
        listed = list(blocks)
        entries = {step.key: block.step.key for block in listed for step in (block.step, block.last)}
        before: dict[str, set[str]] = {block.step.key: set() for block in listed}
        for block in listed:
            for follower in block.last.followers:
                target = entries.get(follower)
                if target is not None and target != block.step.key:
                    before[target].add(block.step.key)
        ordered: list[str] = []
        while before:
            ready = next((key for key, earlier in before.items() if not earlier), next(iter(before)))
            ordered.append(ready)
            del before[ready]
            for earlier in before.values():
                earlier.discard(ready)
        return ordered
