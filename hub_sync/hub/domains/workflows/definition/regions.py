"""The regions of a definition: which steps stand on the same branch, and which fork each branch belongs to.

A region is the path of fork and branch keys from the root, `("fork", "branch")`; the root branch's is `()`. In a balanced definition
each step has one region, a fork and its join have the same, and the steps of one region are an acyclic graph in which nothing leads out
but a branch to its join.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.model import Definition

Region = tuple[str, ...]


class Edge(NamedTuple):
    """A step that may follow another, and the region in which it is entered."""

    key: str
    region: Region


class Regions:
    """The regions of a definition's steps, as far as they can be reached from the first step."""

    def __init__(self, definition: Definition) -> None:
        """Walk the definition; its faults are collected, not raised."""
        self._definition = definition
        self.of: dict[str, set[Region]] = defaultdict(set)
        """The regions of each step; more than one: it is not balanced."""
        self.ends: dict[Region, set[str]] = defaultdict(set)
        """The last steps of each region: those after which nothing follows, or the join."""
        self.arrivals: dict[str, set[Region]] = defaultdict(set)
        """The regions of the branches that lead to each join."""
        self._walk()

    def _walk(self) -> None:
        steps = self._definition.steps
        waiting = deque([Edge(steps[0].key, ())] if steps else [])
        while waiting:
            key, region = waiting.popleft()
            if key not in self._definition.by_key or region in self.of[key] or len(region) > _DEEPEST:
                continue
            self.of[key].add(region)
            waiting.extend(self._edges(key, region))

    def _edges(self, key: str, region: Region) -> Iterator[Edge]:
        step = self._definition.step(key)
        if step.type is StepType.FORK:
            for branch in step.branches:
                yield Edge(branch.first, (*region, key, branch.key))
            if step.join:  # a fork leads its own branch to the join
                yield Edge(step.join, region)
            return
        followers = step.followers
        if not followers or (step.next is None and step.routes):
            self.ends[region].add(key)
        for follower in followers:
            if self._is_own_join(follower, region):
                self.arrivals[follower].add(region)
            else:
                yield Edge(follower, region)

    def _is_own_join(self, key: str, region: Region) -> bool:
        """Return True if a step is the join at which the region's branch ends."""
        fork = self._definition.forks.get(key)
        return fork is not None and len(region) > 1 and region[-2] == fork.key

    def one_of(self, key: str) -> Region | None:
        """Return the region of a step that has exactly one."""
        regions = self.of.get(key, set())
        return next(iter(regions)) if len(regions) == 1 else None

    def find_cycle(self) -> list[str]:
        """Return the keys of steps that lead back to themselves, or nothing."""
        graph: Mapping[str, tuple[str, ...]] = {
            step.key: (*step.followers, *(branch.first for branch in step.branches))
            for step in self._definition.steps
        }
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            return list(dict.fromkeys(error.args[1]))
        return []

    def earlier(self, key: str) -> set[str]:
        """Return the steps of the same branch from which a step can be reached without passing a join: those to which it may go back."""
        region = self.one_of(key)
        if region is None:
            return set()
        result, waiting = set[str](), [key]
        before = defaultdict(list)
        for step in self._definition.steps:
            if self.one_of(step.key) == region and step.type is not StepType.FORK:
                for follower in step.followers:
                    before[follower].append(step.key)
        while waiting:
            for each in before[waiting.pop()]:
                if each not in result and self._definition.step(each).type is not StepType.JOIN:
                    result.add(each)
                    waiting.append(each)
        return result


_DEEPEST = 40
"""Keys of a region: twenty forks inside each other. A definition that is deeper has a fault, such as a fork that opens itself."""
