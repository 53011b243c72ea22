"""Drawings of workflows: no boxes over each other, and every line ends at its boxes."""

from itertools import combinations, pairwise
from random import Random

import pytest

from hub_sync.hub.domains.workflows.definition.model import Definition
from hub_sync.hub.domains.workflows.diagrams.layout import Box, DiagramLayout, Terminal, lay_out
from tests.support.builders.workflow_graphs import RandomGraph, definition, step, two_reviews_and_votes

GRAPHS = [RandomGraph(Random(seed)).make() for seed in range(200)]


def overlap(a: Box, b: Box) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def crossed_boxes(layout: DiagramLayout) -> list[tuple[str, str, str]]:
    return [
        (line.source, line.target, box.key)
        for line in layout.lines
        for (x1, y1), (x2, y2) in pairwise(line.points)
        for box in layout.boxes
        if min(x1, x2) < box.x + box.width
        and max(x1, x2) > box.x
        and min(y1, y2) < box.y + box.height
        and max(y1, y2) > box.y
    ]


def assert_sound(layout: DiagramLayout, drawn: Definition) -> None:
    boxes = {box.key: box for box in layout.boxes}
    assert set(boxes) == {*drawn.by_key, Terminal.START, Terminal.END}
    assert len(layout.boxes) == len(boxes)
    assert not [(a.key, b.key) for a, b in combinations(layout.boxes, 2) if overlap(a, b)]
    for box in layout.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= layout.width
        assert box.y + box.height <= layout.height
    for line in layout.lines:
        assert line.points[0] == boxes[line.source].bottom
        assert line.points[-1] == boxes[line.target].top


def test_two_hundred_random_workflows_have_no_boxes_over_each_other_and_lines_from_box_to_box() -> None:
    for graph in GRAPHS:
        layout = lay_out(graph)
        assert_sound(layout, graph)
        assert not crossed_boxes(layout)
        led = {(each.source, each.target) for each in layout.lines}
        for each in graph.steps:
            if each.branches:
                assert {(each.key, branch.first) for branch in each.branches} <= led
            elif each.followers:
                assert {(each.key, key) for key in each.followers} <= led
            else:
                assert (each.key, Terminal.END) in led


def test_a_page_from_right_to_left_has_the_mirrored_drawing() -> None:
    layout = lay_out(GRAPHS[7])
    mirrored = layout.mirrored()
    assert_sound(mirrored, GRAPHS[7])
    assert mirrored.mirrored() == layout
    papers, photo = (
        next(box for box in lay_out(two_reviews_and_votes()).mirrored().boxes if box.key == key)
        for key in ("papers", "photo")
    )
    assert papers.x > photo.x


@pytest.mark.parametrize(
    "faulty",
    [
        definition(step("a", next="b"), step("b", next="a")),
        definition(step("a", next="gone"), step("alone"), step("a")),
        definition(step("fork", "FORK"), step("join", "JOIN")),
        definition(step("fork", "FORK", branches=[{"key": "x", "name": "X", "first": "fork"}])),
        definition(
            step("fork", "FORK", join="join", branches=[{"key": "x", "name": "X", "first": "y"}] * 2),
            step("y", next="z"),
            step("join", "JOIN", next="y"),
            step("z", next="join"),
        ),
        definition(
            step("one", "FORK", join="join", branches=[{"key": "x", "name": "X", "first": "two"}]),
            step("two", "FORK", join="join", branches=[{"key": "x", "name": "X", "first": "join"}]),
            step("join", "JOIN"),
        ),
    ],
)
def test_a_draft_with_faults_is_drawn_whole(faulty: Definition) -> None:
    assert_sound(lay_out(faulty), faulty)


def test_a_branch_without_steps_leads_from_the_fork_to_its_join() -> None:
    branches = [{"key": "a", "name": "A", "first": "a"}, {"key": "none", "name": "None", "first": "join"}]
    drawn = definition(
        step("fork", "FORK", join="join", branches=branches), step("a", next="join"), step("join", "JOIN")
    )
    layout = lay_out(drawn)
    assert_sound(layout, drawn)
    assert not crossed_boxes(layout)
    assert ("fork", "join") in {(line.source, line.target) for line in layout.lines}


def test_a_workflow_without_steps_has_an_empty_drawing() -> None:
    assert lay_out(Definition()) == DiagramLayout()
