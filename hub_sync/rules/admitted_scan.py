"""The part of an admitted scan that occupancy and conflicts are decided by."""

from dataclasses import dataclass, field

from hub_sync.contract.enums import Direction


@dataclass(frozen=True, slots=True, order=True)
class AdmittedScan:
    """The part of an admitted scan that occupancy needs. The order of the fields is the order of time."""

    at_ms: int
    device_id: str
    sequence: int
    direction: Direction
    zone: str = ""
    participant_id: str = ""
    override: bool = False
    entered_again: bool = False
    """True if the gate knew that the person was inside, and its policy admits nevertheless."""
    leaves_zones: bool = False
    """True for an entry at a checkpoint where whoever enters leaves the other zones."""
    checkpoint_id: str = field(default="", compare=False)
    """Where it was made; of no consequence for who is inside."""

    @property
    def leaves_others(self) -> bool:
        """True if the person is in no other zone after this scan."""
        return self.leaves_zones if self.direction is Direction.ENTRY else not self.zone
