"""Shapes: each can be published as it is."""

import pytest

from hub_sync.hub.domains.workflows.definition.checks import Surroundings, find_faults
from hub_sync.hub.domains.workflows.definitions.workflow_templates import SHAPES, WorkflowShape, build


@pytest.mark.parametrize("shape", list(WorkflowShape))
def test_a_shape_has_no_faults_and_a_label(shape: WorkflowShape) -> None:
    assert find_faults(build(shape), Surroundings(roles={"ADMIN", "OPERATOR"})) == []
    assert SHAPES[shape]


def test_the_steps_of_a_shape_are_named_in_a_language() -> None:
    names = [step.name for step in build(WorkflowShape.COMMITTEE, lambda text: f"<{text}>").steps]
    assert names[0] == "<Committee>"
