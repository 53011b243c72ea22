"""The result of `rules.admission.decide`, as gate, hub and screens use it."""

from dataclasses import dataclass

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult
from hub_sync.contract.sync import Override


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision. `detail` fills the operator's sentence (a time in the event's zone, a category, a reason)."""

    result: ScanResult
    reason: ReasonCode
    direction: Direction
    participant_id: str | None = None
    occupancy_change: int = 0
    overridable: bool = False
    override: Override | None = None
    override_asked: bool = False
    marks: tuple[Mark, ...] = ()
    detail: str = ""

    @property
    def admits(self) -> bool:
        """True if the gate opens."""
        return self.result.admits
