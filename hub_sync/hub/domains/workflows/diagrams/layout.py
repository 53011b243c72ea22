"""The places of a drawing: boxes from top to bottom, branches beside each other, and lines that end at their boxes.

All lengths are in pixels. In a balanced definition no line crosses a box: lines that lead past steps have a channel of their own at
the side of their lane.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.model import Definition, StepDefinition
from hub_sync.hub.domains.workflows.diagrams.columns import BranchColumn, StepBlock, arrange

BOX_WIDTH, BOX_HEIGHT = 176, 92
GAP_X, GAP_Y, LABEL_HEIGHT = 28, 40, 24
CHANNEL, EMPTY_LANE, MARGIN = 20, 96, 16
TERMINAL_WIDTH, TERMINAL_HEIGHT = 120, 36
_PER_ROW = 3


class Terminal(StrEnum):
    """A box that is no step."""

    START = "START"
    END = "END"


class Point(NamedTuple):
    """A point from the top and the left."""

    x: float
    y: float


class Box(NamedTuple):
    """The place of a step, or of the start or the end."""

    key: str
    x: float
    y: float
    width: float = BOX_WIDTH
    height: float = BOX_HEIGHT
    terminal: Terminal | None = None

    @property
    def top(self) -> Point:
        """The point at which lines arrive."""
        return Point(self.x + self.width / 2, self.y)

    @property
    def bottom(self) -> Point:
        """The point at which lines leave."""
        return Point(self.x + self.width / 2, self.y + self.height)

    def mirrored(self, width: float) -> "Box":
        """Return it for a page that is read from right to left."""
        return self._replace(x=width - self.x - self.width)


class Connector(NamedTuple):
    """A line from one box to another; `is_conditional`: not everybody takes it."""

    source: str
    target: str
    points: tuple[Point, ...]
    is_conditional: bool = False

    def mirrored(self, width: float) -> "Connector":
        """Return it for a page that is read from right to left."""
        return self._replace(points=tuple(Point(width - x, y) for x, y in self.points))


class Label(NamedTuple):
    """The name of a branch, above its first step."""

    fork: str
    branch: str
    x: float
    y: float
    width: float
    height: float = LABEL_HEIGHT

    def mirrored(self, width: float) -> "Label":
        """Return it for a page that is read from right to left."""
        return self._replace(x=width - self.x - self.width)


@dataclass
class DiagramLayout:
    """A drawing."""

    width: float = 0
    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    lines: list[Connector] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def mirrored(self) -> "DiagramLayout":
        """Return it for a page that is read from right to left."""
        return DiagramLayout(
            self.width,
            self.height,
            [box.mirrored(self.width) for box in self.boxes],
            [line.mirrored(self.width) for line in self.lines],
            [label.mirrored(self.width) for label in self.labels],
        )


def lay_out(definition: Definition) -> DiagramLayout:
    """Return the drawing of a definition; a draft may have faults."""
    return _Plan(definition).lay_out()


class _Skip(NamedTuple):
    """A line that leads past blocks of its lane: from one to another, `end` of them is the lane's end."""

    source: StepDefinition
    target: str
    begin: int
    end: int
    is_conditional: bool


@dataclass
class _Size:
    """The room of a lane: that of its blocks, and a channel for each line that leads past some."""

    main: float
    height: float
    channels: list[_Skip]

    @property
    def width(self) -> float:
        return self.main + CHANNEL * len(self.channels)


