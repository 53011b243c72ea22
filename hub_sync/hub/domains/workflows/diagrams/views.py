"""A drawing as templates take it: shapes, words and marks at their places, and the same as a list."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hub_sync.contract.enums import StepType
from hub_sync.hub.console import _
from hub_sync.hub.console.i18n.formats import listed
from hub_sync.hub.console.i18n.translation import spoken
from hub_sync.hub.domains.workflows.definition.checks import Fault
from hub_sync.hub.domains.workflows.definition.model import Definition, StepDefinition
from hub_sync.hub.domains.workflows.diagrams.columns import Columns, arrange
from hub_sync.hub.domains.workflows.diagrams.layout import Box, DiagramLayout, Label, Terminal, lay_out
from hub_sync.hub.domains.workflows.diagrams.marks import STYLES, MarkStyle, StepMark
from hub_sync.hub.domains.workflows.diagrams.words import (
    STEP_TYPES,
    conditions_text,
    fault_text,
    join_text,
    sla_text,
)

_SLANT, _CUT = 16, 12


@dataclass(frozen=True)
class StepView:
    """A step of a drawing."""

    step: StepDefinition
    type: str
    deadline: str
    rule: str
    condition: str
    faults: Sequence[str]
    mark: MarkStyle | None
    note: str
    href: str
    is_current: bool
    box: Box | None = None

    @property
    def shape(self) -> str:
        """The outline of its box as a path: each type has one."""
        return outline(self.step.type, self.box) if self.box else ""

    @property
    def tone(self) -> str:
        """The colour of its box."""
        if self.faults:
            return "bad"
        return self.mark.tone if self.mark else "plain"

    @property
    def words(self) -> str:
        """All that its box says, for whoever does not see it."""
        marked = _(self.mark.word) if self.mark else ""
        parts = (self.type, self.step.name, self.rule, self.deadline, marked, self.note, *self.faults)
        return listed(part for part in parts if part)


@dataclass(frozen=True)
class ConnectorView:
    """A line of a drawing."""

    path: str
    is_conditional: bool


@dataclass(frozen=True)
class LabelView:
    """The name of a branch."""

    place: Label
    name: str
    condition: str


@dataclass(frozen=True)
class DrawingView:
    """A drawing, and its lanes for the list."""

    layout: DiagramLayout
    lanes: Columns
    steps: Mapping[str, StepView]
    lines: Sequence[ConnectorView]
    labels: Sequence[LabelView]
    terminals: Sequence[Box]
    others: Sequence[str] = field(default=())
    """Faults of the whole."""


def view_of(
    definition: Definition,
    href: Callable[[StepDefinition], str],
    *,
    faults: Sequence[Fault] = (),
    marks: Mapping[str, StepMark] | None = None,
    notes: Mapping[str, str] | None = None,
    current: str = "",
) -> DrawingView:
    """Return the drawing of a definition in the language of the page.

    Args:
        definition: it.
        href: the address of a step.
        faults: those of a draft.
        marks: those of an execution.
        notes: what else is said of a step, such as how many branches of a join are done.
        current: the key of the step whose form is open.
    """
    layout = lay_out(definition)
    if spoken().direction == "rtl":
        layout = layout.mirrored()
    boxes = {box.key: box for box in layout.boxes if box.terminal is None}
    of_step: dict[str, list[str]] = defaultdict(list)
    for fault in faults:
        of_step[fault.key].append(fault_text(fault))
    steps = {
        step.key: StepView(
            step=step,
            type=_(STEP_TYPES[step.type]),
            deadline=sla_text(step.sla.minutes) if step.sla else "",
            rule=_rule(definition, step),
            condition=conditions_text(step.when),
            faults=of_step.get(step.key, ()),
            mark=STYLES[marks[step.key]] if marks and step.key in marks else None,
            note=(notes or {}).get(step.key, ""),
            href=href(step),
            is_current=step.key == current,
            box=boxes.get(step.key),
        )
        for step in definition.by_key.values()
    }
    branches = {(step.key, branch.key): branch for step in definition.steps for branch in step.branches}
    labels = [
        LabelView(
            label,
            branches[label.fork, label.branch].name,
            conditions_text(branches[label.fork, label.branch].when),
        )
        for label in layout.labels
    ]
    return DrawingView(
        layout=layout,
        lanes=arrange(definition),
        steps=steps,
        lines=[ConnectorView(_path(line.points), line.is_conditional) for line in layout.lines],
        labels=labels,
        terminals=[box for box in layout.boxes if box.terminal is not None],
        others=of_step.get("", ()),
    )


TERMINALS: Mapping[Terminal, Callable[[], str]] = {
    Terminal.START: lambda: _("Start"),
    Terminal.END: lambda: _("End"),
}


def outline(type_: StepType, box: Box) -> str:  # noqa: PLR0911 - one shape for each type
    """Return the outline of a step's box as a path."""
    x, y, right, below = box.x, box.y, box.x + box.width, box.y + box.height
    match type_:
        case StepType.FORK:
            return f"M{x + _SLANT} {y}H{right - _SLANT}L{right} {below}H{x}Z"
        case StepType.JOIN:
            return f"M{x} {y}H{right}L{right - _SLANT} {below}H{x + _SLANT}Z"
        case StepType.APPROVAL:
            return (
                f"M{x + _CUT} {y}H{right - _CUT}L{right} {y + _CUT}V{below - _CUT}L{right - _CUT} {below}"
                f"H{x + _CUT}L{x} {below - _CUT}V{y + _CUT}Z"
            )
        case StepType.COLLECT:
            return f"M{x + _CUT} {y}H{right}L{right - _CUT} {below}H{x}Z"
        case StepType.NOTIFY:
            return _rounded(box, 28)
        case StepType.PRINT:
            return f"M{x} {y}H{right - _SLANT}L{right} {y + _SLANT}V{below}H{x}ZM{right - _SLANT} {y}V{y + _SLANT}H{right}"
        case _:
            return _rounded(box, 10)


def _rounded(box: Box, radius: float) -> str:
    x, y, right, below = box.x, box.y, box.x + box.width, box.y + box.height
    arc = f"A{radius} {radius} 0 0 1"
    return (
        f"M{x + radius} {y}H{right - radius}{arc} {right} {y + radius}V{below - radius}{arc} {right - radius} {below}"
        f"H{x + radius}{arc} {x} {below - radius}V{y + radius}{arc} {x + radius} {y}Z"
    )


def _rule(definition: Definition, step: StepDefinition) -> str:
    if step.type is StepType.FORK:
        return ""
    fork = definition.forks.get(step.key)
    return join_text(step, len(fork.branches)) if step.type is StepType.JOIN and fork else ""


def _path(points: Sequence[tuple[float, float]]) -> str:
    (x, y), *others = points
    return f"M{x} {y}" + "".join(f"L{x} {y}" for x, y in others)
