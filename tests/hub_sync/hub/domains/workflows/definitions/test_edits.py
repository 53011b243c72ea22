"""Changes of drafts: what was balanced stays so."""

from random import Random

import pytest

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.checks import find_faults
from hub_sync.hub.domains.workflows.definition.model import Definition, StepDefinition
from hub_sync.hub.domains.workflows.definitions.edits import (
    StepPlace,
    add_branch,
    add_fork,
    add_step,
    free_key,
    remove_branch,
    remove_step,
    removed_with,
)
from hub_sync.hub.domains.workflows.errors import PlaceNotFound, TooManySteps
from tests.support.builders.workflow_graphs import RandomGraph, definition, step, two_reviews_and_votes
from tests.support.thorough import sized


def new(key: str, type_: str = "APPROVAL") -> StepDefinition:
    return StepDefinition.model_validate(step(key, type_))


def places(drawn: Definition) -> list[StepPlace]:
    after = [StepPlace(after=each.key) for each in drawn.steps if each.type is not StepType.FORK]
    inside = [StepPlace(fork=each.key, branch=branch.key) for each in drawn.steps for branch in each.branches]
    return [StepPlace(), *after, *inside]


def faults_but_returns(drawn: Definition) -> set[str]:
    """Return the codes of faults; a fork between two steps keeps the later one from going back to the earlier."""
    return {fault.code.value for fault in find_faults(drawn)} - {"RETURN_IMPOSSIBLE"}


def test_a_step_a_fork_and_a_branch_fit_at_every_place_of_a_balanced_workflow() -> None:
    for seed in range(sized(5, 15)):
        drawn = RandomGraph(Random(seed), most_steps=12).make()
        for place in places(drawn):
            assert StepPlace.parse(str(place)) == place
            assert faults_but_returns(add_step(drawn, place, new("added"))) == set()
            forked = add_fork(drawn, place, new("f", "FORK"), new("j", "JOIN"), [new("a"), new("b")])
            assert faults_but_returns(forked) == set()
            assert faults_but_returns(add_branch(forked, "f", new("c"))) == set()
            assert not find_faults(remove_step(forked, "f"))
            assert remove_step(forked, "f") == remove_step(forked, "j")
            assert set(remove_step(forked, "f").by_key) == set(drawn.by_key)


def test_a_removed_step_leaves_no_link_to_it_behind() -> None:
    for seed in range(sized(10, 30)):
        drawn = RandomGraph(Random(seed), most_steps=16).make()
        for each in drawn.steps:
            left = remove_step(drawn, each.key)
            codes = {fault.code for fault in find_faults(left)}
            assert codes <= {"NO_STEPS", "FEW_BRANCHES", "RETURN_IMPOSSIBLE", "TOO_MANY_NEEDED"}, (
                seed,
                each.key,
            )


def test_the_only_step_of_a_branch_takes_the_branch_with_it() -> None:
    drawn = two_reviews_and_votes()
    assert [each.key for each in removed_with(drawn, "vote3")] == ["vote3"]
    left = remove_step(drawn, "vote3")
    assert [branch.key for branch in left.step("votes").branches] == ["v1", "v2"]
    assert remove_branch(drawn, "votes", "v3") == left


def test_a_key_says_the_name_and_is_free() -> None:
    drawn = definition(step("prufung"))
    assert free_key(drawn, "Prüfung") == "prufung-2"
    assert free_key(drawn, "مراجعة") == "step"


def test_places_that_are_not_there_and_too_many_steps_are_refused() -> None:
    drawn = two_reviews_and_votes()
    for text in ("", "after:", "in:votes", "nowhere"):
        with pytest.raises(PlaceNotFound):
            StepPlace.parse(text)
    for place in (StepPlace(after="gone"), StepPlace(after="votes"), StepPlace(fork="votes", branch="gone")):
        with pytest.raises(PlaceNotFound):
            add_step(drawn, place, new("x"))
    full = definition(*(step(f"s{n}", next=f"s{n + 1}") for n in range(59)), step("s59"))
    with pytest.raises(TooManySteps):
        add_step(full, StepPlace(), new("x"))
