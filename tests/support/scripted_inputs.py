"""The inputs of a turnstile, as a test sets them."""

from dataclasses import dataclass, field

from hardware.inputs import InputEdge, InputRole, InputSettings, InputSnapshot, InputState, parse_inputs


@dataclass
class ScriptedInputs:
    """The inputs of a door, as a test sets them."""

    input_settings: InputSettings = field(
        default_factory=lambda: parse_inputs("passage=1,reverse=2,jam=3,fire=4")
    )
    snapshot: InputSnapshot = field(default_factory=lambda: InputSnapshot(InputState.READY))
    edges: list[InputEdge] = field(default_factory=list)
    now: float = 100.0

    def inputs(self) -> InputSnapshot | None:
        return self.snapshot

    def take_edges(self) -> tuple[InputEdge, ...]:
        edges, self.edges = tuple(self.edges), []
        return edges

    def turn(self, role: InputRole = InputRole.PASSAGE) -> None:
        self.edges += [InputEdge(role, True, self.now), InputEdge(role, False, self.now + 0.05)]
