"""Wire models of the waitlist at the door: seats of people who did not come, given to those who wait, also while the hub can't be reached.

A gate gets its block of seats and the order of the list with a pull (`contract.sync.PullPage.door`). What it gives is a row of its
journal (`DoorRecord`).
"""

from typing import Annotated

from pydantic import ConfigDict, FailFast, Field

from hub_sync.contract.operators import OperatorStamp
from hub_sync.contract.wire_model import WireInt, WireModel

DOOR_KIND = "door"
"""The kind of a journal row that is a `DoorRecord`."""
NO_DOOR = "-"
"""The stamp of a station that has no list. A station that sends no stamp at all knows nothing of the door, and gets none."""
MAX_DOOR_SEATS = 100
MAX_DOOR_ENTRIES = 200
"""Entries that a station gets: the next ones."""
_Id = Annotated[str, Field(min_length=1, max_length=64)]


class DoorSeat(WireModel):
    """A seat of a station's block. No other station has it.

    `holder_id` is the participant who did not come; "": nobody has the seat. `category`: the list that the seat belongs to.
    """

    id: _Id
    holder_id: str = Field(default="", max_length=64)
    category: str = Field(default="", max_length=64)


class DoorEntry(WireModel):
    """An entry that waits, with the lists whose seats it may have."""

    id: _Id
    participant_id: _Id
    seats: WireInt = 1
    categories: tuple[Annotated[str, Field(max_length=64)], ...] = ("",)


class DoorList(WireModel):
    """The seats of one station at one event, and those who wait, the next one first. It is in place of the list before.

    The times are the hub's, in milliseconds since 1970: seats may be given from `from_ms` on, until before `until_ms`. `stamp` is what
    the station says (`door=`).
    """

    stamp: str = Field(max_length=64)
    from_ms: WireInt = 0
    until_ms: WireInt = 0
    seats: Annotated[tuple[DoorSeat, ...], FailFast()] = Field(default=(), max_length=MAX_DOOR_SEATS)
    entries: Annotated[tuple[DoorEntry, ...], FailFast()] = Field(default=(), max_length=MAX_DOOR_ENTRIES)


class DoorRecord(WireModel):
    """A row about seats that were given at the door: the JSON in a journal row's `body`. The clock's members are those of a `ScanRecord`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=36, max_length=36)
    kind: str = Field(default=DOOR_KIND, pattern=f"^{DOOR_KIND}$")
    device_id: str = Field(max_length=36)
    event_id: str = Field(max_length=64)
    checkpoint_id: str = Field(max_length=64)
    entry_id: str = Field(max_length=64)
    participant_id: str = Field(max_length=64)
    seat_ids: Annotated[tuple[_Id, ...], FailFast()] = Field(min_length=1, max_length=MAX_DOOR_SEATS)
    operator: OperatorStamp | None = None
    observed_at_ms: int = Field(ge=0, lt=2**52)
    monotonic_ms: int = Field(ge=0, lt=2**52)
    boot_id: str = Field(max_length=64)
    clock_offset_ms: int | None = Field(default=None, gt=-(2**52), lt=2**52)
    clock_sure: bool
