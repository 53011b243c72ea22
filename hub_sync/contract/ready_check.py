"""The ready check of a station before the doors open: what works, what is missing, and who looked at it when.

It travels in the station's report. A newer station may send parts, states and causes that this program does not know.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import FailFast, Field, StringConstraints

from hub_sync.contract.wire_model import WireModel

MAX_POINTS = 32
MAX_AGE_MS = 20 * 3_600_000
"""A check that is older is yesterday's: cables are pulled at night."""
_Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,47}$")]


class ReadyState(StrEnum):
    """Whether a part is ready."""

    READY = "ready"
    WARN = "warn"
    """The gate can open, and somebody should look at it."""
    NOT_READY = "not_ready"
    NOT_APPLICABLE = "not_applicable"
    """This station has no such part."""


class ReadyPart(StrEnum):
    """The parts of a station, in the order in which they are shown."""

    ROSTER = "roster"
    EVENTS = "events"
    """The lists of the station's other events."""
    CHECKPOINT = "checkpoint"
    HUB = "hub"
    CLOCK = "clock"
    CAMERA = "camera"
    SCANNER = "scanner"
    RELAY = "relay"
    SENSOR = "sensor"
    SOUND = "sound"
    SCREEN = "screen"
    DISK = "disk"
    STORE = "store"
    OPERATORS = "operators"
    PEERS = "peers"
    PRINTER = "printer"


class ReadyPoint(WireModel):
    """One part. `cause`: a word that says what is wrong with it, `ok` if nothing is."""

    part: _Word = Field(description="One of ReadyPart, or a newer station's own.", examples=["relay"])
    state: _Word = Field(description="One of ReadyState.", examples=["warn"])
    cause: _Word = Field(
        default="ok", description="What is to be done about it, as a word.", examples=["untested"]
    )
    at_ms: int | None = Field(
        default=None,
        ge=0,
        lt=2**52,
        description="When a person last tried it, in milliseconds since 1970; null: it is not tried.",
        examples=[1781078400000],
    )


class ReadyReport(WireModel):
    """A check that a person finished."""

    at_ms: int = Field(
        ge=0, lt=2**52, description="When, in milliseconds since 1970.", examples=[1781085600000]
    )
    operator: str = Field(
        default="", max_length=200, description="Who; empty: nobody was signed on.", examples=["Grace"]
    )
    points: Annotated[tuple[ReadyPoint, ...], FailFast()] = Field(
        max_length=MAX_POINTS, description="Every part, those that are ready among them."
    )

    @property
    def is_ready(self) -> bool:
        """True if nothing keeps the gate from opening."""
        return all(point.state != ReadyState.NOT_READY for point in self.points)

    @property
    def to_do(self) -> tuple[ReadyPoint, ...]:
        """What is missing or should be looked at, the worst first."""
        order = {ReadyState.NOT_READY: 0, ReadyState.WARN: 1}
        return tuple(
            sorted(
                (point for point in self.points if point.state in order),
                key=lambda point: order[ReadyState(point.state)],
            )
        )
