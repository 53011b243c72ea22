"""Wire models of seals: signed statements about the head of a station's journal. POST /api/v1/sync/seals.

A statement is sent, stored and signed as the exact text that the station wrote. Decision: `docs/adr/0069-sealed-journals.md`.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import FailFast, Field

from hub_sync.contract.wire_model import WireInt, WireModel

MAX_SEALS = 200
"""Seals in one request."""
MAX_HEARD = 50
"""Seals of other stations in one request."""
_Count = Annotated[int, Field(ge=0, lt=2**52)]
_Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class SealReason(StrEnum):
    """The reason why the journal was sealed just then."""

    ROWS = "rows"
    TIME = "time"
    STOP = "stop"
    HAND_OVER = "hand-over"
    ENROLMENT = "enrolment"


class SealStatement(WireModel):
    """What a seal says: the journal `journal_id` has `sequence` rows, and the hash of the last is `head`.

    Seals are chains of their own. `number` counts from 1 in `chain`, and `previous` is the hash of the seal before it, also of the last of
    the chain before: another key pair, or a store that was set back, starts a new chain. `rows` were written since the journal's seal
    before. `anchor_ms` is the hub's clock at the boot's monotonic zero, None: not known.
    """

    kind: str = "journal-seal"
    version: int = 1
    device_id: str = Field(max_length=64)
    key: str = Field(max_length=256)
    chain: str = Field(min_length=1, max_length=64)
    number: int = Field(ge=1, lt=2**52)
    previous: str = Field(pattern="^([0-9a-f]{64})?$")
    journal_id: str = Field(min_length=36, max_length=36)
    sequence: int = Field(ge=1, lt=2**52)
    head: _Hash
    rows: _Count
    reason: str = Field(max_length=32)
    sealed_at_ms: WireInt
    monotonic_ms: WireInt
    boot_id: str = Field(max_length=64)
    clock_sure: bool
    anchor_ms: WireInt | None = None


class SealItem(WireModel):
    """A seal as it is stored: the canonical JSON of its statement, and the signature in hex."""

    statement: str = Field(max_length=4_096)
    signature: str = Field(pattern="^[0-9a-f]{128}$")


class HeardSealItem(WireModel):
    """A seal of another station, as that said it over the local network, and when by the clock of the station that heard it."""

    statement: str = Field(max_length=4_096)
    signature: str = Field(pattern="^[0-9a-f]{128}$")
    heard_at_ms: WireInt


class SealRequest(WireModel):
    """Seals in order, after those that the hub has recorded. `heard`: seals of other stations, of which the hub takes what it can prove."""

    items: Annotated[tuple[SealItem, ...], FailFast()] = Field(default=(), max_length=MAX_SEALS)
    heard: Annotated[tuple[HeardSealItem, ...], FailFast()] = Field(default=(), max_length=MAX_HEARD)


class SealState(StrEnum):
    """The result of the hub's check of a seal."""

    AGREES = "AGREES"
    WAITING = "WAITING"
    """The hub lacks rows that it seals."""
    DISAGREES = "DISAGREES"
    """The hub has another row than it says."""
    FORKED = "FORKED"
    """Another seal has its number, or it does not follow from the one before it."""
    GAP = "GAP"
    """The hub lacks the seals before it; it was not recorded."""
    UNPROVEN = "UNPROVEN"
    """It is not signed by a key of the station."""


CONTRADICTIONS = (SealState.DISAGREES, SealState.FORKED, SealState.UNPROVEN)
"""States that raise the station's alarm."""


class SealAnchor(WireModel):
    """The hub's record of a seal, which the station keeps: outside of the station, somebody has it since then."""

    chain: str = Field(max_length=64)
    number: int
    seal: str = Field(max_length=64)
    journal_id: str
    sequence: int
    head: str
    received_at_ms: WireInt
    state: str = Field(max_length=32)
    """One of SealState, or a newer hub's own."""


class SealResponse(WireModel):
    """An anchor for each item, in order."""

    anchors: Annotated[tuple[SealAnchor, ...], FailFast()]
    server_time_ms: WireInt
