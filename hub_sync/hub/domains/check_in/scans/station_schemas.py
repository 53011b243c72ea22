"""A scan on the wire, as the hub's own gate takes it and answers it."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult, ScanType
from hub_sync.contract.sync import Override
from hub_sync.rules.occupancy import OccupancyLevel


class ScanAsked(BaseModel):
    """Somebody before the hub's gate: a code held up, a registration code typed, or a person picked from a search.

    `id` is the caller's, the same at every retry. Without a direction an exit's scan is an exit, any other an entry.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    checkpoint_id: str = Field(min_length=1, max_length=64)
    code: str | None = None
    registration_code: str | None = Field(default=None, max_length=200)
    participant_id: str | None = Field(default=None, min_length=1, max_length=64)
    direction: Direction | None = None
    override: Override | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if sum(named is not None for named in (self.code, self.registration_code, self.participant_id)) != 1:
            raise ValueError("give one of code, registration_code and participant_id")
        return self

    @property
    def scan_type(self) -> ScanType:
        """How the person was named."""
        if self.code is not None:
            return ScanType.QR
        return ScanType.MANUAL if self.registration_code is not None else ScanType.SEARCH


class ScannedPerson(BaseModel):
    """Who stands before the gate."""

    id: str
    first_name: str
    last_name: str
    category: str


class ZoneCount(BaseModel):
    """How full a zone is; "" is the event as a whole."""

    zone: str
    current: int
    capacity: int | None
    level: OccupancyLevel


class ScanAnswer(BaseModel):
    """The verdict, the reason, and the operator's sentence in English."""

    id: str
    result: ScanResult
    reason: ReasonCode
    sentence: str
    detail: str
    direction: Direction
    participant_id: str | None
    participant: ScannedPerson | None
    marks: tuple[Mark, ...]
    overridable: bool
    override_asked: bool
    occupancy_change: int
    occupancy: tuple[ZoneCount, ...]
    scanned_at_ms: int
    repeated: bool