class _Plan:
    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._lanes = arrange(definition)
        self._layout = DiagramLayout()
        self._boxes: dict[str, Box] = {}
        self._drawn: set[tuple[str, str]] = set()
        self._sizes: dict[int, _Size] = {}

    def lay_out(self) -> DiagramLayout:
        if not self._definition.steps:
            return self._layout
        root, layout = self._lanes.root, self._layout
        size = self._measure(root, Terminal.END)
        middle = MARGIN + size.main / 2
        start = self._terminal(Terminal.START, middle, MARGIN)
        top = start.bottom.y + GAP_Y
        bottom = self._place(root, MARGIN, top)
        end = self._terminal(Terminal.END, middle, bottom + GAP_Y)
        if root.blocks:
            self._line(start, self._boxes[root.blocks[0].step.key])
        self._connect(root, MARGIN, size, end)
        height = end.bottom.y
        for number, step in enumerate(self._lanes.left_over):
            row, column = divmod(number, _PER_ROW)
            self._box(
                step.key,
                MARGIN + column * (BOX_WIDTH + GAP_X),
                end.bottom.y + GAP_Y + row * (BOX_HEIGHT + GAP_Y),
            )
            height = self._boxes[step.key].bottom.y
        self._others()
        layout.width = max(MARGIN * 2 + size.width, *(box.x + box.width + MARGIN for box in layout.boxes))
        layout.height = height + MARGIN
        return layout

    # --- room -------------------------------------------------------------------------------------

    def _measure(self, lane: BranchColumn, end: str) -> _Size:
        widths, heights = (
            [self._width(block) for block in lane.blocks],
            [self._height(block) for block in lane.blocks],
        )
        height = sum(heights) + GAP_Y * max(len(heights) - 1, 0)
        size = _Size(max(widths, default=EMPTY_LANE), height, list(self._skips(lane, end)))
        self._sizes[id(lane)] = size
        return size

    def _skips(self, lane: BranchColumn, end: str) -> Iterator[_Skip]:
        places = {step.key: at for at, block in enumerate(lane.blocks) for step in (block.step, block.last)}
        for at, block in enumerate(lane.blocks):
            for target, is_conditional in _leads(block.last):
                to = len(lane.blocks) if target == end else places.get(target)
                is_entry = to is not None and (to == len(lane.blocks) or lane.blocks[to].step.key == target)
                if to is not None and is_entry and to != at + 1:
                    yield _Skip(block.last, target, at, to, is_conditional)
            if end == Terminal.END and _may_end(block.last) and at + 1 != len(lane.blocks):
                yield _Skip(block.last, Terminal.END, at, len(lane.blocks), bool(block.last.routes))

    def _width(self, block: StepBlock) -> float:
        if not block.lanes:
            return BOX_WIDTH
        end = block.step.join or ""
        widths = [self._measure(lane, end).width for lane in block.lanes]
        return max(BOX_WIDTH, sum(widths) + GAP_X * (len(widths) - 1))

    def _height(self, block: StepBlock) -> float:
        if not block.lanes:
            return BOX_HEIGHT + (GAP_Y + BOX_HEIGHT if block.join else 0)
        inner = max(self._sizes[id(lane)].height for lane in block.lanes)
        return BOX_HEIGHT + GAP_Y + LABEL_HEIGHT + inner + (GAP_Y + BOX_HEIGHT if block.join else 0)

    # --- places -----------------------------------------------------------------------------------

    def _place(self, lane: BranchColumn, left: float, top: float) -> float:
        """StepPlace the boxes of a lane, and return where its last one ends."""
        middle, y = left + self._sizes[id(lane)].main / 2, top
        for block in lane.blocks:
            self._place_block(block, middle, y)
            y += self._height(block) + GAP_Y
        return y - GAP_Y if lane.blocks else top

    def _place_block(self, block: StepBlock, middle: float, top: float) -> None:
        self._box(block.step.key, middle - BOX_WIDTH / 2, top)
        if block.lanes:
            total = sum(self._sizes[id(lane)].width for lane in block.lanes) + GAP_X * (len(block.lanes) - 1)
            left, below = middle - total / 2, top + BOX_HEIGHT + GAP_Y
            for lane in block.lanes:
                size = self._sizes[id(lane)]
                if lane.branch is not None:
                    width = min(size.main, BOX_WIDTH)
                    self._layout.labels.append(
                        Label(block.step.key, lane.branch.key, left + size.main / 2 - width / 2, below, width)
                    )
                self._place(lane, left, below + LABEL_HEIGHT)
                left += size.width + GAP_X
        if block.join is not None:
            self._box(block.join.key, middle - BOX_WIDTH / 2, top + self._height(block) - BOX_HEIGHT)

    def _box(self, key: str, x: float, y: float) -> Box:
        box = Box(key, x, y)
        self._boxes[key] = box
        self._layout.boxes.append(box)
        return box

    def _terminal(self, terminal: Terminal, middle: float, y: float) -> Box:
        box = Box(terminal.value, middle - TERMINAL_WIDTH / 2, y, TERMINAL_WIDTH, TERMINAL_HEIGHT, terminal)
        self._layout.boxes.append(box)
        return box

    # --- lines ------------------------------------------------------------------------------------

    def _connect(self, lane: BranchColumn, left: float, size: _Size, end: Box | None) -> None:
        """Draw the lines of a lane, whose last block leads to `end`."""
        for block in lane.blocks:
            self._connect_branches(block, left + size.main / 2)
        followers: list[Box | None] = [*(self._boxes[block.step.key] for block in lane.blocks[1:]), end]
        for block, follower in zip(lane.blocks, followers, strict=False):
            if follower is None:
                continue
            for target, is_conditional in _leads(block.last):
                if target == follower.key:
                    self._line(self._boxes[block.last.key], follower, is_conditional=is_conditional)
            if follower.terminal is not None and _may_end(block.last):
                self._line(self._boxes[block.last.key], follower, is_conditional=bool(block.last.routes))
        for number, skip in enumerate(size.channels):
            target_box = (
                end
                if end is not None and skip.target in (end.key, Terminal.END)
                else self._boxes.get(skip.target)
            )
            if target_box is not None:
                x = left + size.main + CHANNEL * (number + 0.5)
                self._line(self._boxes[skip.source.key], target_box, x, is_conditional=skip.is_conditional)

    def _connect_branches(self, block: StepBlock, middle: float) -> None:
        if not block.lanes:
            if block.join is not None:
                self._line(self._boxes[block.step.key], self._boxes[block.join.key])
            return
        fork, join = self._boxes[block.step.key], self._boxes[block.join.key] if block.join else None
        total = sum(self._sizes[id(lane)].width for lane in block.lanes) + GAP_X * (len(block.lanes) - 1)
        left = middle - total / 2
        for lane in block.lanes:
            size = self._sizes[id(lane)]
            is_conditional = lane.branch is not None and not lane.branch.when.are_empty
            first = lane.branch.first if lane.branch else ""
            if lane.blocks and lane.blocks[0].step.key == first:
                self._line(fork, self._boxes[first], is_conditional=is_conditional, bend=GAP_Y / 2)
            elif not lane.blocks and join is not None and first == join.key:
                x = left + size.main / 2
                down, up = fork.bottom.y + GAP_Y / 2, join.top.y - GAP_Y / 2
                points = (
                    fork.bottom,
                    Point(fork.bottom.x, down),
                    Point(x, down),
                    Point(x, up),
                    Point(join.top.x, up),
                    join.top,
                )
                self._add(fork.key, join.key, points, is_conditional)
            self._connect(lane, left, size, join)
            left += size.width + GAP_X

    def _line(
        self,
        source: Box,
        target: Box,
        channel: float | None = None,
        *,
        is_conditional: bool = False,
        bend: float = 0,
    ) -> None:
        begin, end = source.bottom, target.top
        middle: tuple[Point, ...] = ()
        if channel is not None:
            down, up = begin.y + GAP_Y / 2, end.y - GAP_Y / 2
            middle = (Point(begin.x, down), Point(channel, down), Point(channel, up), Point(end.x, up))
        elif begin.x != end.x:
            y = begin.y + bend if bend else end.y - GAP_Y / 2
            middle = (Point(begin.x, y), Point(end.x, y))
        self._add(source.key, target.key, (begin, *middle, end), is_conditional)

    def _add(self, source: str, target: str, points: Sequence[Point], is_conditional: bool) -> None:
        self._drawn.add((source, target))
        self._layout.lines.append(Connector(source, target, tuple(points), is_conditional))

    def _others(self) -> None:
        """Draw what only a draft with faults has: lines that lead into other branches, or out of what nothing leads to."""
        for step in self._definition.steps:
            source = self._boxes.get(step.key)
            for target, is_conditional in (
                *_leads(step),
                *((branch.first, True) for branch in step.branches),
            ):
                box = self._boxes.get(target)
                if source is not None and box is not None and (step.key, target) not in self._drawn:
                    self._add(step.key, target, (source.bottom, box.top), is_conditional)


def _leads(step: StepDefinition) -> Iterator[tuple[str, bool]]:
    """Yield where a step leads, and if only some go there; a fork leads to its branches."""
    if step.type is StepType.FORK:
        return
    others = [route.to for route in step.routes]
    for target in dict.fromkeys(step.followers):
        yield target, target in others or len(set(step.followers)) > 1


def _may_end(step: StepDefinition) -> bool:
    return step.next is None and step.type is not StepType.FORK
