"""The second kind of journal row: what became of an admission at the turnstile, and turns that belong to none."""

from collections.abc import Callable, Mapping
from typing import Self

from pydantic import ConfigDict, Field, model_validator

from hub_sync.contract.door import DOOR_KIND, DoorRecord
from hub_sync.contract.enums import Passage, PassageCause
from hub_sync.contract.queue import QUEUE_KIND, QueueRecord
from hub_sync.contract.sync import ScanRecord
from hub_sync.contract.wire_model import WireModel

PASSAGE_KIND = "passage"
MAX_PASSAGE_WINDOW_S = 60
"""The longest time that a station may wait for a turn."""
_KIND_MEMBER = f'"kind":"{PASSAGE_KIND}"'
"""As it stands in the canonical JSON of a row. Inside of a text its quotes would be escaped."""


class PassageRecord(WireModel):
    """A row about one passage: the JSON in a journal row's `body`. The row of the scan itself is never rewritten.

    `scan_id` is the id of the admission's `ScanRecord` and `outcome` what became of it; both are None where the turn belongs to
    no admission (`PassageCause.settles`). `operator` and `note`: who took an admission back, and why. The clock's members are
    those of a scan; `observed_at_ms` and `monotonic_ms` are of the observation.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=36, max_length=36)
    kind: str = Field(default=PASSAGE_KIND, pattern=f"^{PASSAGE_KIND}$")
    device_id: str = Field(max_length=36)
    event_id: str = Field(max_length=64)
    checkpoint_id: str = Field(max_length=64)
    scan_id: str | None = Field(default=None, min_length=36, max_length=36)
    outcome: Passage | None = None
    cause: PassageCause
    operator: str | None = Field(default=None, max_length=200)
    note: str | None = Field(default=None, max_length=500)
    observed_at_ms: int = Field(ge=0, lt=2**52)
    monotonic_ms: int = Field(ge=0, lt=2**52)
    boot_id: str = Field(max_length=64)
    clock_offset_ms: int | None = Field(default=None, gt=-(2**52), lt=2**52)
    clock_sure: bool

    @model_validator(mode="after")
    def _check_outcome(self) -> Self:
        names_scan = self.scan_id is not None
        if self.cause.settles != names_scan or names_scan != (self.outcome is not None):
            raise ValueError("a cause that settles needs scan_id and outcome, another one has neither")
        if self.outcome in (Passage.GRANTED, Passage.WITHOUT_SENSOR):
            raise ValueError(f"{self.outcome} is no outcome")
        if self.cause is PassageCause.OPERATOR and not self.operator:
            raise ValueError("an admission that an operator took back needs the operator")
        return self


def passage_at_ms(record: PassageRecord, anchors: Mapping[str, int]) -> int:
    """Return the true time of an observation by the hub's clock, as `contract.sync.effective_at_ms` that of a scan."""
    if record.boot_id in anchors:
        return anchors[record.boot_id] + record.monotonic_ms
    return record.observed_at_ms + (record.clock_offset_ms or 0)


JournalRecord = ScanRecord | PassageRecord | QueueRecord | DoorRecord
_QUEUE_MEMBER, _SCAN_MEMBER = f'"kind":"{QUEUE_KIND}"', '"kind":"scan"'
_DOOR_MEMBER = f'"kind":"{DOOR_KIND}"'


def is_scan(body: str) -> bool:
    """Return True if the body of a journal row, in canonical JSON, is that of a scan."""
    return _SCAN_MEMBER in body


def is_passage(body: str) -> bool:
    """Return True if the body of a journal row, in canonical JSON, is that of a passage."""
    return _KIND_MEMBER in body


def is_queue(body: str) -> bool:
    """Return True if the body of a journal row, in canonical JSON, is about a queue."""
    return _QUEUE_MEMBER in body


def is_door(body: str) -> bool:
    """Return True if the body of a journal row, in canonical JSON, is about seats that were given at the door."""
    return _DOOR_MEMBER in body


_OTHER_KINDS: tuple[tuple[Callable[[str], bool], type[PassageRecord | QueueRecord | DoorRecord]], ...] = (
    (is_passage, PassageRecord),
    (is_queue, QueueRecord),
    (is_door, DoorRecord),
)


def load_record(body: str) -> JournalRecord:
    """Return the record in the body of a journal row.

    Raises:
        ValueError: it is none (pydantic's ValidationError is one).
    """
    for is_of_kind, kind in _OTHER_KINDS:
        if is_of_kind(body):
            return kind.model_validate_json(body)
    return ScanRecord.model_validate_json(body)
